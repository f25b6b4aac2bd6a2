import "./chrome_stub.js";

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { SearchSession } from "../../extension/sidepanel/search_session.js";
import { result } from "./page_fixture.js";

/** @typedef {import("../../extension/sidepanel/search_session.js").Wanted} Wanted */

/** @type {Array<{query: string, mode: string, signal: AbortSignal, waitMs: number | undefined, give: (ids: number[], degraded?: any[]) => Promise<void>, fail: (error: Error) => Promise<void>}>} */
let asked;
/** @type {any[]} */
let updates;
/** @type {SearchSession} */
let session;

/** @param {string} query @param {Partial<Wanted>} [values] @returns {Wanted} */
function wanted(query, values = {}) {
  return { query, mode: "hybrid-rerank", filters: {}, ...values };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const find = (/** @type {string} */ query, /** @type {string} */ mode) => {
  const found = asked.find((each) => each.query === query && each.mode === mode);
  assert.ok(found, `${mode} ${query} was not asked`);
  return found;
};
const shown = () =>
  updates
    .filter(({ phase }) => phase === "early" || phase === "final")
    .map(({ phase, reply }) => [phase, reply.results.map((/** @type {any} */ each) => each.page_id)]);

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  asked = [];
  updates = [];
  session = new SearchSession(
    ({ query, mode = "", wait_ms: waitMs }, { signal }) =>
      new Promise((resolve, reject) => {
        asked.push({
          query,
          mode,
          signal,
          waitMs,
          give: (ids, degraded = []) => {
            const results = ids.map((id) => result(id));
            resolve({ results, total: results.length, took_ms: 1, mode: "text", degraded });
            return /** @type {Promise<void>} */ (settled());
          },
          fail: (error) => {
            reject(error);
            return /** @type {Promise<void>} */ (settled());
          },
        });
      }),
    (update) => updates.push(update),
  );
});

afterEach(() => mock.timers.reset());

test("answers to an earlier query are dropped though nobody stopped them", async () => {
  session.start(wanted("old"), { now: true });
  session.start(wanted("new"), { now: true });
  await find("old", "text").give([1]);
  await find("old", "hybrid-rerank").give([2]);
  await find("new", "hybrid-rerank").give([3]);
  await find("new", "text").give([4]);
  assert.deepEqual(shown(), [["final", [3]]]);
});

test("an earlier query is taken back, and its error is not shown", async () => {
  session.start(wanted("old"), { now: true });
  session.start(wanted("new"), { now: true });
  assert.equal(find("old", "hybrid-rerank").signal.aborted, true);
  assert.equal(find("new", "hybrid-rerank").signal.aborted, false);
  await find("old", "hybrid-rerank").fail(new Error("late"));
  assert.equal(
    updates.some(({ phase }) => phase === "error"),
    false,
  );
});

test("text is asked for sooner than the full search, and neither while keys still come", () => {
  session.start(wanted("b"));
  mock.timers.tick(50);
  session.start(wanted("br"));
  mock.timers.tick(50);
  assert.deepEqual(asked, []);
  mock.timers.tick(10);
  assert.deepEqual(
    asked.map(({ query, mode }) => [query, mode]),
    [["br", "text"]],
  );
  mock.timers.tick(160);
  assert.deepEqual(
    asked.map(({ query, mode }) => [query, mode]),
    [
      ["br", "text"],
      ["br", "hybrid-rerank"],
    ],
  );
});

test("an early text search that fails says nothing; the full one does", async () => {
  session.start(wanted("x"), { now: true });
  await find("x", "text").fail(new Error("early"));
  assert.equal(updates.at(-1).phase, "loading");
  await find("x", "hybrid-rerank").fail(new Error("full"));
  assert.equal(updates.at(-1).error.message, "full");
});

test("no words and no filter ask nothing; a filter alone does", () => {
  session.start(wanted("   "), { now: true });
  assert.deepEqual(updates, [{ phase: "idle" }]);
  session.start(wanted("", { filters: { from: 5 } }), { now: true });
  assert.equal(asked.length, 2);
});

test("text and vector modes ask once", () => {
  session.start(wanted("x", { mode: "text" }), { now: true });
  session.start(wanted("y", { mode: "vector" }), { now: true });
  assert.deepEqual(
    asked.map(({ query, mode }) => [query, mode]),
    [
      ["x", "text"],
      ["y", "vector"],
    ],
  );
});

const LOADING = [{ part: "vector", reason: "By words until the model is there.", loading: true }];

test("what was answered without a model that is loading is asked again until the model is there", async () => {
  session.start(wanted("x"), { now: true });
  assert.deepEqual(
    asked.map(({ mode, waitMs }) => [mode, waitMs]),
    [
      ["text", undefined],
      ["hybrid-rerank", 3000],
    ],
  );
  await asked[1].give([1], LOADING);
  mock.timers.tick(1000);
  await asked[2].give([1], LOADING);
  mock.timers.tick(1000);
  await asked[3].fail(new Error("a hitch"));
  mock.timers.tick(1000);
  await asked[4].give([2, 1]);
  mock.timers.tick(60_000);
  assert.equal(asked.length, 5);
  assert.deepEqual(shown(), [
    ["final", [1]],
    ["final", [2, 1]],
  ]);
});

test("a missing model is not asked for again, and new words end the asking", async () => {
  session.start(wanted("x"), { now: true });
  await asked[1].give([1], [{ part: "vector", reason: "No embedding model: loading it failed." }]);
  mock.timers.tick(60_000);
  assert.equal(asked.length, 2);
  session.start(wanted("y"), { now: true });
  await asked[3].give([1], LOADING);
  session.start(wanted("z"));
  mock.timers.tick(59);
  mock.timers.tick(60_000);
  assert.deepEqual(
    asked.slice(4).map(({ query }) => query),
    ["z", "z"],
  );
});
