/** The conversation that is open: its questions and answers, and the one that is being answered. */

import { askHistory } from "../shared/chat_api.js";
import { problemOf, STAGE_WORDS, spokenAnswer } from "./answer_words.js";
import { ExchangeView } from "./exchange_view.js";

/**
 * @typedef {import("../shared/chat_api.js").AskParams} AskParams
 * @typedef {import("../shared/chat_api.js").Conversation} Conversation
 *
 * @typedef {Object} Surroundings
 * @property {import("./follower.js").Follower} follower
 * @property {(words: string) => void} announce
 * @property {(text: string) => Promise<void>} copy
 * @property {(exchange: ExchangeView) => void} edit
 * @property {() => import("../shared/chat_api.js").SearchFilters} filters for what is asked again
 * @property {() => void} focus goes to the box, when the button that was pressed disappears
 * @property {() => void} models shows the models
 * @property {() => void} widen takes the filters off
 * @property {() => void} changed it is another conversation, or asks, or has finished
 */

export class ConversationView {
  /** @type {number | undefined} */
  id;
  title = "";
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

  /** Leaves this conversation for a new one. */
  clear() {
    this.stop();
    this.#asking = null;
    this.id = undefined;
    this.title = "";
    this.exchanges = [];
    this.#log.replaceChildren();
    this.#around.follower.leave();
    this.#around.changed();
  }

  /** The current exchange has room to stand at the top, however short it is. @param {ExchangeView | undefined} exchange */
  #goTo(exchange) {
    for (const { element } of this.exchanges)
      element.classList.toggle("current", element === exchange?.element);
    if (exchange) this.#around.follower.begin(exchange.element, exchange.words);
  }

  /** Shows a stored conversation. @param {Conversation} conversation */
  show(conversation) {
    this.clear();
    this.id = conversation.conversation_id;
    this.title = conversation.title;
    for (const { question_id: questionId, question, answer } of conversation.messages) {
      const exchange = new ExchangeView(question, this.#actions);
      exchange.questionId = questionId;
      if (answer) exchange.finish(answer);
      else exchange.leaveOpen();
      this.exchanges.push(exchange);
    }
    this.#log.replaceChildren(...this.exchanges.map(({ element }) => element));
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
    const replaced = exchange.replaces ?? exchange.questionId;
    if (replaced === undefined) this.#remove([exchange]);
    this.#around.focus();
    return this.ask({
      question: exchange.question,
      filters: this.#around.filters(),
      ...(replaced === undefined ? {} : { replaces: replaced }),
      ...(fresh ? { fresh } : {}),
    });
  }

  /** @param {AskParams} params */
  async ask(params) {
    if (this.#asking) return;
    const controller = new AbortController();
    this.#asking = controller;
    const replaced = this.#hideFrom(params.replaces);
    const exchange = new ExchangeView(params.question, this.#actions);
    exchange.replaces = params.replaces;
    exchange.narrowed = Object.keys(params.filters ?? {}).length > 0;
    this.exchanges.push(exchange);
    this.#log.append(exchange.element);
    exchange.begin();
    this.#around.announce(STAGE_WORDS.searching);
    this.#goTo(exchange);
    this.#around.changed();
    const current = () => this.#asking === controller;
    try {
      const reply = await askHistory(
        { ...params, ...(this.id === undefined ? {} : { conversation_id: this.id }) },
        { signal: controller.signal, onProgress: (value) => current() && this.#onProgress(exchange, value) },
      );
      if (!current()) return;
      this.#remove(replaced);
      this.id = reply.conversation_id;
      this.title = reply.title;
      exchange.questionId = reply.question_id;
      exchange.replaces = undefined;
      exchange.finish(reply);
      this.#around.announce(spokenAnswer(reply, exchange.spoken));
    } catch (error) {
      if (!current()) return;
      // The host may have kept the earlier answer: it comes back beside what happened to the new question.
      for (const earlier of replaced) earlier.element.hidden = false;
      this.#fail(exchange, controller.signal.aborted ? null : problemOf(error));
    }
    this.#asking = null;
    this.#around.follower.grown();
    this.#around.changed();
  }

  /** @param {ExchangeView} exchange @param {import("../shared/chat_api.js").AskProgress} value */
  #onProgress(exchange, value) {
    exchange.progress(value);
    if (value.stage) this.#around.announce(STAGE_WORDS[value.stage]);
    if (value.conversation_id !== undefined && value.conversation_id !== this.id) {
      this.id = value.conversation_id;
      this.#around.changed();
    }
  }

  /** @param {ExchangeView} exchange @param {import("../shared/chat_api.js").Problem | null} problem null: stopped */
  #fail(exchange, problem) {
    if (problem) {
      exchange.fail(problem);
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
  }
}
