import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { result, StubIntersectionObserver, until } from "./page_fixture.js";
import {
  button,
  document,
  dom,
  field,
  finish,
  heldAnswers,
  link,
  list,
  press,
  reply,
  script,
  startOver,
  status,
  titles,
  type,
  worker,
} from "./search_page_fixture.js";

beforeEach(startOver);
after(finish);

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
  link(0).dispatchEvent(new dom.window.Event("pointerover", { bubbles: true }));
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
  script.answer = () => reply([result(1)]);
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
  script.answer = () =>
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
  script.answer = () => reply([result(1)]);
  type("icon");
  await until(() => titles().length === 1);
  const source = /** @type {HTMLImageElement} */ (list.querySelector("img")).src;
  assert.match(
    source,
    /^chrome-extension:\/\/[a-p]{32}\/_favicon\/\?pageUrl=https%3A%2F%2Fexample\.com%2F1&size=32$/,
  );
});

test("a click opens the page beside the panel, with control or the middle button in a new tab", async () => {
  script.answer = () => reply([result(1)]);
  type("open");
  await until(() => titles().length === 1);
  const click = (/** @type {any} */ init, kind = "click") =>
    link(0).dispatchEvent(new dom.window.MouseEvent(kind, { bubbles: true, cancelable: true, ...init }));
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
  script.answer = () => reply([result(1), result(2)]);
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
  script.answer = () => reply([result(1), result(2)]);
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
  script.answer = () => reply([result(1), other, result(2)]);
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
  script.answer = () => reply([result(1)]);
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
  script.answer = ({ offset = 0, mode }) =>
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
  script.answer = ({ explain }) =>
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
    details.dispatchEvent(new dom.window.Event("toggle"));
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
