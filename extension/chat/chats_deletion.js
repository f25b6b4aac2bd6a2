/** The end of the list of conversations: all of them can be deleted, once a person has confirmed it. */

import { countText } from "../shared/dates.js";
import { part, show } from "../shared/dom.js";
import { problemOf } from "./answer_words.js";

export class ChatsDeletion {
  #box;
  #remove;

  /**
   * @param {HTMLElement} box
   * @param {() => Promise<void>} remove
   */
  constructor(box, remove) {
    this.#box = box;
    this.#remove = remove;
    this.#on("begin", () => this.#confirm(true));
    this.#on("keep", () => this.#confirm(false));
    this.#on("confirm-yes", () => this.#run());
    part(box, "confirm").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#confirm(false);
    });
  }

  /** @param {number} count how many there are; none, and it is out of sight */
  update(count) {
    const all = count === 1 ? "the one chat that there is" : `all ${countText(count)} chats`;
    part(this.#box, "words").textContent =
      `Delete ${all}? Their questions and answers are erased; this cannot be undone.`;
    show(this.#box, count > 0);
    if (count === 0) this.reset();
  }

  /** Nothing is asked any more. */
  reset() {
    show(part(this.#box, "confirm"), false);
    show(part(this.#box, "problem"), false);
  }

  /** @param {string} name @param {() => void} action */
  #on(name, action) {
    part(this.#box, name).addEventListener("click", action);
  }

  /** @param {boolean} asking */
  #confirm(asking) {
    this.reset();
    show(part(this.#box, "confirm"), asking);
    if (asking) part(this.#box, "confirm").scrollIntoView?.({ block: "nearest" });
    part(this.#box, asking ? "confirm-yes" : "begin").focus();
  }

  async #run() {
    const buttons = this.#box.querySelectorAll("button");
    for (const each of buttons) each.disabled = true;
    try {
      await this.#remove();
    } catch (error) {
      const { reason, fix } = problemOf(error);
      part(this.#box, "problem").textContent = fix ? `${reason} ${fix}` : reason;
      show(part(this.#box, "problem"), true);
    }
    const focused = document.activeElement === document.body;
    for (const each of buttons) each.disabled = false;
    if (focused) part(this.#box, "confirm-yes").focus();
  }
}
