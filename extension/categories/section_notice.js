/** The line in a section that tells what happened there, and what can be done about it. */

import { button, element, show } from "../shared/dom.js";

export class SectionNotice {
  #box;

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
  }

  clear() {
    show(this.#box, false);
    this.#box.replaceChildren();
  }

  /** @param {string} text @param {HTMLElement[]} [buttons] */
  tell(text, buttons = []) {
    const row = buttons.length > 0 ? [element("div", { class: "button-row" }, buttons)] : [];
    this.#box.replaceChildren(element("p", { text }), ...row);
    show(this.#box, true);
  }

  /** @param {unknown} error @param {() => void} [again] tries it once more */
  fail(error, again) {
    const { message, fix } = /** @type {{message: string, fix?: string}} */ (error);
    this.tell(fix ? `${message} ${fix}` : message, again ? [button("Try again", again)] : []);
  }
}
