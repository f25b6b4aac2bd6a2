import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

const URL_HERE = "https://example.com/article?id=7";
/** @type {any} what is stored about the page */
let kept;
/** @type {string[]} */
let excluded = ["bank.example"];

const { document, worker, dom } = openPage("sidepanel/stored.html", {
  "extension.state": () => READY_STATE,
  "settings.get": () => ({ settings: [{ key: "capture.excluded_sites", value: excluded }] }),
  "settings.update": ({ values }) => {
    excluded = values["capture.excluded_sites"];
    return { settings: [] };
  },
  "pages.stored": () => kept,
  "pages.delete": ({ domain }) => {
    kept = { url: URL_HERE, captured: domain === undefined, reason: domain ? "excluded" : null };
    return { deleted: domain ? 5 : 1 };
  },
});
stub.tabs.all = [{ id: 3, active: true, url: URL_HERE, title: "An article" }];
after(() => closePage(dom));

beforeEach(() => {
  worker.requests = [];
  kept = {
    page_id: 9,
    url: "https://example.com/article",
    title: "An article",
    addresses: ["https://example.com/article", URL_HERE],
    first_visit_at: Date.UTC(2026, 0, 1, 12),
    last_visit_at: Date.UTC(2026, 0, 3, 12),
    captured_at: Date.UTC(2026, 0, 3, 12),
    visits: 2,
    visited_at: [Date.UTC(2026, 0, 3, 12), Date.UTC(2026, 0, 1, 12)],
    characters: 12_345,
    passages: 6,
    vectors: 7,
    summary: "It is about lanterns.",
    category: "Work",
    jobs: ["summarise"],
    quoted_in: 2,
    corrections: 1,
    captured: true,
    reason: null,
  };
});
await import("../../extension/sidepanel/stored.js");

/** @param {string} id */
const text = (id) => (document.getElementById(id)?.textContent ?? "").replace(/\s+/g, " ").trim();
/** @param {string} id */
const hidden = (id) => document.getElementById(id)?.hasAttribute("hidden");
/** @param {string} id */
const click = (id) => document.getElementById(id)?.click();
const facts = () =>
  Object.fromEntries(
    [...document.querySelectorAll("#stored-facts dt")].map((name) => [
      name.textContent,
      name.nextElementSibling?.textContent,
    ]),
  );

test("all that is stored about the page in front is there at once", async () => {
  stub.tabs.onActivated.fire();
  await until(() => text("stored-status").startsWith("This page is stored."));
  const { Passages, Category, Waits, "Quoted in": quoted, "Also as": other, "Its text": content } = facts();
  assert.equal(facts().Visits, "2");
  assert.equal(Passages, "6, with 7 vectors");
  assert.match(content ?? "", /^12,345 characters, read /);
  assert.deepEqual(
    [Category, quoted, Waits, other],
    ["Work", "2 conversations", "to be summarised", URL_HERE],
  );
  assert.equal(text("stored-summary"), "It is about lanterns.");
  assert.equal(document.querySelectorAll("#stored-visits > li").length, 2);
  assert.deepEqual(worker.asked("pages.stored"), [{ url: URL_HERE }]);
  assert.equal(stub.storage.local.values.lastSidePanelPage, "sidepanel/history_search.html");
});

test("forgetting the page asks once, takes every address of it, and says so", async () => {
  stub.tabs.onActivated.fire();
  await until(() => text("stored-status").startsWith("This page is stored."));
  click("stored-forget");
  assert.ok(!hidden("stored-confirm"));
  click("stored-no");
  assert.ok(hidden("stored-confirm"));
  assert.deepEqual(worker.asked("pages.delete"), []);
  assert.equal(document.activeElement?.id, "stored-forget");
  click("stored-forget");
  assert.equal(document.activeElement?.id, "stored-no", "a second Enter erases nothing");
  click("stored-yes");
  await until(() => text("stored-status").startsWith("Nothing is stored about this page."));
  assert.deepEqual(worker.asked("pages.delete"), [{ urls: ["https://example.com/article", URL_HERE] }]);
  assert.equal(text("stored-said"), "This page is forgotten.");
  assert.ok(hidden("stored-body") && hidden("stored-forget"));
  await until(() => document.activeElement?.id === "stored-heading");
});

test("a site is never remembered again, with or without what is stored of it", async () => {
  stub.tabs.onActivated.fire();
  await until(() => text("stored-status").startsWith("This page is stored."));
  click("stored-never");
  assert.match(text("stored-question"), /example\.com/);
  click("stored-other");
  await until(() => text("stored-said") === "example.com is excluded. What is stored of it stays.");
  assert.deepEqual(excluded, ["example.com", "bank.example"]);
  assert.deepEqual(worker.asked("pages.delete"), []);
  click("stored-never");
  click("stored-yes");
  await until(() => text("stored-said").includes("5 pages of it are forgotten"));
  assert.deepEqual(worker.asked("pages.delete"), [{ domain: "example.com" }]);
  assert.match(text("stored-status"), /its site is excluded in the settings/);
  assert.ok(hidden("stored-never"));
});

test("a page of the browser's own has nothing stored, and is not asked for", async () => {
  stub.tabs.all = [{ id: 4, active: true, url: "chrome://settings/", title: "Settings" }];
  stub.tabs.onActivated.fire();
  await until(() => text("stored-status").startsWith("Only web pages are remembered."));
  assert.deepEqual(worker.asked("pages.stored"), []);
  assert.ok(hidden("stored-actions"));
});

test("in a tab of its own it is about the tab that was in front before", async () => {
  stub.tabs.current = { id: 1 };
  stub.tabs.all = [
    { id: 1, active: true, url: "chrome-extension://x/sidepanel/stored.html" },
    { id: 2, active: false, url: "https://old.example/", lastAccessed: 1 },
    { id: 3, active: false, url: "https://new.example/", lastAccessed: 2 },
    { id: 4, active: false, url: "chrome://settings/", lastAccessed: 3 },
  ];
  stub.tabs.onActivated.fire();
  await until(() => worker.asked("pages.stored").length === 1);
  assert.deepEqual(worker.asked("pages.stored"), [{ url: "https://new.example/" }]);
});
