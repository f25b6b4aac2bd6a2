import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

/** @type {any} */
let state = {
  ...READY_STATE,
  host: { name: "down", problem: { kind: "not_found", message: "Not set up yet." } },
};
const { document, worker, dom } = openPage("welcome.html", {
  "extension.state": () => state,
  "extension.backfill.start": () => state,
  "extension.backfill.stop": () => state,
});
after(() => closePage(dom));
await import("../../extension/welcome.js");

const start = /** @type {HTMLButtonElement} */ (document.getElementById("import-start"));
const stop = /** @type {HTMLButtonElement} */ (document.getElementById("import-stop"));
const text = () => document.getElementById("import-text")?.textContent ?? "";

/** @param {any} values */
function become(values) {
  state = { ...READY_STATE, ...values };
  worker.tell("extension.changed", state);
}

test("without a host the import waits and the page says what is missing", () => {
  assert.equal(start.disabled, true);
  assert.match(document.getElementById("banners")?.textContent ?? "", /Not set up yet/);
});

test("with the host there it says so, and the import can begin", async () => {
  become({});
  assert.equal(document.getElementById("ready")?.hasAttribute("hidden"), false);
  assert.equal(document.getElementById("banners")?.childElementCount, 0);
  assert.equal(start.disabled, false);
  start.click();
  await until(() => worker.asked("extension.backfill.start").length === 1);
});

test("a running import shows how far it has come and can be stopped", async () => {
  become({ backfill: { name: "running", imported: 1500, reached: new Date(2025, 2, 3).getTime() } });
  assert.match(text(), /1,500 entries, back to .*2025/);
  assert.equal(start.hasAttribute("hidden"), true);
  stop.click();
  await until(() => worker.asked("extension.backfill.stop").length === 1);
});

test("a stopped import goes on from there, and says why it stopped", () => {
  become({ backfill: { name: "stopped", imported: 10, reached: 5, problem: "The disk is full." } });
  assert.equal(start.textContent, "Go on");
  assert.match(text(), /The disk is full/);
  become({ backfill: { name: "done", imported: 1, reached: 5 } });
  assert.equal(text(), "Done: 1 entry imported.");
});
