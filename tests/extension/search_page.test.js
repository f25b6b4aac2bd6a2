import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import {
  closePage,
  openPage,
  READY_STATE,
  result,
  stats,
  StubIntersectionObserver,
  until,
} from "./page_fixture.js";

/**
 * @typedef {import("../../extension/shared/api.js").SearchParams} SearchParams
 * @typedef {import("../../extension/shared/api.js").SearchReply} SearchReply
 */

/** @type {(params: SearchParams) => Promise<SearchReply> | SearchReply} */
let answer = () => reply([]);

const { document, worker, dom } = openPage("sidepanel/history_search.html", {
  "extension.state": () => READY_STATE,
  "store.stats": () => stats(),
  "search.query": (params) => answer(params),
  "pages.delete": (params) => ({ deleted: params.domain ? 3 : 1 }),
});
const { window } = dom;
stub.tabs.all = [{ id: 3, active: true, url: "https://other.org/" }];
after(() => closePage(dom));
await import("../../extension/sidepanel/history_search.js");

const field = /** @type {HTMLInputElement} */ (document.querySelector("#query"));
const list = /** @type {HTMLElement} */ (document.querySelector("#results"));
const status = /** @type {HTMLElement} */ (document.querySelector('[role="status"]'));

/**
 * @param {ReturnType<typeof result>[]} results
 * @param {Partial<SearchReply>} [values]
 * @returns {SearchReply}
 */
