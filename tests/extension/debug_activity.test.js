import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bringIntoView, buttonOf, host, openDebugPage, textOf } from "./debug_page_fixture.js";
import { closePage, READY_STATE, until } from "./page_fixture.js";

/** What the host waits for before it answers. @type {Promise<void> | null} */
let slow = null;

const { document, worker, dom } = openDebugPage({
  "sql.log": async ({ after: latest, parameters }) => {
    const statements = host.statements
      .filter(({ n }) => n > latest)
      .map((each) => (parameters ? { ...each, parameters: { q: "telescope" } } : each));
    await slow;
    return { statements, keeps_parameters: Boolean(parameters) };
  },
  "sql.describe": ({ sql }) => {
    if (sql.startsWith("COMMIT")) throw { message: "There is nothing to explain." };
    return {
      parameters: ["q"],
      columns: [],
      writes: false,
      plan: [
        { id: 2, parent: 0, detail: "SCAN pages_fts" },
        { id: 5, parent: 2, detail: "SEARCH pages" },
      ],
    };
  },
});
const { window } = dom;
after(() => closePage(dom));

/** @param {number} n @param {string} method @param {string} sql */
function statement(n, method, sql) {
  return { n, at: Date.UTC(2026, 0, 1), method, request: "", kind: "read", sql, took_ms: 1.25, times: 2 };
}

host.statements = [
  statement(1, "search.query", "SELECT id FROM pages_fts WHERE pages_fts MATCH :q"),
  statement(2, "store.stats", "SELECT count(*) FROM pages"),
];
await import("../../extension/debug.js");
const rows = () => [...document.querySelectorAll("#statements > li")];
const methods = () => rows().map((row) => row.querySelector("strong")?.textContent);
const filter = /** @type {HTMLSelectElement} */ (document.getElementById("activity-method"));

test("nothing is asked before the list can be seen", async () => {
  await until(() => textOf("numbers") !== "");
  assert.deepEqual(worker.asked("sql.log"), []);
});

test("statements show as they come, without those of this page and without their values", async () => {
  bringIntoView("activity");
  await until(() => rows().length === 1);
  assert.deepEqual(methods(), ["search.query"]);
  assert.match(rows()[0].textContent ?? "", /1\.3 ms · read · 2 times/);
  assert.equal(rows()[0].querySelector("pre")?.textContent, host.statements[0].sql);
  assert.equal(worker.asked("sql.log")[0].parameters, false);
  assert.doesNotMatch(textOf("statements"), /telescope/);
  host.statements.push(statement(3, "pages.capture", "COMMIT"));
  await until(() => rows().length === 2);
  assert.deepEqual(methods(), ["pages.capture", "search.query"]);
});

test("the list can be narrowed to one method, or hold every one", () => {
  const choose = (/** @type {string} */ value) => {
    filter.value = value;
    filter.dispatchEvent(new window.Event("change"));
  };
  choose("search.query");
  assert.deepEqual(methods(), ["search.query"]);
  choose("all");
  assert.deepEqual(methods(), ["pages.capture", "store.stats", "search.query"]);
  choose("");
  assert.deepEqual(methods(), ["pages.capture", "search.query"]);
});

test("a statement can be explained, and opened in the explorer as it is", async () => {
  const explain = buttonOf("Explain", rows()[1]);
  explain.click();
  await until(() => rows()[1].querySelectorAll('[data-part="plan"] > li').length === 2);
  assert.equal(explain.getAttribute("aria-expanded"), "true");
  assert.deepEqual(
    [...rows()[1].querySelectorAll('[data-part="plan"] > li')].map((item) => [
      item.className,
      item.textContent,
    ]),
    [
      ["plan-depth-0", "SCAN pages_fts"],
      ["plan-depth-1", "SEARCH pages"],
    ],
  );
  const address = rows()[1].querySelector("a")?.getAttribute("href") ?? "";
  assert.equal(new URLSearchParams(new URL(address).hash.slice(1)).get("sql"), host.statements[0].sql);
  buttonOf("Explain", rows()[0]).click();
  await until(() => rows()[0].textContent?.includes("There is nothing to explain."));
});

test("values are asked for only with the switch on, which warns, and are gone when it is off", async () => {
  const values = /** @type {HTMLInputElement} */ (document.getElementById("activity-values"));
  const warning = document.getElementById("activity-values-warning");
  assert.ok(warning?.hasAttribute("hidden"));
  values.checked = true;
  values.dispatchEvent(new window.Event("change"));
  assert.ok(!warning?.hasAttribute("hidden"));
  host.statements.push(statement(4, "search.query", "SELECT 1"));
  await until(() => textOf("statements").includes('q = "telescope"'));
  assert.equal(worker.asked("sql.log").at(-1).parameters, true);
  values.checked = false;
  values.dispatchEvent(new window.Event("change"));
  assert.ok(warning?.hasAttribute("hidden"));
  assert.doesNotMatch(textOf("statements"), /telescope/);
  await until(() => worker.asked("sql.log").at(-1).parameters === false);
});

test("a paused list asks for nothing until it goes on", async () => {
  const pause = /** @type {HTMLElement} */ (document.getElementById("activity-pause"));
  pause.click();
  assert.equal(pause.textContent, "Go on");
  const asked = worker.asked("sql.log").length;
  host.statements.push(statement(5, "search.query", "SELECT 2"));
  bringIntoView("activity");
  assert.equal(worker.asked("sql.log").length, asked);
  pause.click();
  await until(() => textOf("statements").includes("SELECT 2"));
});

test("after the host has started anew its statements show again, although it counts from one", async () => {
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  await until(() => document.getElementById("activity-body")?.hasAttribute("hidden"));
  host.statements = [statement(1, "search.query", "SELECT 'anew'")];
  worker.tell("extension.changed", READY_STATE);
  await until(() => textOf("statements").includes("SELECT 'anew'"));
  assert.equal(rows().length, 1);
});

test("what was asked for before everything was deleted does not come back", async () => {
  /** @type {() => void} */
  let answer = () => {};
  slow = new Promise((resolve) => {
    answer = () => resolve(undefined);
  });
  const asked = worker.asked("sql.log").length;
  host.statements.push(statement(2, "search.query", "SELECT 'late'"));
  bringIntoView("activity");
  await until(() => worker.asked("sql.log").length > asked);
  host.statements = [];
  worker.tell("extension.emptied", {});
  await until(() => rows().length === 0);
  slow = null;
  answer();
  const then = worker.asked("sql.log").length;
  await until(() => {
    bringIntoView("activity");
    return worker.asked("sql.log").length > then;
  });
  assert.equal(rows().length, 0);
});

test("a log can be chosen, read and copied", async () => {
  /** @type {string[]} */
  const copied = [];
  Object.defineProperty(globalThis, "navigator", {
    value: { clipboard: { writeText: async (/** @type {string} */ text) => copied.push(text) } },
    configurable: true,
  });
  bringIntoView("logs");
  await until(() => textOf("logs-lines").includes("host: second"));
  const choice = /** @type {HTMLSelectElement} */ (document.getElementById("logs-name"));
  assert.deepEqual(
    [...choice.options].map(({ value }) => value),
    ["host", "worker"],
  );
  choice.value = "worker";
  choice.dispatchEvent(new window.Event("change"));
  await until(() => textOf("logs-lines").includes("worker: second"));
  assert.equal(textOf("logs-path"), "/log/worker.log");
  document.getElementById("logs-copy")?.click();
  await until(() => textOf("logs-said") === "Copied.");
  assert.deepEqual(copied, ["worker: first\nworker: second"]);
});
