/** The chat page, opened with a worker that the tests play. */

import { stub } from "./chrome_stub.js";

import { closePage, openPage, READY_STATE, stats, until } from "./page_fixture.js";

/**
 * @typedef {import("../../extension/shared/chat_api.js").AskReply} AskReply
 * @typedef {import("../../extension/shared/chat_api.js").Source} Source
 */

export const READ_AT = Date.UTC(2026, 2, 9, 12);
export const QUOTE = "At 18 °C a starter doubles in twelve hours.";

/** What the worker answers; tests put their own in place. */
export const script = {
  /** @type {import("./page_fixture.js").Answer} */
  ask: () => reply(),
  /** @type {(params: any) => any} */
  get: () => conversation(),
  /** @type {(params: any) => any} */
  list: () => ({ conversations: [], total: 0 }),
};

export const { document, worker, dom } = openPage("sidepanel/history_chat.html", {
  "extension.state": () => READY_STATE,
  "store.stats": () => stats(),
  "chat.ask": (params, asked) => script.ask(params, asked),
  "chat.get": (params) => script.get(params),
  "chat.list": (params) => script.list(params),
  "chat.rename": ({ conversation_id: id, title }) => head(id, { title }),
  "chat.delete": () => ({ deleted: 1 }),
  "chat.export": ({ offset }) =>
    offset === 0
      ? { filename: "chat.md", text: "# One", next_offset: 5 }
      : { filename: "chat.md", text: " two", next_offset: null },
});
const { window } = dom;

/** @type {string[]} what was copied */
export const copied = [];
Object.defineProperty(globalThis, "navigator", {
  value: { clipboard: { writeText: async (/** @type {string} */ text) => copied.push(text) } },
  configurable: true,
});

/** @type {string[]} what was read out, in order */
export const spoken = [];
const region = /** @type {HTMLElement} */ (document.querySelector("#spoken"));
new window.MutationObserver(() => spoken.push(region.textContent ?? "")).observe(region, { childList: true });

stub.tabs.all = [{ id: 3, active: true, url: "https://www.other.org/page" }];
stub.storage.local.values.chatConversation = 7;
await import("../../extension/sidepanel/history_chat.js");

export const field = /** @type {HTMLTextAreaElement} */ (document.querySelector("#question"));
export const log = /** @type {HTMLElement} */ (document.querySelector('[role="log"]'));

/** @param {number} n @param {Partial<Source>} [values] @returns {Source} */
export function source(n, values = {}) {
  return {
    n,
    page_id: n,
    url: `https://example.com/${n}`,
    title: `Page ${n}`,
    domain: "example.com",
    passage: `Keep it warm. ${QUOTE} Feed it.`,
    visited_at: READ_AT,
    ...values,
  };
}

/** @param {number} n */
export function citation(n) {
  const url = `https://example.com/${n}`;
  return { n, page_id: n, url, title: `Page ${n}`, quote: QUOTE, link: `${url}#:~:text=At%2018` };
}

/** @param {Partial<AskReply>} [values] @returns {AskReply} */
export function reply(values = {}) {
  return {
    conversation_id: 7,
    question_id: 70,
    message_id: 71,
    title: "Warm starters",
    answer: "It doubles in **twelve hours**. [1]",
    sentences: [],
    citations: [citation(1)],
    sources: [source(1), source(2)],
    grounded: true,
    state: "complete",
    engine: "written",
    model: "Small",
    created_at: READ_AT,
    ...values,
  };
}

/** @param {number} id @param {object} [values] */
export function head(id, values = {}) {
  return {
    conversation_id: id,
    title: `Chat ${id}`,
    created_at: READ_AT,
    updated_at: READ_AT,
    questions: 1,
    ...values,
  };
}

/** A stored conversation. @param {object} [values] */
export function conversation(values = {}) {
  const messages = [{ question_id: 60, question: "How warm?", created_at: READ_AT, answer: reply() }];
  return { ...head(7, { title: "Warm starters" }), messages, left_out: 0, ...values };
}

export const exchanges = () =>
  /** @type {HTMLElement[]} */ ([...log.querySelectorAll("article:not([hidden])")]);
export const last = () => /** @type {HTMLElement} */ (exchanges().at(-1));
export const answerOf = (/** @type {HTMLElement} */ exchange) =>
  /** @type {HTMLElement} */ (exchange.querySelector('[data-part="answer"]'));
export const lists = (/** @type {HTMLElement} */ exchange, label = "Sources") =>
  [...exchange.querySelectorAll(`ol[aria-label="${label}"] .source-title`)].map((link) => link.textContent);

/** @param {string} text @param {ParentNode} [within] */
export function button(text, within = document) {
  return /** @type {HTMLButtonElement | undefined} */ (
    [...within.querySelectorAll("button")].find(
      (candidate) => (candidate.getAttribute("aria-label") ?? candidate.textContent?.trim()) === text,
    )
  );
}

/** @param {string} text */
export function type(text) {
  field.value = text;
  field.dispatchEvent(new window.Event("input", { bubbles: true }));
}

/** @param {EventTarget} target @param {string} key @param {object} [options] @returns {boolean} not prevented */
export function press(target, key, options = {}) {
  return target.dispatchEvent(
    new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options }),
  );
}

/** @param {string} question */
export async function ask(question) {
  type(question);
  press(field, "Enter");
  await until(() => button("Ask"));
  return last();
}

/** Answers that the test gives bit by bit. */
export function heldAnswer() {
  /** @type {import("./page_fixture.js").Asked | undefined} */
  let asked;
  /** @type {(value: any) => void} */
  let settle = () => {};
  /** @type {(error: any) => void} */
  let refuse = () => {};
  script.ask = (_params, request) => {
    asked = request;
    return new Promise((resolve, reject) => {
      settle = resolve;
      refuse = reject;
    });
  };
  const begun = async () => {
    await until(() => asked);
    return /** @type {import("./page_fixture.js").Asked} */ (asked);
  };
  return {
    /** @param {any} value */
    tell: async (value) => (await begun()).progress(value),
    cancelled: async () => (await begun()).cancelled,
    /** @param {AskReply} value */
    async finish(value) {
      await begun();
      settle(value);
      await until(() => button("Ask"));
    },
    /** @param {object} error */
    async fail(error) {
      await begun();
      refuse(error);
      await until(() => button("Ask"));
    },
  };
}

/** Begins a new chat with nothing in it. */
export async function startOver() {
  script.ask = () => reply();
  script.get = () => conversation();
  script.list = () => ({ conversations: [], total: 0 });
  button("New chat")?.click();
  for (const chip of document.querySelectorAll('.chip[aria-pressed="true"]')) {
    chip.dispatchEvent(new window.Event("click", { bubbles: true }));
  }
  type("");
  worker.requests = [];
  spoken.length = 0;
  copied.length = 0;
  stub.tabs.created = [];
  stub.tabs.updated = [];
  stub.tabs.current = undefined;
}

/** Puts the page away. */
export function finish() {
  closePage(dom);
}
