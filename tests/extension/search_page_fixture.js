/** The search page, opened with a worker that the tests play. */

import { stub } from "./chrome_stub.js";

import { closePage, openPage, READY_STATE, result, stats, until } from "./page_fixture.js";

/**
 * @typedef {import("../../extension/shared/api.js").SearchParams} SearchParams
 * @typedef {import("../../extension/shared/api.js").SearchReply} SearchReply
 */

/** What the worker answers to a search; tests put their own in place. */
export const script = {
  /** @type {(params: SearchParams) => Promise<SearchReply> | SearchReply} */
  answer: () => reply([]),
};

export const { document, worker, dom } = openPage("sidepanel/history_search.html", {
  "extension.state": () => READY_STATE,
  "store.stats": () => stats(),
  "search.query": (params) => script.answer(params),
  "pages.delete": (params) => ({ deleted: params.domain ? 3 : 1 }),
});
const { window } = dom;
stub.tabs.all = [{ id: 3, active: true, url: "https://other.org/" }];
await import("../../extension/sidepanel/history_search.js");

export const field = /** @type {HTMLInputElement} */ (document.querySelector("#query"));
export const list = /** @type {HTMLElement} */ (document.querySelector("#results"));
export const status = /** @type {HTMLElement} */ (document.querySelector('[role="status"]'));

/**
 * @param {ReturnType<typeof result>[]} results
 * @param {Partial<SearchReply>} [values]
 * @returns {SearchReply}
 */
export function reply(results, values = {}) {
  return {
    results,
    total: results.length,
    took_ms: 1,
    mode: "hybrid-rerank",
    parsed: { chips: [] },
    ...values,
  };
}

/** Answers that the test gives when it likes, by mode and query. */
export function heldAnswers() {
  /** @type {Map<string, (value: SearchReply) => void>} */
  const waiting = new Map();
  script.answer = ({ query, mode }) => new Promise((resolve) => waiting.set(`${mode} ${query}`, resolve));
  return {
    /** @param {string} key @param {SearchReply} value */
    async give(key, value) {
      await until(() => waiting.has(key));
      waiting.get(key)?.(value);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** @param {string} text */
export function type(text) {
  field.value = text;
  field.dispatchEvent(new window.Event("input", { bubbles: true }));
}

/** @param {EventTarget} target @param {string} key */
export function press(target, key) {
  target.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

export const titles = () => [...list.querySelectorAll(".result-title")].map((link) => link.textContent);
export const link = (/** @type {number} */ index) =>
  /** @type {HTMLAnchorElement} */ (list.querySelectorAll(".result-title")[index]);
export const button = (/** @type {string} */ text) =>
  /** @type {HTMLButtonElement | undefined} */ (
    [...document.querySelectorAll("button")].find((candidate) => candidate.textContent?.trim() === text)
  );

/** Makes the page as it was when it opened. */
export function startOver() {
  list.dispatchEvent(new window.Event("pointerleave"));
  field.focus();
  type("");
  worker.requests = [];
  stub.tabs.updated = [];
  stub.tabs.created = [];
}

/** Puts the page away. */
export function finish() {
  closePage(dom);
}
