/** The conversations that were had: find, open, rename, export and delete them. */

import {
  deleteAllConversations,
  deleteConversation,
  exportConversation,
  listConversations,
  renameConversation,
} from "../shared/chat_api.js";
import { countText } from "../shared/dates.js";
import { button, element, show } from "../shared/dom.js";
import { KeyedList, write } from "../shared/keyed_list.js";
import { problemOf } from "./answer_words.js";
import { ChatRow } from "./chat_row.js";
import { ChatsDeletion } from "./chats_deletion.js";

/**
 * @typedef {import("../shared/chat_api.js").ConversationHead} ConversationHead
 *
 * @typedef {Object} ChatListActions
 * @property {(id: number) => void} open
 * @property {(id: number) => void} deleted
 * @property {() => void} cleared all of them were deleted
 * @property {(id: number, title: string) => void} renamed
 * @property {(filename: string, text: string) => void} save
 */

const PAGE_SIZE = 50;
const KEY_DELAY_MS = 150;

export class ChatList {
  #field;
  #status;
  #more;
  #deletion;
  #actions;
  #rows;
  /** @type {ConversationHead[]} */
  #heads = [];
  #total = 0;
  /** @type {string[]} keys of the rows that are there, in order */
  #shown = [];
  /** @type {AbortController | null} */
  #looking = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {number | undefined} the one that is open */
  current;

  /**
   * @param {Object} parts
   * @param {HTMLInputElement} parts.field to search in
   * @param {HTMLElement} parts.list
   * @param {HTMLElement} parts.status
   * @param {HTMLElement} parts.more
   * @param {HTMLElement} parts.end where all of them can be deleted
   * @param {ChatListActions} actions
   */
  constructor({ field, list, status, more, end }, actions) {
    this.#field = field;
    this.#status = status;
    this.#more = more;
    this.#actions = actions;
    this.#deletion = new ChatsDeletion(end, () => this.#removeAll());
    const rowActions = {
      open: actions.open,
      rename: (/** @type {number} */ id, /** @type {string} */ title) => this.#rename(id, title),
      remove: (/** @type {number} */ id) => this.#remove(id),
      export: (/** @type {number} */ id) => this.#export(id),
    };
    this.#rows = new KeyedList(
      list,
      (/** @type {ConversationHead} */ head) => new ChatRow(head, rowActions),
      (row, head) => row.update(head, head.conversation_id === this.current),
    );
    field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.refresh(), KEY_DELAY_MS);
    });
  }

  /** Reads the list anew. */
  refresh() {
    this.#deletion.reset();
    return this.#look(0, (found) => {
      this.#heads = found.conversations;
      this.#total = found.total;
    });
  }

  #showMore() {
    return this.#look(this.#heads.length, ({ conversations, total }) => {
      const known = new Set(this.#heads.map(keyOf));
      this.#heads = [...this.#heads, ...conversations.filter((head) => !known.has(keyOf(head)))];
      this.#total = conversations.length > 0 ? total : this.#heads.length;
    });
  }

  /**
   * @param {number} offset
   * @param {(found: {conversations: ConversationHead[], total: number}) => void} take
   */
  async #look(offset, take) {
    this.#looking?.abort();
    const controller = new AbortController();
    this.#looking = controller;
    try {
      const which = { query: this.#field.value.trim(), limit: PAGE_SIZE, offset };
      const found = await listConversations(which, { signal: controller.signal });
      if (controller.signal.aborted) return;
      take(found);
      this.#draw();
    } catch (error) {
      if (!controller.signal.aborted) this.#say(problemOf(error).reason);
    }
  }

  #draw() {
    const wanted = this.#heads.map(keyOf);
    const kept = this.#shown.filter((key) => wanted.includes(key));
    // Rows stay where they are, so a new order asks for all of them anew.
    if (kept.some((key, index) => wanted[index] !== key)) this.#rows.draw([], keyOf);
    this.#rows.draw(this.#heads, keyOf);
    this.#shown = wanted;
    const left = this.#total > this.#heads.length;
    this.#more.replaceChildren(...(left ? [button("Show more", () => this.#showMore(), "quiet")] : []));
    const query = this.#field.value.trim();
    // Beside what was searched for, "all" could be taken for what was found.
    this.#deletion.update(query ? 0 : this.#total);
    if (this.#total === 0) this.#say(query ? `No chat holds “${query}”.` : "No chats yet.");
    else this.#say(this.#total === 1 ? "1 chat" : `${countText(this.#total)} chats`);
  }

  /** @param {string} words */
  #say(words) {
    write(this.#status, words);
    show(this.#status, words !== "");
  }

  /** @param {number} id @param {string} title */
  async #rename(id, title) {
    const head = await renameConversation(id, title);
    this.#heads = this.#heads.map((known) =>
      known.conversation_id === id ? { ...known, title: head.title } : known,
    );
    this.#actions.renamed(id, head.title);
    return head.title;
  }

  /** @param {number} id */
  async #remove(id) {
    await deleteConversation(id);
    // A list that is on its way may still hold it.
    this.#looking?.abort();
    this.#heads = this.#heads.filter((head) => head.conversation_id !== id);
    this.#total -= 1;
    this.#draw();
    this.#field.focus();
    this.#say("Deleted.");
    this.#actions.deleted(id);
  }

  async #removeAll() {
    await deleteAllConversations();
    this.#looking?.abort();
    this.#heads = [];
    this.#total = 0;
    this.#draw();
    this.#field.focus();
    this.#say("All chats were deleted.");
    this.#actions.cleared();
  }

  /** @param {number} id */
  async #export(id) {
    const { filename, text } = await exportConversation(id);
    this.#actions.save(filename, text);
  }
}

/** @param {ConversationHead} head */
function keyOf({ conversation_id: id }) {
  return String(id);
}

/**
 * Hands a text to its reader as a file.
 *
 * @param {string} filename
 * @param {string} text
 */
export function saveFile(filename, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  element("a", { attributes: { href: url, download: filename } }).click();
  // The browser has taken the text over by the next turn of the loop.
  setTimeout(() => URL.revokeObjectURL(url));
}
