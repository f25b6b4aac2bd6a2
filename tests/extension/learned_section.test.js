import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { CategoryHost, category, correction } from "./categories_fixture.js";
import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

const host = new CategoryHost();
host.categories = [category("Dev")];
const { document, worker, dom } = openPage("options.html", host.answers());
after(() => closePage(dom));
await import("../../extension/options.js");

const rows = () => [...(document.getElementById("learned-list")?.children ?? [])];
const titles = () => rows().map((row) => row.querySelector('[data-part="title"]')?.textContent);
const count = () => document.getElementById("learned-count")?.textContent;
const said = () => document.getElementById("saved")?.textContent;
const hidden = (/** @type {string} */ id) => document.getElementById(id)?.hasAttribute("hidden");

/** @param {string} label @returns {HTMLElement} */
function labelled(label) {
  const found = document.querySelector(`[aria-label="${label}"]`);
  assert.ok(found, label);
  return /** @type {HTMLElement} */ (found);
}

/** @param {string} text */
function search(text) {
  const field = /** @type {HTMLInputElement} */ (document.getElementById("learned-search"));
  field.value = text;
  field.dispatchEvent(new dom.window.Event("input"));
}

/** The host has these corrections, and the page has read them. @param {ReturnType<typeof correction>[]} corrections */
async function open(corrections) {
  host.corrections = corrections;
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  worker.tell("extension.changed", READY_STATE);
  await until(
    () => rows().length === Math.min(20, corrections.length) && titles()[0] === corrections[0]?.title,
  );
}

const many = (/** @type {number} */ size) =>
  Array.from({ length: size }, (_, index) => correction(size - index));

beforeEach(() => {
  host.errors = {};
  search("");
});

test("a correction tells what was said about which tab, when, and how much it still counts", async () => {
  await open([correction(2), correction(1, { category: null, from_category: null, weight: 0.5, title: "" })]);
  const [first, second] = rows().map((row) => row.textContent?.replace(/\s+/g, " ") ?? "");
  assert.match(first, /Tab 2 News →to Dev site2\.example · .*(2026|Jan).* · counts 75 %/);
  assert.match(second, /site1\.example no group →to None of these/);
  assert.equal(count(), "2 corrections");
});

test("where nothing was learned yet, the page says how it would be", async () => {
  await open([]);
  await until(() => hidden("learned-none") === false);
  assert.equal(hidden("learned-body"), true);
});

test("a long list comes in pages, and the focus goes to what is new", async () => {
  await open(many(45));
  assert.equal(count(), "20 of 45 corrections");
  document.getElementById("learned-more")?.click();
  await until(() => rows().length === 40);
  assert.equal(document.activeElement, labelled("Undo: Tab 25"));
  document.getElementById("learned-more")?.click();
  await until(() => rows().length === 45);
  assert.equal(hidden("learned-more"), true);
});

test("a search goes through all of them, also those that were not fetched yet", async () => {
  await open(many(45));
  search("site3.example dev");
  await until(() => titles().join() === "Tab 3");
  assert.equal(count(), "1 correction");
  search("nothing like it");
  await until(() => count() === "No correction has these words.");
});

test("one is undone and put back", async () => {
  await open(many(3));
  labelled("Undo: Tab 2").click();
  await until(() => said() === "Undone.");
  assert.deepEqual(worker.asked("tabs.forget").at(-1), { ids: [2] });
  assert.equal(document.activeElement, labelled("Put back: Tab 2"));
  labelled("Put back: Tab 2").click();
  await until(() => said() === "Put back.");
  assert.deepEqual(worker.asked("tabs.correct").at(-1), {
    url: "https://www.site2.example/page",
    title: "Tab 2",
    category: "Dev",
    from: "News",
  });
  assert.equal(titles()[0], "Tab 2");
});

test("all are forgotten after one question", async () => {
  await open(many(3));
  document.getElementById("learned-forget")?.click();
  assert.match(document.getElementById("learned-question")?.textContent ?? "", /all 3 corrections/);
  assert.equal(document.activeElement?.id, "learned-forget-no");
  assert.equal(host.corrections.length, 3);
  document.getElementById("learned-forget-yes")?.click();
  await until(() => said() === "Forgot 3 corrections.");
  assert.deepEqual(host.corrections, []);
  assert.equal(hidden("learned-none"), false);
});

test("what cannot be undone stays, and the page says why", async () => {
  await open(many(1));
  host.errors["tabs.forget"] = { message: "The disk is full." };
  labelled("Undo: Tab 1").click();
  await until(() => document.getElementById("learned-notice")?.textContent === "The disk is full.");
  assert.ok(labelled("Undo: Tab 1"));
});
