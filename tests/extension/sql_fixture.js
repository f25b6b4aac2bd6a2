/** The debug page as shipped, with its SQL explorer started, and a host whose answers the test sets. */

import { StubIntersectionObserver, closePage, openPage, READY_STATE, until } from "./page_fixture.js";

/** @type {string[]} what was put on the clipboard */
export const copied = [];

/** How often the page was told that the database is another. */
export const applied = { count: 0 };

/** @param {Partial<import("../../extension/shared/sql_api.js").RunResult>} [values] */
export function runResult(values = {}) {
  const { columns = ["id"], rows = [[1]] } = values;
  return { columns, rows, row_count: rows.length, truncated: false, took_ms: 3.2, ...values };
}

/** @type {import("../../extension/shared/sql_api.js").Schema} */
export const SCHEMA = {
  tables: [
    {
      name: "pages",
      kind: "table",
      columns: [
        { name: "id", type: "INTEGER", primary_key: true },
        { name: "title", type: "TEXT", not_null: true },
      ],
      rows: 1234,
      sql: "CREATE TABLE pages (id, title)",
      description: "One row for every page.",
    },
    { name: "odd name", kind: "view", columns: [{ name: "a b", type: "" }], rows: null, sql: "" },
    { name: "pages_fts_data", kind: "shadow", columns: [], rows: 9, sql: "" },
  ],
  functions: [
    { name: "embed", usage: "embed('bread')", description: "The vector of a text." },
    { name: "MATCH (words)", usage: "SELECT 'a MATCH'", description: "Full text." },
  ],
};

/**
 * Opens the debug page and starts its SQL explorer, with the plain field.
 *
 * @param {{hash?: string, answers?: Record<string, import("./page_fixture.js").Answer>}} [options]
 */
export async function openSql({ hash = "", answers = {} } = {}) {
  const { dom, document, worker } = openPage("debug.html", {
    "extension.state": () => READY_STATE,
    "sql.schema": () => SCHEMA,
    "sql.saved": () => ({ queries: [] }),
    "sql.describe": ({ sql }) => ({
      parameters: [...new Set([...sql.matchAll(/[:](\w+)/g)].map(([, name]) => name))],
      columns: ["id"],
      writes: false,
      plan: [],
    }),
    "sql.run": () => runResult(),
    ...answers,
  });
  copied.length = 0;
  Object.defineProperty(globalThis, "navigator", {
    value: { clipboard: { writeText: async (/** @type {string} */ text) => copied.push(text) } },
    configurable: true,
  });
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("sql-value"));
  dialog.showModal ??= () => dialog.setAttribute("open", "");
  dialog.close ??= () => dialog.removeAttribute("open");
  if (hash) dom.window.location.hash = hash;
  const { startSql } = await import("../../extension/debug/sql_section.js");
  const section = startSql({
    loadEditor: async () => {
      throw new Error("The library is missing.");
    },
    onApplied: () => {
      applied.count += 1;
    },
  });
  section.onState(/** @type {any} */ (READY_STATE));
  return { dom, document, worker, section, page: new SqlPage(dom) };
}

export { closePage, until };

/** Brings the explorer into view. */
export function look() {
  StubIntersectionObserver.all.at(-1)?.callback([{ isIntersecting: true }]);
}

/** The explorer as a person uses it. */
class SqlPage {
  /** @param {import("jsdom").JSDOM} dom */
  constructor(dom) {
    this.window = dom.window;
    this.document = dom.window.document;
  }

  /** @param {string} id @returns {any} */
  byId(id) {
    return this.document.getElementById(id);
  }

  /** @returns {HTMLTextAreaElement} */
  get field() {
    return /** @type {any} */ (this.document.querySelector('textarea[aria-label="SQL"]'));
  }

  get table() {
    return /** @type {HTMLTableElement} */ (this.document.querySelector('table[aria-label="Rows"]'));
  }

  /** @param {string} sql */
  write(sql) {
    this.field.value = sql;
    this.fire(this.field, "input");
  }

  /** @param {Element} target @param {string} kind */
  fire(target, kind) {
    target.dispatchEvent(new this.window.Event(kind, { bubbles: true, cancelable: true }));
  }

  /** @param {Element} target @param {string} key @param {KeyboardEventInit} [more] @returns {boolean} false when it was taken */
  press(target, key, more = {}) {
    const event = new this.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    return target.dispatchEvent(event);
  }

  /** @param {string} name the whole of it @returns {HTMLButtonElement} */
  button(name) {
    const found = [...this.document.querySelectorAll("#sql button")].find(
      (button) =>
        (button.getAttribute("aria-label") ?? button.textContent ?? "").trim() === name &&
        !button.closest("[hidden]"),
    );
    if (!found) throw new Error(`There is no button "${name}"`);
    return /** @type {HTMLButtonElement} */ (found);
  }

  /** @param {string} id */
  text(id) {
    return (this.byId(id).textContent ?? "").replace(/\s+/g, " ").trim();
  }

  /** @param {string} id */
  visible(id) {
    return this.byId(id).closest("[hidden]") === null;
  }

  get cells() {
    return [...this.table.querySelectorAll("tbody tr")].map((row) =>
      [...row.children].map((cell) => (cell.textContent ?? "").trim()),
    );
  }
}