function reply(results, values = {}) {
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
function heldAnswers() {
  /** @type {Map<string, (value: SearchReply) => void>} */
  const waiting = new Map();
  answer = ({ query, mode }) => new Promise((resolve) => waiting.set(`${mode} ${query}`, resolve));
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
function type(text) {
  field.value = text;
  field.dispatchEvent(new window.Event("input", { bubbles: true }));
}

/** @param {EventTarget} target @param {string} key */
function press(target, key) {
  target.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

const titles = () => [...list.querySelectorAll(".result-title")].map((link) => link.textContent);
const link = (/** @type {number} */ index) =>
  /** @type {HTMLAnchorElement} */ (list.querySelectorAll(".result-title")[index]);
const button = (/** @type {string} */ text) =>
  /** @type {HTMLButtonElement | undefined} */ (
    [...document.querySelectorAll("button")].find((candidate) => candidate.textContent?.trim() === text)
  );

beforeEach(async () => {
  list.dispatchEvent(new window.Event("pointerleave"));
  field.focus();
  type("");
  worker.requests = [];
  stub.tabs.updated = [];
  stub.tabs.created = [];
});

test("every part carries the role and label that people and programs know it by", () => {
  assert.equal(field.getAttribute("aria-label"), "Search your history");
  assert.equal(field.type, "search");
  assert.equal(list.localName, "ol");
  assert.equal(list.getAttribute("aria-label"), "Results");
  const labels = [...document.querySelectorAll('input[type="radio"]')].map(
    (radio) => document.querySelector(`label[for="${radio.id}"]`)?.textContent,
  );
  assert.deepEqual(labels, ["Hybrid + rerank", "Hybrid (RRF)", "Text only", "Vector only"]);
  const nav = [...document.querySelectorAll("nav a")].map((anchor) => anchor.textContent);
  assert.deepEqual(nav, ["Search", "Chat", "Tabs"]);
  assert.ok(button("Advanced"));
});

test("text results are shown at once and the final ranking takes their place", async () => {
  const held = heldAnswers();
  type("bread");
  await held.give("text bread", reply([result(1), result(2)]));
  assert.deepEqual(titles(), ["Page 1", "Page 2"]);
  await held.give("hybrid-rerank bread", reply([result(3), result(2), result(1)]));
  assert.deepEqual(titles(), ["Page 3", "Page 2", "Page 1"]);
  assert.match(status.textContent ?? "", /3 pages/);
});

test("the row in focus is not moved, nor any above it, until a person asks", async () => {
  const held = heldAnswers();
  type("bread");
  await held.give("text bread", reply([result(1), result(2), result(4)]));
  link(1).focus();
  const focused = document.activeElement;
  await held.give("hybrid-rerank bread", reply([result(3), result(4), result(2), result(1)]));
  assert.deepEqual(titles(), ["Page 1", "Page 2", "Page 3", "Page 4"]);
  assert.equal(document.activeElement, focused);
  button("Sort by best match")?.click();
  assert.deepEqual(titles(), ["Page 3", "Page 4", "Page 2", "Page 1"]);
  assert.equal(button("Sort by best match"), undefined);
});

test("the row under the pointer is not moved", async () => {
  const held = heldAnswers();
  type("bread");
  await held.give("text bread", reply([result(1), result(2)]));
  link(0).dispatchEvent(new window.Event("pointerover", { bubbles: true }));
  const row = list.children[0];
  await held.give("hybrid-rerank bread", reply([result(2), result(3)]));
  assert.deepEqual(titles(), ["Page 1", "Page 2", "Page 3"]);
  assert.equal(list.children[0], row);
});

test("an answer to an earlier query is dropped", async () => {
  const held = heldAnswers();
  type("old");
  await until(() =>
    worker.asked("search.query").some((params) => params.query === "old" && params.mode !== "text"),
  );
  type("new");
  await held.give("hybrid-rerank new", reply([result(2)]));
  await held.give("hybrid-rerank old", reply([result(1)]));
  await held.give("text old", reply([result(1)]));
  assert.deepEqual(titles(), ["Page 2"]);
});

test("text results that come after the final ranking are dropped", async () => {
  const held = heldAnswers();
  type("bread");
  await held.give("hybrid-rerank bread", reply([result(2)]));
  await held.give("text bread", reply([result(1)]));
  assert.deepEqual(titles(), ["Page 2"]);
});

test("while a person types only the last query is searched in full", async () => {
  answer = () => reply([result(1)]);
  for (const text of ["b", "br", "bre", "brea", "bread"]) type(text);
  await until(
    () => titles().length === 1 && worker.asked("search.query").some(({ mode }) => mode !== "text"),
  );
  const full = worker.asked("search.query").filter(({ mode }) => mode !== "text");
  assert.deepEqual(
    full.map(({ query }) => query),
    ["bread"],
  );
});

test("a hostile title and address are shown as text and cannot be followed", async () => {
  const title = "<img src=x onerror=alert(1)>";
  answer = () =>
    reply([result(1, { title, url: "javascript:alert(1)", snippet: "<b>x</b>", highlights: [[0, 3]] })]);
  type("bad");
  await until(() => titles().length === 1);
  assert.deepEqual(titles(), [title]);
  assert.equal(link(0).hasAttribute("href"), false);
  assert.equal(list.querySelector('img:not([data-part="favicon"])'), null);
  assert.equal(list.querySelector("b"), null);
  assert.equal(list.querySelector(".result-url")?.textContent, "javascript:alert(1)");
});

test("icons come out of the browser's own store", async () => {
  answer = () => reply([result(1)]);
  type("icon");
  await until(() => titles().length === 1);
  const source = /** @type {HTMLImageElement} */ (list.querySelector("img")).src;
  assert.match(
    source,
    /^chrome-extension:\/\/[a-p]{32}\/_favicon\/\?pageUrl=https%3A%2F%2Fexample\.com%2F1&size=32$/,
  );
});

test("a click opens the page beside the panel, with control or the middle button in a new tab", async () => {
  answer = () => reply([result(1)]);
  type("open");
  await until(() => titles().length === 1);
  const click = (/** @type {any} */ init, kind = "click") =>
    link(0).dispatchEvent(new window.MouseEvent(kind, { bubbles: true, cancelable: true, ...init }));
  click({});
  click({ ctrlKey: true });
  click({ button: 1 }, "auxclick");
  await until(() => stub.tabs.updated.length === 1 && stub.tabs.created.length === 2);
  assert.deepEqual(stub.tabs.updated, [{ id: 3, url: "https://example.com/1" }]);
  assert.deepEqual(stub.tabs.created, [
    { url: "https://example.com/1", active: false },
    { url: "https://example.com/1", active: false },
  ]);
});

test("the keyboard goes all the way: slash, arrows, escape", async () => {
  answer = () => reply([result(1), result(2)]);
  type("keys");
  await until(() => titles().length === 2);
  press(field, "ArrowDown");
  assert.equal(document.activeElement, link(0));
  press(link(0), "ArrowDown");
  assert.equal(document.activeElement, link(1));
  press(link(1), "ArrowUp");
  press(link(0), "ArrowUp");
  assert.equal(document.activeElement, field);
  press(field, "ArrowDown");
  press(link(0), "/");
  assert.equal(document.activeElement, field);
  press(field, "Escape");
  assert.equal(field.value, "");
  assert.deepEqual(titles(), []);
});

test("deleting asks first, says what it means, and takes the page away", async () => {
  answer = () => reply([result(1), result(2)]);
  type("delete");
  await until(() => titles().length === 2);
  link(0).focus();
  press(link(0), "Delete");
  assert.match(list.querySelector(".confirm")?.textContent ?? "", /cannot be undone/);
  assert.deepEqual(worker.asked("pages.delete"), []);
  press(/** @type {Element} */ (document.activeElement), "Escape");
  assert.equal(list.querySelector(".confirm"), null);
  assert.equal(document.activeElement, link(0));

  press(link(0), "Delete");
  button("Delete this page")?.click();
  await until(() => titles().length === 1);
  assert.deepEqual(worker.asked("pages.delete"), [{ urls: ["https://example.com/1"] }]);
  assert.deepEqual(titles(), ["Page 2"]);
  assert.match(status.textContent ?? "", /Deleted one page/);
});

test("a whole site can be deleted from one of its results", async () => {
  const other = result(3, { domain: "other.org", url: "https://other.org/" });
  answer = () => reply([result(1), other, result(2)]);
  type("site");
  await until(() => titles().length === 3);
  press(link(0), "x");
  link(0).focus();
  press(link(0), "Delete");
  button("Delete all of example.com")?.click();
  await until(() => titles().length === 1);
  assert.deepEqual(worker.asked("pages.delete"), [{ domain: "example.com" }]);
  assert.deepEqual(titles(), ["Page 3"]);
});

test("a deletion that fails leaves the result and says why", async () => {
  answer = () => reply([result(1)]);
  worker.answers["pages.delete"] = () => {
    throw { message: "The disk is full.", kind: "disk_full" };
  };
  type("fails");
  await until(() => titles().length === 1);
  link(0).focus();
  press(link(0), "Delete");
  button("Delete this page")?.click();
  await until(() => /The disk is full/.test(list.querySelector(".confirm")?.textContent ?? ""));
  assert.deepEqual(titles(), ["Page 1"]);
  worker.answers["pages.delete"] = () => ({ deleted: 1 });
});

test("further results are added at the end, without repeats, until there are no more", async () => {
  const all = Array.from({ length: 60 }, (_, index) => result((index % 28) + 1, { page_id: index + 1 }));
  answer = ({ offset = 0, mode }) =>
    mode === "text" ? reply([]) : reply(all.slice(Math.max(0, offset - 1), offset + 25), { total: 60 });
  type("many");
  await until(() => titles().length === 25);
  const reachTheEnd = () => {
    for (const observer of StubIntersectionObserver.all) observer.callback([{ isIntersecting: true }]);
  };
  reachTheEnd();
  await until(() => titles().length === 50);
  reachTheEnd();
  await until(() => titles().length === 60);
  const asked = worker.asked("search.query").length;
  reachTheEnd();
  assert.equal(worker.asked("search.query").length, asked);
  const ids = [...list.children].map((row) => /** @type {HTMLElement} */ (row).dataset.pageId);
  assert.equal(ids.length, 60);
  assert.equal(new Set(ids).size, 60);
});

test("why this result shows the passage and each piece of evidence, asked for once", async () => {
  const passage = { chunk_id: 1, heading: "Kneading", text: "Fold the dough.", highlights: [[9, 14]] };
  answer = ({ explain }) =>
    reply([
      result(1, {
        passage: /** @type {any} */ (passage),
        ...(explain
          ? { why: { text_rank: 2, bm25: 7.5, vector_rank: 1, cosine: 0.7312, matched_terms: ["dough"] } }
          : {}),
      }),
      result(2),
    ]);
  type("why");
  await until(() => titles().length === 2 && /2 pages/.test(status.textContent ?? ""));
  for (const details of list.querySelectorAll("details")) {
    details.open = true;
    details.dispatchEvent(new window.Event("toggle"));
  }
  await until(() => /place 1/.test(list.textContent ?? ""));
  const text = list.querySelector(".why-body")?.textContent ?? "";
  assert.match(text, /Kneading.*Fold the dough\./);
  assert.match(text, /place 2 \(BM25 7\.50\)/);
  assert.match(text, /place 1 \(similarity 0\.73\)/);
  assert.equal(list.querySelector(".why-body mark")?.textContent, "dough");
  assert.equal(worker.asked("search.query").filter(({ explain }) => explain).length, 1);
  const open = /** @type {HTMLAnchorElement} */ (list.querySelector(".why-body a"));
  assert.match(open.href, /#:~:text=Fold%20the%20dough\.$/);
});

test("filters read out of the words are shown and can be taken off", async () => {
  const chip = { kind: "site", label: "example.com", text: "site:example.com", start: 6, end: 22 };
  answer = ({ query }) =>
    reply([result(1)], { parsed: { chips: query.includes("site:") ? [/** @type {any} */ (chip)] : [] } });
  type("bread site:example.com soup");
  await until(() => document.querySelector("#applied .chip"));
  /** @type {HTMLElement} */ (document.querySelector("#applied .chip")).click();
  assert.equal(field.value, "bread soup");
  await until(() => worker.asked("search.query").some(({ query }) => query === "bread soup"));
  await until(() => !document.querySelector("#applied .chip"));
});

test("a span of time narrows the search, and only one is on", async () => {
  answer = () => reply([result(1)]);
  type("time");
  button("Today")?.click();
  button("Yesterday")?.click();
  await until(() => worker.asked("search.query").some(({ filters }) => filters.to !== undefined));
  const pressed = [...document.querySelectorAll('[data-range][aria-pressed="true"]')].map(
    (chip) => chip.textContent,
  );
  assert.deepEqual(pressed, ["Yesterday"]);
  button("Yesterday")?.click();
});

test("the mode is chosen under Advanced, used, and remembered", async () => {
  answer = () => reply([result(1)]);
  const advanced = /** @type {HTMLButtonElement} */ (button("Advanced"));
  advanced.click();
  assert.equal(advanced.getAttribute("aria-expanded"), "true");
  assert.equal(document.querySelector("#advanced")?.hasAttribute("hidden"), false);
  type("mode");
  /** @type {HTMLInputElement} */ (document.querySelector("#mode-text")).click();
  await until(() => worker.asked("search.query").length > 0);
  assert.deepEqual([...new Set(worker.asked("search.query").map(({ mode }) => mode))], ["text"]);
  assert.equal(stub.storage.local.values.searchMode, "text");
  /** @type {HTMLInputElement} */ (document.querySelector("#mode-rerank")).click();
  advanced.click();
});

test("when nothing matches, a spelling is offered and taken", async () => {
  answer = ({ query }) =>
    query === "recieve"
      ? reply([], { parsed: { corrected: [{ from: "recieve", to: "receive" }] } })
      : reply([result(1)]);
  type("recieve");
  await until(() => button("Search for “receive”"));
  assert.match(status.textContent ?? "", /No page matches “recieve”/);
  button("Search for “receive”")?.click();
  await until(() => titles().length === 1);
  assert.equal(field.value, "receive");
});

test("an error is told with its remedy, and can be tried again", async () => {
  answer = () => {
    throw { message: "The index is damaged.", kind: "storage", fix: "Run the doctor." };
  };
  type("broken");
  await until(() => button("Try again"));
  assert.match(status.textContent ?? "", /The index is damaged\. Run the doctor\./);
  answer = () => reply([result(1)]);
  button("Try again")?.click();
  await until(() => titles().length === 1);
});

test("what does not work at the moment is said beside the results", async () => {
  answer = () =>
    reply([result(1)], { degraded: [{ part: "vector", reason: "The model is still loading." }] });
  type("degraded");
  await until(() => /The model is still loading\./.test(status.textContent ?? ""));
});

test("a missing host is told with the command that sets it up, and the page comes back by itself", async () => {
  const command = "python3 -m host.install --browser chrome";
  const problem = { kind: "not_found", message: "Not set up yet.", fix: "Run this once:", command };
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down", problem } });
  assert.equal(document.querySelector("#banners code")?.textContent, command);
  assert.ok(button("Retry"));
  answer = () => reply([result(1)]);
  field.value = "back";
  worker.tell("extension.changed", READY_STATE);
  assert.equal(document.querySelector("#banners")?.childElementCount, 0);
  await until(() => titles().length === 1);
});

test("a pause is shown and can be ended here", async () => {
  worker.answers["extension.pause"] = ({ until: time }) => ({ ...READY_STATE, pausedUntil: time });
  worker.tell("extension.changed", { ...READY_STATE, pausedUntil: -1 });
  assert.match(document.querySelector("#banners")?.textContent ?? "", /Paused until you resume it/);
  button("Resume")?.click();
  await until(() => worker.asked("extension.pause").length === 1);
  assert.deepEqual(worker.asked("extension.pause"), [{ until: 0 }]);
  worker.tell("extension.changed", READY_STATE);
});

test("the page remembers that it was the last one", () => {
  assert.equal(stub.storage.local.values.lastSidePanelPage, "sidepanel/history_search.html");
});
