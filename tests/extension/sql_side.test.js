import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { EXAMPLES } from "../../extension/debug/sql_examples.js";
import { drawTables, foldInner } from "../../extension/debug/sql_schema.js";
import { READY_STATE } from "./page_fixture.js";
import { closePage, look, openSql, SCHEMA, until } from "./sql_fixture.js";

/** @type {Array<{id: number, name: string, sql: string, updated_at: number}>} */
let queries = [];
/** @type {string | null} */
let vectors = null;
const { dom, document, worker, page, section } = await openSql({
  answers: {
    "sql.schema": () => ({ ...SCHEMA, active_vectors: vectors }),
    "sql.saved": () => ({ queries }),
    "sql.save": ({ name, sql }) => {
      queries = [
        ...queries.filter((query) => query.name !== name),
        { id: queries.length + 1, name, sql, updated_at: 0 },
      ];
      return { queries };
    },
    "sql.forget": ({ id }) => {
      queries = queries.filter((query) => query.id !== id);
      return { queries };
    },
  },
});
after(() => closePage(dom));
look();
await until(() => document.querySelectorAll("#sql-tables > li").length === 3);

/** @param {string} list @returns {string[]} */
const names = (list) =>
  [...document.querySelectorAll(`#${list} .sql-link`)].map((item) => item.textContent ?? "");

/** @param {string} list @param {string} name */
function entry(list, name) {
  const found = [...document.querySelectorAll(`#${list} button`)].find(
    (item) => (item.getAttribute("aria-label") ?? item.textContent) === name,
  );
  if (!found) throw new Error(`${list} has no "${name}"`);
  return /** @type {HTMLButtonElement} */ (found);
}

/** What is kept of the history, by where. */
const kept = () => [stub.storage.session.values.sqlHistory ?? [], stub.storage.local.values.sqlHistory ?? []];

/** @param {string} value */
function keepHistory(value) {
  page.byId("sql-history-keep").value = value;
  page.fire(page.byId("sql-history-keep"), "change");
}

test("tables show their rows and columns, and inner ones are folded away", () => {
  const [pages, odd, inner] = document.querySelectorAll("#sql-tables > li");
  assert.match(pages.textContent ?? "", /pages1,234One row for every page\./);
  assert.match(odd.textContent ?? "", /odd nameview/);
  assert.match(inner.textContent ?? "", /Inner tables1pages_fts_data/);
});

test("what people ask for most comes first, the others stay as they were", () => {
  const list = document.createElement("ul");
  const tables = ["answers", "pages_fts", "chunk_embeddings_2", "meta", "pages"].map((name) => ({
    ...SCHEMA.tables[0],
    name,
  }));
  drawTables(list, tables, { insert: () => {}, replace: () => {} });
  assert.deepEqual(
    [...list.querySelectorAll("summary > code")].map((name) => name.textContent),
    ["pages", "pages_fts", "chunk_embeddings_2", "answers", "meta"],
  );
});

test("what belongs to an index or to the engine counts as inner, whatever the engine calls it", () => {
  const table = SCHEMA.tables[0];
  const folded = foldInner([
    { ...table, name: "chunk_embeddings", kind: "virtual" },
    { ...table, name: "chunk_embeddings_2", kind: "virtual" },
    { ...table, name: "chunk_embeddings_vector_chunks00" },
    { ...table, name: "sqlite_stat1" },
    { ...table, name: "pages" },
  ]);
  assert.deepEqual(
    folded.map(({ kind }) => kind),
    ["virtual", "virtual", "shadow", "shadow", "table"],
  );
});

test("a click puts a statement or a name where it belongs", () => {
  entry("sql-tables", "SELECT * from odd name").click();
  assert.equal(page.field.value, 'SELECT * FROM "odd name" LIMIT 100');
  page.write("SELECT ");
  page.field.setSelectionRange(7, 7);
  entry("sql-tables", "title").click();
  assert.equal(page.field.value, "SELECT title");
  entry("sql-functions", "embed").click();
  assert.equal(page.field.value, "SELECT titleembed(");
  entry("sql-functions", "Try MATCH (words)").click();
  assert.equal(page.field.value, "SELECT 'a MATCH'");
});

test("an example brings its values along", async () => {
  const example = /** @type {any} */ (EXAMPLES.find(({ values }) => values));
  entry("sql-examples", example.name).click();
  assert.equal(page.field.value, example.sql);
  const [[name, value]] = Object.entries(example.values);
  await until(() => page.byId(`sql-parameter-${name}`)?.value === value);
  assert.deepEqual(worker.asked("sql.run"), []);
});

