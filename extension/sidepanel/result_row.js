/** One result as a row of the list. */

import { faviconUrl } from "../shared/browser.js";
import { longDate, shortDate } from "../shared/dates.js";
import { cloneTemplate, part } from "../shared/dom.js";
import { highlightedNodes } from "../shared/highlight.js";
import { readableUrl, safeHref } from "../shared/url.js";
import { fillSummary } from "./summary_view.js";

/**
 * @typedef {import("../shared/api.js").SearchResult} SearchResult
 */

const FAVICON_SIZE = 32;

/**
 * A new row. What it shows comes from pages, so it is set as text and never as markup; an address
 * that is no web address is shown and cannot be followed.
 *
 * @param {SearchResult} result
 * @returns {HTMLElement}
 */
export function buildRow(result) {
  const row = cloneTemplate("result-template");
  row.dataset.pageId = String(result.page_id);
  const href = safeHref(result.url);
  const title = result.title || readableUrl(result.url);
  const link = /** @type {HTMLAnchorElement} */ (part(row, "title"));
  link.textContent = title;
  link.title = result.url;
  if (href) link.href = href;
  else link.tabIndex = -1;

  const favicon = /** @type {HTMLImageElement} */ (part(row, "favicon"));
  if (href) favicon.src = faviconUrl(href, FAVICON_SIZE);
  part(row, "url").textContent = readableUrl(result.url);
  const time = /** @type {HTMLTimeElement} */ (part(row, "date"));
  time.textContent = shortDate(result.last_visit_at);
  time.title = longDate(result.last_visit_at);
  time.dateTime = new Date(result.last_visit_at).toISOString();
  fillTexts(row, result);
  part(row, "open").setAttribute("aria-label", `Open in a new tab: ${title}`);
  part(row, "open").toggleAttribute("hidden", !href);
  part(row, "delete").setAttribute("aria-label", `Delete: ${title}`);
  return row;
}

/**
 * Shows the snippet, the summary and the category that a later reply brought, which may be others.
 *
 * @param {HTMLElement} row
 * @param {SearchResult} result
 */
export function fillTexts(row, result) {
  const snippet = part(row, "snippet");
  const text = result.snippet ?? "";
  snippet.replaceChildren(highlightedNodes(text, result.highlights ?? []));
  snippet.toggleAttribute("hidden", text.length === 0);
  fillSummary(row, result);
  const category = part(row, "category");
  category.textContent = result.category ?? "";
  category.title = result.category ? `Only pages in ${result.category}` : "";
  category.toggleAttribute("hidden", !result.category);
}
