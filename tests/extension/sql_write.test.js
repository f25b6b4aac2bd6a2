import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { applied, closePage, openSql, runResult, until } from "./sql_fixture.js";

const BACKUP = "history-20261121-103000-write.db";
const changes = [
  { table: "visits", rows: 30, indirect: 30 },
  { table: "pages", rows: 12 },
];
/** @type {import("./page_fixture.js").Answer} */
let run = ({ write, preview }) => {
  if (!write) return runResult();
  const changed = { columns: [], rows: [], changes, changed: 42 };
  return runResult(preview ? changed : { ...changed, committed: true, backup: `/data/backups/${BACKUP}` });
};
const { dom, worker, page } = await openSql({
  answers: {
    "sql.run": (params, request) => run(params, request),
    "store.restore": () => ({ mode: "replace", format: "sqlite", added: {} }),
  },
});
after(() => closePage(dom));
const runs = () => worker.asked("sql.run");

/** @param {boolean} on */
function switchWriting(on) {
  page.byId("sql-write").checked = on;
  page.fire(page.byId("sql-write"), "change");
}

/** Runs a change in write mode, up to the question. */
async function propose() {
  if (!page.byId("sql-write").checked) switchWriting(true);
  page.write("DELETE FROM pages WHERE id < 13");
  page.button("Run").click();
  await until(() => page.text("sql-change").includes("would change"));
}

test("what is run without write mode cannot write", async () => {
  page.write("DELETE FROM pages");
  page.button("Run").click();
  await until(() => runs().length === 1);
  assert.equal(runs()[0].write, undefined);
});

test("write mode says what it is, and a run in it only tries", async () => {
  await propose();
  assert.ok(page.visible("sql-write-about"));
  assert.deepEqual([runs().at(-1).write, runs().at(-1).preview], [true, true]);
  assert.match(
    page.text("sql-change"),
    /This would change 12 rows in pages \(and with it 30 in visits\)\. ?Nothing is changed yet\./,
  );
});

test("rolling back keeps nothing and asks for nothing", async () => {
  await propose();
  const before = worker.requests.length;
  page.button("Roll back").click();
  assert.match(page.text("sql-change"), /Nothing was changed/);
  assert.equal(worker.requests.length, before);
});

test("a statement that is written on is tried anew before it can be applied", async () => {
  await propose();
  page.write("DELETE FROM pages");
  assert.ok(!page.visible("sql-change"));
});

/** Begins to try a change that is slow; returns what answers it. */
async function tryoutUnderWay() {
  const former = run;
  /** @type {(value: object) => void} */
  let answer = () => {};
  run = (params, request) =>
    new Promise((resolve) => {
      answer = () => resolve(former(params, request));
    });
  switchWriting(true);
  page.write("UPDATE pages SET title = :title WHERE id = 1");
  await until(() => page.byId("sql-parameter-title"));
  const before = runs().length;
  page.button("Run").click();
  await until(() => runs().length === before + 1);
  run = former;
  return () => answer({});
}

for (const [what, change] of [
  ["write mode is left", () => switchWriting(false)],
  ["another statement is written", () => page.write("SELECT 5")],
  [
    "another value is written",
    () => {
      page.byId("sql-parameter-title").value = "other";
      page.fire(page.byId("sql-parameter-title"), "input");
    },
  ],
]) {
  test(`a change that is being tried when ${what} is not offered to be kept`, async () => {
    const answer = await tryoutUnderWay();
    /** @type {() => void} */ (change)();
    answer();
    await until(() => page.text("sql-status") === "Cancelled.");
    assert.ok(!page.visible("sql-change"));
  });
}

test("a change that was tried is not offered any more once a value of it is another", async () => {
  const answer = await tryoutUnderWay();
  answer();
  await until(() => page.text("sql-change").includes("would change"));
  page.fire(page.byId("sql-parameter-title"), "input");
  assert.ok(!page.visible("sql-change"));
});

test("applying keeps the change that was shown, and names the backup", async () => {
  await propose();
  page.button("Apply").click();
  await until(() => page.text("sql-change").includes("Changed 12 rows"));
  const { sql, write, preview } = runs().at(-1);
  assert.deepEqual([sql, write, preview], ["DELETE FROM pages WHERE id < 13", true, false]);
  assert.ok(page.text("sql-change").includes(BACKUP));
  assert.equal(applied.count, 1);
});

test("undoing asks once, in words, what else is lost", async () => {
  page.button("Undo").click();
  await until(() => page.text("sql-change").includes("Put the whole database back"));
  assert.match(page.text("sql-change"), /21 November 2026|November 21, 2026/);
  assert.match(page.text("sql-change"), /\d:30/, "to the minute");
  assert.match(page.text("sql-change"), /every page, visit, conversation and setting .* is lost/);
  assert.deepEqual(worker.asked("store.restore"), []);
  page.button("Put it back").click();
  await until(() => page.text("sql-change").includes("The database is as it was on"));
  assert.deepEqual(worker.asked("store.restore"), [{ name: BACKUP }]);
});

for (const kind of ["host_away", "worker_gone", "no_answer", "storage", "internal"]) {
  test(`a change of which nobody heard the end (${kind}) may have been applied`, async () => {
    const former = run;
    await propose();
    run = () => {
      throw { message: "The AI History program stopped.", kind };
    };
    page.button("Apply").click();
    await until(() => page.text("sql-change").includes("It may have been applied."));
    assert.match(
      page.text("sql-change"),
      /Look at the rows before you run it again\. ?The AI History program/,
    );
    assert.doesNotMatch(page.text("sql-change"), /Nothing was changed/);
    run = former;
  });
}

test("a change that is refused says that nothing was changed", async () => {
  const former = run;
  await propose();
  run = () => {
    throw { message: "The disk is full.", fix: "Make room.", kind: "disk_full" };
  };
  page.button("Apply").click();
  await until(() => page.text("sql-change").includes("Nothing was changed"));
  assert.match(page.text("sql-change"), /The disk is full\. Make room\./);
  run = former;
});

test("leaving the page, an address and the switch itself end write mode", async () => {
  switchWriting(true);
  dom.window.dispatchEvent(new dom.window.Event("pagehide"));
  assert.ok(!page.byId("sql-write").checked);
  switchWriting(true);
  dom.window.location.hash = "#sql=SELECT+2";
  await until(() => page.field.value === "SELECT 2");
  assert.ok(!page.byId("sql-write").checked);
  await propose();
  switchWriting(false);
  assert.ok(!page.visible("sql-change"));
  assert.ok(!page.visible("sql-write-about"));
});