test("the example of the nearest passages asks the vectors that search goes by", async () => {
  const example = entry("sql-examples", "Passages nearest to a text");
  assert.match(example.title, /FROM chunk_embeddings\n/);
  vectors = "chunk_embeddings_2";
  section.onState(/** @type {any} */ ({ ...READY_STATE, host: { name: "down" } }));
  section.onState(/** @type {any} */ (READY_STATE));
  await until(() =>
    entry("sql-examples", "Passages nearest to a text").title.includes("FROM chunk_embeddings_2\n"),
  );
  entry("sql-examples", "Passages nearest to a text").click();
  assert.match(page.field.value, /FROM chunk_embeddings_2\n/);
});

test("an explorer that found the history locked reads the tables once it is unlocked", async () => {
  section.onState(/** @type {any} */ ({ ...READY_STATE, locked: true }));
  const before = worker.asked("sql.schema").length;
  section.onState(/** @type {any} */ ({ ...READY_STATE, locked: false }));
  await until(() => worker.asked("sql.schema").length > before);
});

test("a statement is saved under a name, taken up again and forgotten", async () => {
  page.write("SELECT 'kept'");
  page.button("Save…").click();
  assert.equal(document.activeElement?.id, "sql-name");
  page.byId("sql-name").value = "Mine";
  page.fire(page.byId("sql-name-form"), "submit");
  await until(() => names("sql-saved").includes("Mine"));
  assert.equal(page.text("sql-status"), "Saved “Mine”.");
  page.write("SELECT 1");
  entry("sql-saved", "Mine").click();
  assert.equal(page.field.value, "SELECT 'kept'");
  entry("sql-saved", "Forget Mine").click();
  await until(() => names("sql-saved").length === 0);
  page.button("Undo").click();
  await until(() => names("sql-saved").includes("Mine"));
});

test("what was run is kept until the browser closes, in memory and nowhere else", async () => {
  for (const sql of ["SELECT 'one'", "SELECT 'two'", "SELECT 'one'"]) {
    page.write(sql);
    page.button("Run").click();
    await until(() => names("sql-history")[0] === sql);
  }
  assert.deepEqual(names("sql-history"), ["SELECT 'one'", "SELECT 'two'"]);
  assert.deepEqual(
    kept().map((list) => list.length),
    [2, 0],
  );
});

test("a history that is kept for longer, and one that is not kept at all, are where they should be", async () => {
  keepHistory("always");
  await until(() => kept()[1].length === 2);
  assert.equal(kept()[0].length, 0);
  keepHistory("no");
  await until(() => kept().every((list) => list.length === 0));
  page.write("SELECT 'secret'");
  page.button("Run").click();
  await until(() => worker.asked("sql.run").at(-1).sql === "SELECT 'secret'");
  assert.deepEqual(names("sql-history"), []);
  assert.ok(!JSON.stringify([stub.storage.session.values, stub.storage.local.values]).includes("secret"));
});

test("the history is emptied on a click", async () => {
  keepHistory("session");
  page.write("SELECT 'gone'");
  page.button("Run").click();
  await until(() => names("sql-history").length === 1);
  page.button("Clear history").click();
  await until(() => names("sql-history").length === 0);
  assert.deepEqual(kept(), [[], []]);
});

test("the history holds fifty at most, the latest first", async () => {
  const { SqlHistory } = await import("../../extension/debug/sql_history.js");
  const history = new SqlHistory();
  for (let index = 0; index < 60; index += 1) await history.add(`SELECT ${index}`, {}, index);
  assert.equal(history.entries.length, 50);
  assert.equal(history.entries[0].sql, "SELECT 59");
});

test("everything that was deleted is gone from an open explorer and is not kept again", async () => {
  keepHistory("always");
  page.write("SELECT :name AS 'a secret word'");
  await until(() => page.byId("sql-parameter-name"));
  page.button("Run").click();
  await until(() => page.cells.length > 0);
  await until(() => names("sql-history").some((name) => name.includes("a secret word")));
  stub.storage.local.values = {};
  stub.storage.session.values = {};
  section.forget();
  await until(() => names("sql-history").length === 0);
  assert.equal(page.field.value, "");
  assert.deepEqual([page.cells, page.visible("sql-result")], [[], false]);
  page.write("SELECT 1");
  page.button("Run").click();
  await until(() => names("sql-history").length === 1);
  assert.doesNotMatch(JSON.stringify([stub.storage.local.values, stub.storage.session.values]), /secret/);
  assert.doesNotMatch(document.body.textContent ?? "", /secret/);
  section.forget();
});
