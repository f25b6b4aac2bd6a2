import "./chrome_stub.js";

import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress } from "../../extension/debug/sql_address.js";
import {
  cellAbout,
  cellDate,
  cellKind,
  cellLink,
  cellText,
  tabSeparated,
} from "../../extension/debug/sql_cells.js";
import { functionCompletions, tableCompletions } from "../../extension/debug/sql_completion.js";
import { planMark, planTree } from "../../extension/debug/sql_plan.js";
import { columnWidths } from "../../extension/debug/sql_rows.js";
import { quoteName } from "../../extension/debug/sql_schema.js";
import { boundValue, boundValues } from "../../extension/debug/sql_values.js";
import { changeText, countLine, fileName, tookText } from "../../extension/debug/sql_words.js";
import { SCHEMA, runResult } from "./sql_fixture.js";

test("an address brings back the statement and the values, whatever is in them", () => {
  const sql = "SELECT '100% & more #1' AS \"ä+b\"\nWHERE x = :site";
  const values = { site: "a=b&c", n: "" };
  const address = writeAddress("chrome-extension://x/debug.html#old", sql, values);
  assert.match(address, /^chrome-extension:\/\/x\/debug\.html#sql=/);
  assert.deepEqual(readAddress(address.slice(address.indexOf("#"))), { sql, values });
});

test("an address without a statement is none", () => {
  for (const hash of ["", "#", "#models", "#sql=", "#p.a=1"]) assert.equal(readAddress(hash), null);
});

test("a number is bound as a number, nothing as null, what is in quotes as text", () => {
  const pairs = /** @type {const} */ ([
    ["", null],
    ["5", 5],
    ["-0.5", -0.5],
    ["007", "007"],
    ["1e3", "1e3"],
    ["'5'", "5"],
    ['"5"', "5"],
    ["9007199254740993", "9007199254740993"],
    ["five", "five"],
  ]);
  for (const [written, bound] of pairs) assert.equal(boundValue(written), bound, written);
});

test("positional parameters are bound by their place, named ones by name", () => {
  assert.deepEqual(
    boundValues(["1", "2"], (name) => `v${name}`),
    ["v1", "v2"],
  );
  assert.deepEqual(
    boundValues(["site"], () => "x"),
    { site: "x" },
  );
  assert.equal(
    boundValues([], () => "x"),
    undefined,
  );
});

test("every kind of cell has words", () => {
  assert.equal(cellText(null), "null");
  assert.equal(cellText(1.5), "1.5");
  assert.equal(cellText({ kind: "integer", value: "9223372036854775807" }), "9223372036854775807");
  assert.equal(cellText({ kind: "real", value: "inf" }), "inf");
  assert.equal(
    cellText({ kind: "blob", bytes: 1258, hex: "89504e470d0a1a0a0000" }),
    "blob, 1 kB, 89 50 4e 47 0d 0a 1a 0a…",
  );
  assert.equal(cellText({ kind: "blob", bytes: 0, hex: "" }), "blob, 0 bytes");
  assert.equal(
    cellText({ kind: "vector", dimensions: 384, values: [0.011, -0.5, 0, 1, 2], norm: 1, bytes: 1536 }),
    "vector(384) [0.01, -0.50, 0.00, 1.00, …] |1.00|",
  );
  assert.equal(cellKind({ kind: "integer", value: "9" }), "number");
  assert.match(cellAbout({ kind: "text", value: "abc", length: 5000 }, "x"), /first 3 characters of 5,000/);
});

test("a moment is one only in a column for moments, and within what can be one", () => {
  assert.equal(cellDate(1764000000000, "last_visit_at")?.toISOString(), "2025-11-24T16:00:00.000Z");
  assert.equal(cellDate(1764000000000, "visits"), null);
  assert.equal(cellDate(12, "last_visit_at"), null);
  assert.equal(cellDate(9e15, "last_visit_at"), null);
});

test("only addresses of the web become links", () => {
  assert.equal(cellLink("https://example.com/a"), "https://example.com/a");
  for (const text of [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "see https://a.b",
    "https://a b",
    "http://",
    5,
  ]) {
    assert.equal(cellLink(text), null);
  }
});

test("a copied table keeps its shape whatever its cells hold", () => {
  assert.equal(tabSeparated(["a", "b"], [["x\ty\nz", null]]), "a\tb\nx y z\t");
});

test("a plan is a tree, and what reads everything is marked", () => {
  const tree = planTree([
    { id: 2, parent: 0, detail: "CO-ROUTINE x" },
    { id: 5, parent: 2, detail: "SCAN pages" },
    { id: 9, parent: 0, detail: "SEARCH visits USING INDEX visits_visited_at (visited_at>?)" },
  ]);
  assert.deepEqual(tree, [
    {
      detail: "CO-ROUTINE x",
      mark: null,
      children: [{ detail: "SCAN pages", mark: "scan of every row", children: [] }],
    },
    { detail: "SEARCH visits USING INDEX visits_visited_at (visited_at>?)", mark: null, children: [] },
  ]);
});

test("an index that is read to its end, a sort and a lookup in full text are told apart", () => {
  assert.equal(planMark("SCAN pages USING COVERING INDEX pages_domain"), "scan of an index");
  assert.equal(planMark("SCAN CONSTANT ROW"), null);
  assert.equal(planMark("SCAN pages_fts VIRTUAL TABLE INDEX 0:M3"), null);
  assert.equal(planMark("SCAN pages_fts VIRTUAL TABLE INDEX 0:"), "scan of every row");
  assert.equal(planMark("USE TEMP B-TREE FOR ORDER BY"), "sorts");
});

test("columns are as wide as most of their cells, within bounds", () => {
  const rows = Array.from({ length: 20 }, (_, index) => [
    index,
    index === 3 ? "x".repeat(500) : "abc",
    "y".repeat(900),
  ]);
  const [id, short, long] = columnWidths(["id", "short", "long"], rows);
  assert.ok(id <= 8 && short <= 8, `${id} ${short}`);
  assert.ok(long >= 40 && long <= 60, `${long}`);
});

test("names that need it are quoted", () => {
  assert.equal(quoteName("pages"), "pages");
  assert.equal(quoteName('od"d name'), '"od""d name"');
});

test("completion knows tables, columns and functions, and neither operators nor what indexes keep", () => {
  assert.deepEqual(Object.keys(tableCompletions(SCHEMA)), ["pages", "odd name"]);
  assert.deepEqual(
    tableCompletions(SCHEMA).pages.map(({ label }) => label),
    ["id", "title"],
  );
  assert.deepEqual(
    functionCompletions(SCHEMA).map(({ apply }) => apply),
    ["embed("],
  );
});

test("a count says where it stands and whether there is more", () => {
  assert.equal(countLine(runResult({ row_count: 1 }), 0), "1 row · 3.2 ms");
  assert.equal(
    countLine(runResult({ row_count: 100, truncated: true }), 0),
    "The first 100 rows, truncated: there are more · 3.2 ms",
  );
  assert.equal(countLine(runResult({ row_count: 50 }), 1000), "Rows 1,001 to 1,050 · 3.2 ms");
  assert.equal(countLine(runResult({ row_count: 0 }), 0), "No rows · 3.2 ms");
  assert.equal(tookText(1234), "1.23 s");
});

test("a change names the table of the statement first, and then what went with it", () => {
  const changes = [
    { table: "visits", rows: 30, indirect: 30 },
    { table: "pages", rows: 12, indirect: 0 },
    { table: "jobs", rows: 0 },
  ];
  assert.equal(changeText(changes), "12 rows in pages (and with it 30 in visits)");
  assert.equal(changeText([{ table: "jobs", rows: 1 }]), "1 row in jobs");
});

test("the name of a file is found in a path of any system", () => {
  assert.equal(fileName("/a/b/history.db"), "history.db");
  assert.equal(fileName("C:\\a\\history.db"), "history.db");
});
