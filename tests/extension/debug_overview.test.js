import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buttonOf, host, openDebugPage, textOf } from "./debug_page_fixture.js";
import { closePage, READY_STATE, until } from "./page_fixture.js";

/** A host that knows little. */
const FORMER = {
  host: {
    name: "ready",
    hello: { version: "0.1.0", protocol: 1, capabilities: ["store.stats", "store.health"] },
  },
  pausedUntil: 0,
  captureEnabled: true,
  backfill: { name: "none", imported: 0 },
};

/** @type {(() => void) | undefined} */
let endChecks;
/** @type {any} what `store.health` throws */
let broken;
const checksHeld = new Promise((resolve) => {
  endChecks = () => resolve(undefined);
});
const { document, worker, dom } = openDebugPage({
  "store.health": () => {
    if (broken) throw broken;
    return host.health;
  },
  doctor: async () => {
    await checksHeld;
    return { checks: host.checks };
  },
  "store.rebuild": () => {
    host.health.parts[1] = { name: "Vectors", rows: 40, expected: 40, ok: true, detail: "All are there." };
    return { rebuilt: ["vectors"] };
  },
  "jobs.retry": () => {
    host.queue.jobs = [];
    return { retried: 3 };
  },
  "settings.update": () => ({ settings: [] }),
});
host.queue.jobs = [
  { kind: "embed", state: "failed", count: 3, error: "The model is missing." },
  { kind: "embed", state: "queued", count: 40 },
];
host.checks = [
  { name: "Database", ok: true, detail: "It is whole." },
  {
    name: "Capture",
    ok: false,
    detail: "It is switched off.",
    fix: "Switch it on.",
    action: {
      label: "Switch capture on",
      method: "settings.update",
      params: { values: { "capture.enabled": true } },
    },
  },
  { name: "Disk", ok: false, detail: "It is full.", fix: "Make room." },
];
after(() => closePage(dom));
await import("../../extension/debug.js");

test("counts, growth and health are there while the checks still run", async () => {
  await until(() => textOf("numbers").includes("12"));
  await until(() => textOf("growth").includes("12 pages"));
  assert.equal(textOf("checks-status"), "Checking…");
  const order = worker.requests.map(({ method }) => method);
  assert.ok(order.indexOf("doctor") > order.indexOf("store.stats"));
});

test("the growth is drawn as a line that has the same in words", () => {
  const figure = document.querySelector("#growth svg");
  assert.equal(figure?.namespaceURI, "http://www.w3.org/2000/svg");
  assert.equal(figure?.getAttribute("role"), "img");
  assert.match(
    figure?.getAttribute("aria-label") ?? "",
    /^12 pages, 10 more than on (1 January|January 1,) 2026\./,
  );
  assert.equal(figure?.querySelector("polyline")?.getAttribute("points")?.split(" ").length, 3);
});

test("latencies name every method, the slowest first, with a small line of its own", () => {
  const rows = [...document.querySelectorAll("#latencies tbody tr")];
  assert.deepEqual(
    rows.map((row) => row.querySelector("th")?.textContent),
    ["search.query", "jobs.list"],
  );
  assert.match(rows[0].textContent ?? "", /1,200 \(3 failed\)42 ms1\.3 s/);
  assert.equal(rows[0].querySelector("svg")?.getAttribute("aria-label"), "The latest 3: from 40 ms to 1.3 s");
});

test("the checks come last: what failed first, each with one button that does something about it", async () => {
  endChecks?.();
  await until(() => textOf("checks-status") === "2 of 3 checks failed.");
  const failed = [...document.querySelectorAll("#checks > li")];
  assert.equal(failed.length, 2);
  assert.deepEqual(
    failed.map((row) => [...row.querySelectorAll("button")].map((button) => button.textContent)),
    [["Switch capture on"], []],
  );
  assert.match(failed[1].textContent ?? "", /Make room\./);
  assert.equal(document.querySelectorAll("#checks-passed > li").length, 1);
});

