/** One conversation in the list. */

import { shortDate } from "../shared/dates.js";
import { cloneTemplate, part, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { problemOf } from "./answer_words.js";

/**
 * @typedef {import("../shared/chat_api.js").ConversationHead} ConversationHead
 *
 * @typedef {Object} ChatRowActions
 * @property {(id: number) => void} open
 * @property {(id: number, title: string) => Promise<string>} rename
 * @property {(id: number) => Promise<void>} remove
 * @property {(id: number) => Promise<void>} export
 */

export class ChatRow {
  #id;
  #actions;
  #title = "";

  /**
   * @param {ConversationHead} head
   * @param {ChatRowActions} actions
   */
  constructor(head, actions) {
    this.#id = head.conversation_id;
    this.#actions = actions;
    this.element = cloneTemplate("chat-template");
    this.#on("open", () => actions.open(this.#id));
    this.#on("rename", () => this.#beginRename());
    this.#on("export", () => this.#try(() => actions.export(this.#id)));
    this.#on("delete", () => this.#confirm(true));
    this.#on("keep", () => this.#confirm(false));
    this.#on("confirm-yes", () => this.#try(() => actions.remove(this.#id)));
    const input = this.#input();
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") this.#endRename(true);
      else if (event.key === "Escape") this.#endRename(false);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    input.addEventListener("blur", () => this.#endRename(true));
    part(this.element, "confirm").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#confirm(false);
    });
  }

  /** @param {ConversationHead} head @param {boolean} current whether it is the one that is open */
  update({ title, updated_at: updatedAt, questions, snippet }, current) {
    this.#title = title;
    write(part(this.element, "title"), title);
    write(part(this.element, "snippet"), snippet ?? "");
    show(part(this.element, "snippet"), Boolean(snippet));
    const count = questions === 1 ? "1 question" : `${questions} questions`;
    write(part(this.element, "about"), `${shortDate(updatedAt)} · ${count}`);
    if (current) part(this.element, "open").setAttribute("aria-current", "true");
    else part(this.element, "open").removeAttribute("aria-current");
    for (const [name, verb] of /** @type {const} */ ([
      ["rename", "Rename"],
      ["export", "Export as Markdown"],
      ["delete", "Delete"],
    ])) {
      part(this.element, name).setAttribute("aria-label", `${verb}: ${title}`);
    }
  }

  /** @param {string} name @param {() => void} action */
  #on(name, action) {
    part(this.element, name).addEventListener("click", action);
  }

  #input() {
    return /** @type {HTMLInputElement} */ (part(this.element, "input"));
  }

  #beginRename() {
    const input = this.#input();
    input.value = this.#title;
    show(input, true);
    show(part(this.element, "open"), false);
    input.focus();
    input.select();
  }

  /** @param {boolean} keep */
  async #endRename(keep) {
    const input = this.#input();
    if (input.hidden) return;
    const focused = document.activeElement === input;
    show(input, false);
    show(part(this.element, "open"), true);
    if (focused) part(this.element, "open").focus();
    const title = input.value.trim();
    if (!keep || !title || title === this.#title) return;
    await this.#try(async () => {
      this.#title = await this.#actions.rename(this.#id, title);
      write(part(this.element, "title"), this.#title);
    });
  }

  /** @param {boolean} asking */
  #confirm(asking) {
    show(part(this.element, "confirm"), asking);
    part(this.element, asking ? "confirm-yes" : "delete").focus();
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    const problem = part(this.element, "problem");
    show(problem, false);
    try {
      await action();
    } catch (error) {
      const { reason, fix } = problemOf(error);
      problem.textContent = fix ? `${reason} ${fix}` : reason;
      show(problem, true);
    }
  }
}
