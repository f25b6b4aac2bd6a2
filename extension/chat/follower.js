/** Keeps the last words of a growing answer in view, as long as its reader is there. */

const NEAR = 40;

export class Follower {
  #area;
  #onChange;
  #following = true;
  /** @type {HTMLElement | null} what ends where the last words are */
  #target = null;

  /**
   * @param {HTMLElement} area that scrolls
   * @param {(following: boolean) => void} onChange
   */
  constructor(area, onChange) {
    this.#area = area;
    this.#onChange = onChange;
    area.addEventListener("scroll", () => this.#set(this.#hidden() < NEAR), { passive: true });
  }

  /** How far below the area the last words stand. */
  #hidden() {
    if (!this.#target) return 0;
    return this.#target.getBoundingClientRect().bottom - this.#area.getBoundingClientRect().bottom;
  }

  /** @param {boolean} following */
  #set(following) {
    if (following === this.#following) return;
    this.#following = following;
    this.#onChange(following);
  }

  /**
   * Brings the beginning of something to the top, and follows its words from there.
   *
   * @param {HTMLElement} start
   * @param {HTMLElement} target
   */
  begin(start, target) {
    this.#target = target;
    start.scrollIntoView?.({ block: "start" });
    this.#set(this.#hidden() < NEAR);
  }

  /** There is nothing to follow. */
  leave() {
    this.#target = null;
    this.#set(true);
  }

  /** Words were added: goes along if the reader was at the last of them. */
  grown() {
    if (this.#following) this.#reveal();
    else this.#set(this.#hidden() < NEAR);
  }

  /** Goes to the last words. */
  jump() {
    this.#reveal();
    this.#set(true);
  }

  #reveal() {
    const hidden = this.#hidden();
    if (hidden > 0) this.#area.scrollTop += hidden + NEAR / 2;
  }
}