test("a check's button does what it says, and everything is looked at again", async () => {
  host.checks = [{ name: "Capture", ok: true, detail: "It is on." }];
  buttonOf("Switch capture on").click();
  await until(() => textOf("checks-status") === "All 1 checks passed.");
  assert.deepEqual(worker.asked("settings.update"), [{ values: { "capture.enabled": true } }]);
  assert.match(textOf("checks-card"), /Done: Switch capture on\./);
});

test("an index that lags behind has a button that mends it", async () => {
  assert.match(textOf("health"), /Vectors30 of 40/);
  buttonOf("Rebuild vectors", /** @type {HTMLElement} */ (document.getElementById("health"))).click();
  await until(() => textOf("health").includes("40 of 40"));
  assert.deepEqual(worker.asked("store.rebuild"), [{ fulltext: false, vectors: true }]);
  assert.equal(document.querySelectorAll("#health .check.failed").length, 0);
});

test("failed jobs can be queued again, and the queue can be paused", async () => {
  assert.match(textOf("queue"), /40 still to be done\..*failed.*3.*The model is missing\./);
  buttonOf("Retry failed").click();
  await until(() => textOf("queue").includes("3 jobs are queued again."));
  assert.ok(document.getElementById("queue-retry")?.hasAttribute("hidden"));
  const pause = /** @type {HTMLElement} */ (document.getElementById("queue-pause"));
  pause.click();
  await until(() => pause.textContent === "Go on");
  assert.match(textOf("queue"), /Paused\. Nothing waits\./);
  pause.click();
  await until(() => pause.textContent === "Pause");
});

test("sizes by table are measured only when somebody looks", async () => {
  assert.deepEqual(worker.asked("store.sizes"), []);
  const details = /** @type {HTMLDetailsElement} */ (document.getElementById("sizes-details"));
  details.open = true;
  await until(() => textOf("sizes").includes("pages"));
  assert.equal(worker.asked("store.sizes").length, 1);
});

test("what cannot be read says so and what to do, and the rest of the page stays", async () => {
  broken = { message: "The database is locked.", kind: "database_locked" };
  const health = /** @type {HTMLElement} */ (document.getElementById("health"));
  worker.tell("extension.changed", {
    ...FORMER,
    host: { name: "down", problem: { kind: "exited", message: "It stopped." } },
  });
  worker.tell("extension.changed", FORMER);
  await until(() => health.textContent?.includes("Unlock it in the settings."));
  const link = health.querySelector("a.button");
  assert.match(link?.getAttribute("href") ?? "", /options\.html#encryption$/);
  assert.match(textOf("numbers"), /12/);
  broken = null;
  buttonOf("Try again", health).click();
  await until(() => !health.textContent?.includes("Unlock"));
});

test("what an older host does not answer is not offered", () => {
  for (const id of ["queue", "loaded", "latencies"]) {
    assert.ok(document.getElementById(id)?.hasAttribute("hidden"), id);
  }
  assert.ok(!document.getElementById("counts")?.hasAttribute("hidden"));
  assert.ok(document.getElementById("data-export")?.hasAttribute("hidden"));
  assert.ok(!document.getElementById("data-missing")?.hasAttribute("hidden"));
});

test("a history that is unlocked is asked for at once, although the host was there all the time", async () => {
  const state = { ...READY_STATE, host: FORMER.host };
  worker.tell("extension.changed", { ...state, locked: true });
  await until(() => worker.asked("store.stats").length > 0);
  const before = worker.asked("store.stats").length;
  worker.tell("extension.changed", { ...state, locked: false });
  await until(() => worker.asked("store.stats").length > before);
});

test("everything that was deleted is gone from an open page, too", () => {
  const field = /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea[aria-label="SQL"]'));
  field.value = "SELECT 'a secret word'";
  worker.tell("extension.emptied", {});
  assert.equal(field.value, "");
});
