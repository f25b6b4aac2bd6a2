/** What there is to ask for: tables with their columns and counts, and functions with their use. */

import { countText } from "../shared/dates.js";
import { element } from "../shared/dom.js";

/**
 * @typedef {import("../shared/sql_api.js").SchemaTable} SchemaTable
 * @typedef {import("../shared/sql_api.js").SchemaFunction} SchemaFunction
 *
 * @typedef {Object} SchemaActions
 * @property {(text: string) => void} insert puts a name where the cursor is
 * @property {(sql: string) => void} replace puts a statement in place of what is there
 */

/** What people ask for most comes first, the others by name. */
const FIRST = [
  "pages",
  "visits",
  "page_chunks",
  "pages_fts",
  "chunk_embeddings",
  "conversations",
  "messages",
];
const WORDS = { table: "", view: "view", virtual: "virtual", shadow: "" };

/**
 * @param {HTMLElement} list
 * @param {SchemaTable[]} tables
 * @param {SchemaActions} actions
 */
export function drawTables(list, tables, actions) {
  const shown = tables.filter(({ kind }) => kind !== "shadow").sort((a, b) => rank(a) - rank(b));
  const shadows = tables.filter(({ kind }) => kind === "shadow");
  list.replaceChildren(...shown.map((table) => tableItem(table, actions)));
  if (shadows.length > 0) list.append(shadowItem(shadows, actions));
}

/**
 * @param {HTMLElement} list
 * @param {SchemaFunction[]} functions
 * @param {SchemaActions} actions
 */
export function drawFunctions(list, functions, actions) {
  list.replaceChildren(...functions.map((each) => functionItem(each, actions)));
}

/** @param {SchemaFunction} item @param {SchemaActions} actions */
function functionItem({ name, usage, description }, { insert, replace }) {
  const uses = element("div", { class: "sql-uses" }, [element("code", { class: "faint", text: usage })]);
  if (/^SELECT\b/i.test(usage)) uses.append(small("Try", `Try ${name}`, () => replace(usage)));
  const taken = isCallable(name) ? `${name}(` : usage;
  return element("li", {}, [
    nameButton(name, () => insert(taken)),
    element("p", { class: "faint", text: description }),
    uses,
  ]);
}

/** Whether it is the name of a function, not of an operator. @param {string} name */
export function isCallable(name) {
  return /^[A-Za-z_]\w*$/.test(name);
}

/**
 * What an index or the engine keeps for itself is none of the tables that a person asks for, although the
 * engine does not call all of it so.
 *
 * @param {SchemaTable[]} tables
 * @returns {SchemaTable[]}
 */
export function foldInner(tables) {
  const owners = tables.filter(({ kind }) => kind === "virtual").map(({ name }) => `${name}_`);
  return tables.map((table) => {
    const inner = owners.some((owner) => table.name.startsWith(owner)) || table.name.startsWith("sqlite_");
    return table.kind === "table" && inner ? { ...table, kind: "shadow" } : table;
  });
}

/** A name as it has to be written in a statement. @param {string} name */
export function quoteName(name) {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** @param {SchemaTable} table */
function rank({ name }) {
  // Each embedding model has a table of its own, the later ones with a number.
  const place = FIRST.indexOf(name.replace(/_\d+$/, ""));
  return place < 0 ? FIRST.length : place;
}

/** @param {SchemaTable} table @param {SchemaActions} actions */
function tableItem(table, actions) {
  const { name, kind, rows, description, columns } = table;
  const quoted = quoteName(name);
  const count = rows === null || rows === undefined ? "" : countText(rows);
  const facts = [WORDS[kind], count].filter(Boolean).join(" · ");
  const box = element("details", {}, [
    element("summary", {}, [
      element("code", { text: name }),
      element("span", { class: "faint", text: facts, attributes: { title: count ? `${count} rows` : "" } }),
    ]),
  ]);
  if (description) box.append(element("p", { class: "faint", text: description }));
  box.append(
    element("div", { class: "sql-uses" }, [
      small("Insert", `Insert ${name}`, () => actions.insert(quoted)),
      small("SELECT *", `SELECT * from ${name}`, () => actions.replace(`SELECT * FROM ${quoted} LIMIT 100`)),
    ]),
    element(
      "ul",
      { class: "sql-columns", attributes: { "aria-label": `Columns of ${name}` } },
      columns.map((column) =>
        element("li", {}, [
          nameButton(column.name, () => actions.insert(quoteName(column.name))),
          element("span", { class: "faint", text: columnFacts(column) }),
        ]),
      ),
    ),
  );
  return element("li", {}, [box]);
}

/** @param {SchemaTable[]} tables @param {SchemaActions} actions */
function shadowItem(tables, actions) {
  const summary = element("summary", {}, [
    element("span", { text: "Inner tables" }),
    element("span", { class: "faint", text: countText(tables.length) }),
  ]);
  const names = tables.map(({ name }) =>
    element("li", {}, [nameButton(name, () => actions.insert(quoteName(name)))]),
  );
  return element("li", {}, [
    element("details", {}, [summary, element("ul", { class: "sql-columns" }, names)]),
  ]);
}

/** @param {SchemaTable["columns"][number]} column */
function columnFacts({ type, primary_key, not_null }) {
  const key = primary_key ? "key" : not_null ? "not null" : "";
  return [type.toLowerCase(), key].filter(Boolean).join(", ");
}

/** @param {string} text @param {() => void} onClick */
function nameButton(text, onClick) {
  const attributes = { type: "button", title: "Insert it" };
  return element("button", { class: "sql-link", attributes, onClick }, [element("code", { text })]);
}

/** @param {string} text @param {string} label @param {() => void} onClick */
function small(text, label, onClick) {
  return element("button", {
    class: "link-button",
    text,
    attributes: { type: "button", "aria-label": label },
    onClick,
  });
}
