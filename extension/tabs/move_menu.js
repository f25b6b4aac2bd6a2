/** The menu that asks where a tab is to go. There is one for the whole page. */

import { element } from "../shared/dom.js";

const EDGE = 8;

/**
 * @typedef {{label: string, color: string, choose: () => void}} Target
 */

export class MoveMenu {
  #box = element("div", { class: "menu", attributes: { role: "menu", hidden: "" } });
  /** @type {HTMLElement | null} */
  #anchor = null;

  /** @param {HTMLElement} beside what it belongs to */
  constructor(beside) {
    beside.after(this.#box);
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#box.addEventListener("focusout", (event) => {
      if (!this.#box.contains(/** @type {Node | null} */ (event.relatedTarget))) this.close();
    });
    const follow = () => this.#anchor && this.#place(this.#anchor);
    document.addEventListener("scroll", follow, { passive: true, capture: true });
    globalThis.addEventListener("resize", follow);
  }

  /**
   * @param {HTMLElement} anchor the button that it belongs to
   * @param {string} label
   * @param {Target[]} targets
   */
  open(anchor, label, targets) {
    this.#anchor = anchor;
    anchor.setAttribute("aria-expanded", "true");
    this.#box.setAttribute("aria-label", label);
    this.#box.replaceChildren(...targets.map((target) => this.#item(target)));
    this.#box.hidden = false;
    this.#place(anchor);
    this.#items()[0]?.focus({ preventScroll: true });
  }

  close() {
    if (!this.#anchor) return;
    this.#anchor.setAttribute("aria-expanded", "false");
    this.#anchor = null;
    this.#box.hidden = true;
  }

  /** @param {Target} target */
  #item({ label, color, choose }) {
    const dot = element("span", { class: "dot", attributes: { "data-color": color } });
    return element(
      "button",
      {
        class: "menu-item",
        attributes: { type: "button", role: "menuitem", tabindex: "-1" },
        onClick: () => {
          this.close();
          choose();
        },
      },
      [dot, element("span", { text: label })],
    );
  }

  /** @returns {HTMLElement[]} */
  #items() {
    return [...this.#box.querySelectorAll("button")];
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const items = this.#items();
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const steps = /** @type {Record<string, number>} */ ({
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    });
    if (event.key in steps) items[steps[event.key]]?.focus();
    else if (event.key === "Escape" || event.key === "Tab") {
      const anchor = this.#anchor;
      this.close();
      anchor?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Below its button where there is room, else above; it goes along when the page is scrolled. @param {HTMLElement} anchor */
  #place(anchor) {
    const at = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#box;
    const { clientWidth, clientHeight } = document.documentElement;
    const left = Math.max(EDGE, Math.min(at.right - width, clientWidth - width - EDGE));
    const below = at.bottom + 4;
    const top = below + height > clientHeight - EDGE ? Math.max(EDGE, at.top - height - 4) : below;
    this.#box.style.left = `${left}px`;
    this.#box.style.top = `${top}px`;
  }
}
