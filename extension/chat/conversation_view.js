/** The conversation that is open: its questions and answers, and the one that is being answered. */

import { askHistory, getConversation } from "../shared/chat_api.js";
import { keptNotice, problemOf, spokenAnswer } from "./answer_words.js";
import { ExchangeView } from "./exchange_view.js";

/**
 * @typedef {import("../shared/chat_api.js").AskParams} AskParams
 * @typedef {import("../shared/chat_api.js").Conversation} Conversation
 * @typedef {import("../shared/chat_api.js").Problem} Problem
 *
 * @typedef {Object} Surroundings
 * @property {import("./follower.js").Follower} follower
 * @property {(words: string) => void} announce
 * @property {(text: string) => Promise<void>} copy
 * @property {(exchange: ExchangeView) => void} edit
 * @property {() => import("../shared/chat_api.js").SearchFilters} filters for what is asked again
 * @property {() => void} focus goes to the box, when the button that was pressed disappears
 * @property {(question: string, replaces: number | undefined) => void} handBack a typed question was not taken
 * @property {() => void} models shows the models
 * @property {() => void} widen takes the filters off
 * @property {() => void} changed it is another conversation, or asks, or has finished
 */

export class ConversationView {
  /** @type {number | undefined} */
  id;
  title = "";
  /** How many questions at its beginning are not shown. */
  leftOut = 0;
  /** @type {ExchangeView[]} */
  exchanges = [];
  /** @type {AbortController | null} */
  #asking = null;
  #log;
  #around;
  #actions;

