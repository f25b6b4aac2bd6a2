/** The box to ask in: Enter asks, Shift+Enter begins a line, Up brings back the last question. */

import { show } from "../shared/dom.js";

/**
 * @typedef {Object} ComposerActions
 * @property {(question: string, replaces: number | undefined) => void} ask
 * @property {() => void} stop
 * @property {() => void} editLast
 */

export class Composer {
  #form;
  #field;
  #button;
  #editing;
  #actions;
  #busy = false;
  /** @type {number | undefined} the question that is being edited */
  #replaces;
  /** How it was before. */
  #original = "";

  /**
   * @param {Object} parts
   * @param {HTMLFormElement} parts.form
   * @param {HTMLTextAreaElement} parts.field
   * @param {HTMLButtonElement} parts.button
   * @param {HTMLElement} parts.editing says that a question is being edited
   * @param {HTMLElement} parts.cancel leaves it as it was
   * @param {ComposerActions} actions
   */
  constructor({ form, field, button, editing, cancel }, actions) {
    this.#form = form;
    this.#field = field;
    this.#button = button;
    this.#editing = editing;
    this.#actions = actions;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#busy) actions.stop();
      else this.#ask();
    });
    field.addEventListener("input", () => this.#draw());
    field.addEventListener("keydown", (event) => this.#onKey(event));
    cancel.addEventListener("click", () => this.cancelEdit());
    this.#draw();
  }

  /** @param {boolean} busy whether a question is being answered */
  setBusy(busy) {
    this.#busy = busy;
    this.#draw();
  }

  focus() {
    this.#field.focus();
  }

  /** Puts words into the box for a person to go on with. @param {string} text */
  fill(text) {
    this.#field.value = text;
    this.#field.focus();
    this.#field.setSelectionRange(text.length, text.length);
    this.#draw();
  }

  /** Edits a question; asking replaces it and what follows. @param {string} question @param {number | undefined} id */
  edit(question, id) {
    this.#replaces = id;
    this.#original = question;
    this.fill(question);
  }

  /** The question that is being edited. @returns {number | undefined} */
  get editing() {
    return this.#replaces;
  }

  /** There is nothing to edit any more; what was typed stays, as a question of its own. */
  dropEdit() {
    if (this.#replaces === undefined) return;
    this.#replaces = undefined;
    if (this.#field.value === this.#original) this.#field.value = "";
    this.#draw();
  }

  /**
   * A question comes back that was not taken; what was typed since stays below it.
   *
   * @param {string} question
   * @param {number | undefined} replaces what it was to replace, if that is still there
   */
  handBack(question, replaces) {
    const typed = this.#field.value.trim();
    this.#replaces = replaces;
    this.#original = "";
    this.fill(typed ? `${question}\n${typed}` : question);
  }

  /** @returns {boolean} whether a question was being edited */
  cancelEdit() {
    if (this.#replaces === undefined) return false;
    this.#replaces = undefined;
    this.fill("");
    return true;
  }

  #ask() {
    const question = this.#field.value.trim();
    if (!question || this.#busy) return;
    const replaces = this.#replaces;
    this.#replaces = undefined;
    this.#field.value = "";
    this.#draw();
    this.#actions.ask(question, replaces);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    // While characters are being composed, Enter and the arrows belong to the input method.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#ask();
    } else if (event.key === "ArrowUp" && this.#field.value === "" && !this.#busy) {
      event.preventDefault();
      this.#actions.editLast();
    }
  }

  #draw() {
    this.#button.textContent = this.#busy ? "Stop" : "Ask";
    this.#button.classList.toggle("primary", !this.#busy);
    this.#button.disabled = !this.#busy && this.#field.value.trim() === "";
    this.#form.classList.toggle("busy", this.#busy);
    show(this.#editing, this.#replaces !== undefined);
  }
}
