/** The bar above the search results that says how far indexing is. */

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closePage, openPage, READY_STATE, stats } from "./page_fixture.js";

/** @type {import("../../extension/shared/api.js").StoreStats} */
let now = stats();
const { document, dom } = openPage("sidepanel/history_search.html", {
  "extension.state": () => READY_STATE,
  "store.stats": () => now,
});
const { IndexingMeter } = await import("../../extension/sidepanel/indexing_meter.js");
const meter = new IndexingMeter(() => {});
const bar = /** @type {HTMLElement} */ (document.querySelector("#indexing"));
const text = /** @type {HTMLElement} */ (document.querySelector("#indexing-text"));
const share = /** @type {HTMLElement} */ (document.querySelector("#indexing-meter"));

test("nothing to do shows nothing", async () => {
  now = stats();
  await meter.refresh();
  assert.equal(bar.hidden, true);
});

test("new pages are counted against the passages that have a vector", async () => {
  now = { ...stats(), pending_jobs: 2, chunks: 8, embedded_chunks: 2 };
  await meter.refresh();
  assert.equal(bar.hidden, false);
  assert.match(text.textContent ?? "", /2 pages to go/);
  assert.equal(share.style.transform, "scaleX(0.250)");
});

test("another search model shows how much of it is made, also when no page waits", async () => {
  now = { ...stats(), chunks: 8, embedded_chunks: 8, reindexing: { model: "new", done: 3, total: 4 } };
  await meter.refresh();
  assert.equal(bar.hidden, false);
  assert.match(text.textContent ?? "", /new search model/);
  assert.equal(share.style.transform, "scaleX(0.750)");
});

after(() => closePage(dom));
