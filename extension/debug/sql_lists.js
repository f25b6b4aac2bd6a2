/** Lists of statements to take up again: examples, saved ones, and those that were run. */

import { shortDate } from "../shared/dates.js";
import { element } from "../shared/dom.js";

/**
 * @typedef {Object} Entry
 * @property {string} name
 * @property {string} [about]
 * @property {string} sql
 * @property {() => void} onTake
 * @property {{label: string, run: () => void}} [remove]
 */

/** @param {HTMLElement} list @param {Entry[]} entries */
export function drawEntries(list, entries) {
  list.replaceChildren(...entries.map(entryItem));
}

/** @param {Entry} entry */
function entryItem({ name, about, sql, onTake, remove }) {
  const item = element("li", {}, [
    element("button", {
      class: "sql-link",
      text: name,
      attributes: { type: "button", title: sql },
      onClick: onTake,
    }),
  ]);
  if (about) item.append(element("p", { class: "faint", text: about }));
  if (remove) {
    const attributes = { type: "button", "aria-label": remove.label, title: remove.label };
    const icon = element("span", { class: "icon icon-close" });
    item.classList.add("sql-removable");
    item.append(element("button", { class: "icon-button", attributes, onClick: remove.run }, [icon]));
  }
  return item;
}

/** One line for a statement of many. @param {string} sql */
export function oneLine(sql) {
  const line = sql.replace(/--.*$/gm, " ").replace(/\s+/g, " ").trim();
  return line.length > 90 ? `${line.slice(0, 90)}…` : line;
}

/** When a statement was run, and with what. @param {{at: number, values: Record<string, string>}} entry */
export function historyFacts({ at, values }) {
  const bound = Object.entries(values).map(([name, value]) => `${name} = ${value || "null"}`);
  return [shortDate(at), ...bound].join(" · ");
}
