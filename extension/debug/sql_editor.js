/**
 * The field for a statement. It is a plain text field at first, so that the page is there at once and works
 * whatever happens; the editor with colours and completion takes its place when it has been loaded.
 */

import { PlainField } from "./sql_field_plain.js";

/**
 * @typedef {Object} SqlField what the two kinds of field have in common
 * @property {string} text
 * @property {boolean} focused
 * @property {boolean} completing a list of completions is open
 * @property {(text: string) => void} replace all of the text
 * @property {() => void} forget empties it, so that nothing brings back what was there
 * @property {(text: string) => void} insert where the cursor is
 * @property {() => void} focus
 * @property {() => {from: number, to: number}} selection
 * @property {(schema: import("../shared/sql_api.js").Schema) => void} offer what can be completed
 *
 * @typedef {Object} EditorActions
 * @property {() => void} onChange
 * @property {() => void} onRun
 * @property {() => void} onStop
 */

export class SqlEditor {
  /** @type {SqlField} */
  #field;
  /** @type {import("../shared/sql_api.js").Schema | null} */
  #schema = null;
  #box;
  #actions;

  /** @param {HTMLElement} box that holds the plain field @param {EditorActions} actions */
  constructor(box, actions) {
    this.#box = box;
    this.#actions = actions;
    const plain = /** @type {HTMLTextAreaElement} */ (box.querySelector("textarea"));
    this.#field = new PlainField(plain, actions.onChange);
    // Before the field itself: there the same keys mean something else.
    box.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
  }

  get text() {
    return this.#field.text;
  }

  /** Puts a statement in place of what is there. @param {string} text */
  replace(text) {
    this.#field.replace(text);
  }

  /** Empties it for good. */
  forget() {
    this.#field.forget();
  }

  /** @param {string} text */
  insert(text) {
    this.#field.insert(text);
  }

  focus() {
    this.#field.focus();
  }

  /** @param {import("../shared/sql_api.js").Schema} schema */
  offer(schema) {
    this.#schema = schema;
    this.#field.offer(schema);
  }

  /**
   * Takes the editor with colours; a person who is writing goes on where they are.
   *
   * @param {() => Promise<typeof import("./sql_field_rich.js")>} load
   */
  async enrich(load) {
    const { RichField } = await load();
    const { text, focused } = this.#field;
    const { from, to } = this.#field.selection();
    const rich = new RichField(this.#box, { text, from, to }, this.#actions.onChange);
    this.#field = rich;
    if (this.#schema) rich.offer(this.#schema);
    if (focused) rich.focus();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const runs = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    const stops = event.key === "Escape" && !this.#field.completing;
    if (!runs && !stops) return;
    event.preventDefault();
    event.stopPropagation();
    if (runs) this.#actions.onRun();
    else this.#actions.onStop();
  }
}
