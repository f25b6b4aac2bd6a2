/** One correction: what was said about which tab, how much it still counts, and taking it back. */

import { longDate, shortDate } from "../shared/dates.js";
import { button, cloneTemplate, part } from "../shared/dom.js";
import { siteOf } from "../shared/url.js";

/**
 * @typedef {import("../shared/categories_api.js").Correction} Correction
 */

const NONE = "None of these";

/** What a search for a correction goes through. @param {Correction} correction */
export function correctionText(correction) {
  return [correction.title, correction.url, correction.category ?? NONE, correction.from_category ?? ""]
    .join("\n")
    .toLowerCase();
}

/**
 * @param {Correction} correction
 * @param {(row: HTMLElement) => void} onUndo
 */
export function correctionRow(correction, onUndo) {
  const { url, title, category, from_category, created_at, weight } = correction;
  const row = cloneTemplate("correction-template");
  const site = siteOf(url) || url;
  part(row, "title").textContent = title || site;
  part(row, "title").title = url;
  part(row, "site").textContent = site;
  part(row, "from").textContent = from_category ?? "no group";
  part(row, "to").textContent = category ?? NONE;
  part(row, "date").textContent = shortDate(created_at);
  part(row, "date").title = longDate(created_at);
  const share = Math.round(weight * 100);
  part(row, "weight").textContent = `counts ${share} %`;
  const undo = button("Undo", () => onUndo(row));
  undo.setAttribute("aria-label", `Undo: ${title || site}`);
  part(row, "actions").append(undo);
  return row;
}

/**
 * What stands in the place of a correction that was taken back.
 *
 * @param {HTMLElement} row
 * @param {Correction} correction
 * @param {() => void} onBack
 */
export function markUndone(row, { title, url }, onBack) {
  row.classList.add("undone");
  part(row, "weight").textContent = "Undone.";
  const back = button("Put back", onBack);
  back.setAttribute("aria-label", `Put back: ${title || siteOf(url)}`);
  part(row, "actions").replaceChildren(back);
  back.focus();
}
