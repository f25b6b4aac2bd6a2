/** A statement in a plain text field. */

export class PlainField {
  completing = false;
  #area;
  #onChange;

  /** @param {HTMLTextAreaElement} area @param {() => void} onChange */
  constructor(area, onChange) {
    this.#area = area;
    this.#onChange = onChange;
    area.addEventListener("input", onChange);
  }

  get text() {
    return this.#area.value;
  }

  get focused() {
    return document.activeElement === this.#area;
  }

  /** @param {string} text */
  replace(text) {
    this.#area.value = text;
    this.#onChange();
  }

  /** Empties it, so that nothing brings back what was there. */
  forget() {
    this.replace("");
  }

  /** @param {string} text */
  insert(text) {
    this.#area.setRangeText(text, this.#area.selectionStart, this.#area.selectionEnd, "end");
    this.#area.focus();
    this.#onChange();
  }

  focus() {
    this.#area.focus();
  }

  selection() {
    return { from: this.#area.selectionStart, to: this.#area.selectionEnd };
  }

  /** A plain field completes nothing. @param {import("../shared/sql_api.js").Schema} _schema */
  offer(_schema) {}
}
