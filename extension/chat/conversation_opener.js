/** Opens a stored conversation, and says why where that fails. */

import { getConversation } from "../shared/chat_api.js";
import { button } from "../shared/dom.js";
import { problemOf } from "./answer_words.js";
import { noticeNode } from "./notices.js";

/**
 * @typedef {import("../shared/chat_api.js").Conversation} Conversation
 *
 * @typedef {Object} OpenerActions
 * @property {(conversation: Conversation) => void} show
 * @property {() => void} gone there is no such conversation
 * @property {(words: string) => void} announce
 * @property {() => void} focus goes to the box
 */

export class ConversationOpener {
  #box;
  #actions;
  /** Tells the latest wish from those before it, which may be answered later. */
  #wish = 0;

  /**
   * @param {HTMLElement} box for what went wrong
   * @param {OpenerActions} actions
   */
  constructor(box, actions) {
    this.#box = box;
    this.#actions = actions;
  }

  /** Something else is begun: what is still on its way is not wanted any more. */
  leave() {
    this.#wish += 1;
    this.#box.replaceChildren();
  }

  /**
   * @param {number} id
   * @param {{quiet?: () => boolean}} [options] whether what went wrong is said elsewhere
   */
  async open(id, { quiet = () => false } = {}) {
    this.leave();
    const wish = this.#wish;
    try {
      const found = await getConversation(id);
      if (wish !== this.#wish) return;
      this.#actions.show(found);
      this.#actions.announce(`Chat opened: ${found.title}.`);
    } catch (error) {
      if (wish !== this.#wish || quiet()) return;
      this.#refuse(id, problemOf(error));
    }
    this.#actions.focus();
  }

  /** @param {number} id @param {import("../shared/chat_api.js").Problem} problem */
  #refuse(id, { kind, reason, fix }) {
    const title = "This chat could not be opened";
    const gone = kind === "not_found";
    const again = button("Try again", () => this.open(id));
    const dismiss = button(
      "Dismiss",
      () => {
        this.leave();
        this.#actions.focus();
      },
      "quiet",
    );
    const words = { title, text: reason, fix: fix ?? "", tone: "trouble" };
    this.#box.replaceChildren(noticeNode(words, gone ? [dismiss] : [again, dismiss]));
    this.#actions.announce(`${title}. ${reason} ${fix ?? ""}`.trim());
    if (gone) this.#actions.gone();
  }
}
