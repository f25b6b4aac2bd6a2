/** What is read out: each stage once, the finished answer once, and never a word while it streams. */

export class Announcer {
  #region;

  /** @param {HTMLElement} region a live region that is out of sight */
  constructor(region) {
    this.#region = region;
  }

  /** @param {string} words */
  say(words) {
    if (this.#region.textContent !== words) this.#region.textContent = words;
  }
}