  /**
   * @param {HTMLElement} log
   * @param {Surroundings} around
   */
  constructor(log, around) {
    this.#log = log;
    this.#around = around;
    this.#actions = {
      edit: around.edit,
      again: (/** @type {ExchangeView} */ exchange) => this.#askAgain(exchange),
      widen: (/** @type {ExchangeView} */ exchange) => {
        around.widen();
        this.#askAgain(exchange);
      },
      models: around.models,
      copy: around.copy,
      grown: () => around.follower.grown(),
    };
  }

  get busy() {
    return this.#asking !== null;
  }

  /** The exchange that an element of the log belongs to. @param {Element} inside */
  exchangeOf(inside) {
    return this.exchanges.find((exchange) => exchange.element.contains(inside));
  }

  /** Whether a question is one of this conversation. @param {number} questionId */
  holds(questionId) {
    return this.exchanges.some((exchange) => exchange.questionId === questionId);
  }

  /** Leaves this conversation for a new one. */
  clear() {
    this.#leave();
    this.#around.changed();
  }

  #leave() {
    this.stop();
    this.#asking = null;
    this.id = undefined;
    this.title = "";
    this.leftOut = 0;
    this.exchanges = [];
    this.#log.replaceChildren();
    this.#around.follower.leave();
  }

  #markLast() {
    const last = this.exchanges.at(-1);
    for (const exchange of this.exchanges) exchange.last = exchange === last;
  }

  /** The current exchange has room to stand at the top, however short it is. @param {ExchangeView | undefined} exchange */
  #goTo(exchange) {
    for (const { element } of this.exchanges)
      element.classList.toggle("current", element === exchange?.element);
    if (exchange) this.#around.follower.begin(exchange.element, exchange.words);
  }

  /** Shows a stored conversation. @param {Conversation} conversation */
  show(conversation) {
    this.#leave();
    this.id = conversation.conversation_id;
    this.title = conversation.title;
    this.leftOut = conversation.left_out ?? 0;
    for (const { question_id: questionId, question, answer } of conversation.messages) {
      const exchange = new ExchangeView(question, this.#actions);
      exchange.questionId = questionId;
      if (answer) exchange.finish(answer);
      else exchange.leaveOpen();
      this.exchanges.push(exchange);
    }
    this.#log.replaceChildren(...this.exchanges.map(({ element }) => element));
    this.#markLast();
    this.#goTo(this.exchanges.at(-1));
    this.#around.changed();
  }

  /** Takes back what is being asked; the host hands over what it has. */
  stop() {
    this.#asking?.abort();
  }

  /** @param {ExchangeView} exchange */
  #askAgain(exchange) {
    const fresh = exchange.answer !== null;
    const replaced = exchange.questionId;
    if (replaced === undefined) this.#remove([exchange]);
    this.#around.focus();
    return this.#ask({
      question: exchange.question,
      filters: this.#around.filters(),
      ...(replaced === undefined ? {} : { replaces: replaced }),
      ...(fresh ? { fresh } : {}),
    });
  }

  /** Asks what was typed, and hands it back where it is not taken. @param {AskParams} params */
  async ask(params) {
    if (await this.#ask(params)) return;
    const { question, replaces } = params;
    const kept = replaces !== undefined && this.holds(replaces);
    this.#around.handBack(question, kept ? replaces : undefined);
  }

  /** @param {AskParams} params @returns {Promise<boolean>} false: it left no trace in the conversation */
  async #ask(params) {
    if (this.#asking) return true;
    const controller = new AbortController();
    this.#asking = controller;
    const replaced = this.#hideFrom(params.replaces);
    const exchange = new ExchangeView(params.question, this.#actions);
    exchange.narrowed = Object.keys(params.filters ?? {}).length > 0;
    this.exchanges.push(exchange);
    this.#log.append(exchange.element);
    this.#markLast();
    exchange.begin();
    this.#around.announce(exchange.stageWords);
    this.#goTo(exchange);
    this.#around.changed();
    const current = () => this.#asking === controller;
    let taken = true;
    try {
      const reply = await askHistory(
        { ...params, ...(this.id === undefined ? {} : { conversation_id: this.id }) },
        { signal: controller.signal, onProgress: (value) => current() && this.#onProgress(exchange, value) },
      );
      if (!current()) return true;
      this.#remove(replaced);
      this.id = reply.conversation_id;
      this.title = reply.title;
      exchange.questionId = reply.question_id;
      exchange.finish(reply);
      this.#around.announce(spokenAnswer(reply, exchange.spoken));
    } catch (error) {
      if (!current()) return true;
      const problem = controller.signal.aborted ? null : problemOf(error);
      if (replaced.length > 0) {
        this.#asking = null;
        this.#keep(exchange, replaced, problem);
        return false;
      }
      taken = problem?.kind !== "not_found" || exchange.questionId !== undefined;
      this.#fail(exchange, problem, taken);
    }
    this.#asking = null;
    this.#around.follower.grown();
    this.#around.changed();
    return taken;
  }

  /**
   * What was to be replaced is still there, and is shown again with the reason.
   *
   * @param {ExchangeView} exchange
   * @param {ExchangeView[]} replaced
   * @param {Problem | null} problem null: stopped
   */
  #keep(exchange, replaced, problem) {
    this.#remove([exchange]);
    for (const { element } of replaced) element.hidden = false;
    this.#showKept(replaced[0], problem);
    this.#around.changed();
    const { title, fix } = keptNotice(problem);
    this.#around.announce(`${title} ${fix}`.trim());
    this.#reload().then((anew) => {
      const kept = this.exchanges.find(({ questionId }) => questionId === replaced[0].questionId);
      if (anew && kept) this.#showKept(kept, problem);
    });
  }

  /** @param {ExchangeView} kept @param {Problem | null} problem */
  #showKept(kept, problem) {
    kept.keep(problem);
    this.#goTo(this.exchanges.at(-1));
    kept.element.scrollIntoView?.({ block: "start" });
  }

  /** Shows what the host holds, where that is something else. @returns {Promise<boolean>} whether it was */
  async #reload() {
    const { id, exchanges } = this;
    const known = exchanges.filter(({ questionId }) => questionId !== undefined);
    const count = exchanges.length;
    const found = id === undefined ? null : await getConversation(id).catch(() => null);
    // By now something else may have been begun; and what is here stays where the host does not answer.
    if (!found || this.busy || this.exchanges !== exchanges || exchanges.length !== count) return false;
    const same = (/** @type {import("../shared/chat_api.js").Message} */ message, /** @type {number} */ at) =>
      message.question_id === known[at].questionId &&
      message.answer?.message_id === known[at].answer?.message_id;
    if (found.messages.length === known.length && found.messages.every(same)) return false;
    this.show(found);
    return true;
  }

  /** @param {ExchangeView} exchange @param {import("../shared/chat_api.js").AskProgress} value */
  #onProgress(exchange, value) {
    exchange.progress(value);
    if (value.stage || value.searched_for) this.#around.announce(exchange.stageWords);
    if (value.conversation_id !== undefined && value.conversation_id !== this.id) {
      this.id = value.conversation_id;
      this.#around.changed();
    }
  }

  /**
   * @param {ExchangeView} exchange
   * @param {Problem | null} problem null: stopped
   * @param {boolean} taken whether it can be asked again
   */
  #fail(exchange, problem, taken) {
    if (problem) {
      if (taken) exchange.fail(problem);
      else exchange.refuse(problem);
      this.#around.announce(["Not answered.", problem.reason, problem.fix ?? ""].join(" ").trim());
    } else {
      exchange.stop();
      this.#around.announce(`Stopped. ${exchange.spoken}`.trim());
    }
  }

  /** @param {number | undefined} questionId @returns {ExchangeView[]} */
  #hideFrom(questionId) {
    const at = this.exchanges.findIndex((exchange) => exchange.questionId === questionId);
    if (questionId === undefined || at < 0) return [];
    const replaced = this.exchanges.slice(at);
    for (const { element } of replaced) element.hidden = true;
    return replaced;
  }

  /** @param {ExchangeView[]} gone */
  #remove(gone) {
    this.exchanges = this.exchanges.filter((exchange) => !gone.includes(exchange));
    for (const { element } of gone) element.remove();
    this.#markLast();
  }
}
