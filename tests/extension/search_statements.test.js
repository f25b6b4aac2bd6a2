import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { result, until } from "./page_fixture.js";
import { button, document, finish, reply, script, titles, type, worker } from "./search_page_fixture.js";

after(finish);
const status = () => document.getElementById("search-sql-status")?.textContent ?? "";
const press = () => button("Show SQL")?.click();

test("before anything was searched there is no SQL to show", async () => {
  press();
  await until(() => status() === "Search for something first.");
  assert.deepEqual(worker.asked("search.query"), []);
  press();
});

test("the statements of a search are shown with their timings, and lead into the explorer", async () => {
  const sql = "SELECT id FROM pages_fts WHERE pages_fts MATCH ?";
  script.answer = ({ explain }) =>
    reply([result(1)], explain ? { statements: [{ sql, took_ms: 3.2, kind: "read" }], took_ms: 12 } : {});
  type("telescope");
  await until(() => titles().length === 1);
  press();
  await until(() => status().startsWith("1 statement, 12 ms in all."));
  const item = document.querySelector("#search-sql-list > li");
  assert.match(item?.textContent ?? "", /3\.2 ms · read/);
  assert.equal(item?.querySelector("pre")?.textContent, sql);
  const link = /** @type {HTMLAnchorElement} */ (item?.querySelector("a"));
  assert.equal(new URLSearchParams(new URL(link.href).hash.slice(1)).get("sql"), sql);
  link.click();
  await until(() => stub.tabs.created.length === 1);
  assert.equal(stub.tabs.created[0].url, link.href);
});

test("another search folds what belonged to the former one", async () => {
  type("lantern");
  assert.equal(button("Show SQL")?.getAttribute("aria-expanded"), "false");
  await until(() => worker.asked("search.query").some(({ query }) => query === "lantern"));
  script.answer = ({ explain }) => {
    if (explain) throw { message: "It is gone." };
    return reply([]);
  };
  type("lanterns");
  await until(() =>
    worker.asked("search.query").some(({ query, mode }) => query === "lanterns" && mode !== "text"),
  );
  press();
  await until(() => status() === "The statements could not be read. It is gone.");
});
