/** A statement that the product ran, with its timing and a way into the explorer. */

import { browser } from "./browser.js";
import { countText } from "./dates.js";
import { element } from "./dom.js";

/**
 * @typedef {import("./insight_api.js").Statement} Statement
 */

/** Words that a statement is read by. */
const KEYWORDS =
  /\b(?:SELECT|FROM|WHERE|AND|OR|NOT|IN|IS|NULL|AS|ON|JOIN|LEFT|INNER|GROUP|ORDER|BY|LIMIT|OFFSET|UNION|ALL|WITH|MATCH|INSERT|INTO|VALUES|UPDATE|SET|DELETE|REPLACE|CONFLICT|DO|RETURNING|BEGIN|IMMEDIATE|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|CASE|WHEN|THEN|ELSE|END|EXISTS|DISTINCT|HAVING|BETWEEN|LIKE)\b/g;

/**
 * A statement in one typeface, its key words marked.
 *
 * @param {string} sql
 * @returns {HTMLElement}
 */
export function sqlText(sql) {
  const box = element("code", { class: "sql-text" });
  let at = 0;
  for (const match of sql.matchAll(KEYWORDS)) {
    box.append(sql.slice(at, match.index), element("b", { text: match[0] }));
    at = match.index + match[0].length;
  }
  box.append(sql.slice(at));
  return box;
}

/**
 * The address of the explorer with this statement in it; it is not run before somebody says so.
 *
 * @param {string} sql
 */
export function explorerAddress(sql) {
  return browser.runtime.getURL(`debug.html#sql=${encodeURIComponent(sql)}`);
}

/**
 * What can be said of a statement in a line: "1.2 ms · read · 3 times".
 *
 * @param {Pick<Statement, "took_ms" | "kind" | "rows" | "times">} statement
 */
export function statementFacts({ took_ms: took, kind, rows, times = 1 }) {
  const facts = [`${took.toFixed(took < 1 ? 2 : took < 10 ? 1 : 0)} ms`, kind];
  if (times > 1) facts.push(`${countText(times)} times`);
  if (typeof rows === "number") facts.push(`${countText(rows)} ${rows === 1 ? "row" : "rows"} changed`);
  return facts.join(" · ");
}

/**
 * Statements in a list, for a page that only shows them.
 *
 * @param {Array<Pick<Statement, "sql" | "took_ms" | "kind" | "times">>} statements
 * @param {(address: string) => void} open follows a link into the explorer
 * @returns {HTMLElement[]}
 */
export function statementItems(statements, open) {
  return statements.map((statement) => {
    const address = explorerAddress(statement.sql);
    const link = element("a", {
      text: "Open in SQL",
      attributes: { href: address },
      onClick: (event) => {
        event.preventDefault();
        open(address);
      },
    });
    return element("li", { class: "statement" }, [
      element("p", { class: "statement-facts", text: statementFacts(statement) }),
      element("pre", {}, [sqlText(statement.sql)]),
      element("p", {}, [link]),
    ]);
  });
}
