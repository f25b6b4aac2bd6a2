/** The sources below an answer: those it stands on first, the other pages that were found behind a fold. */

import { faviconUrl } from "../shared/browser.js";
import { longDate, shortDate } from "../shared/dates.js";
import { cloneTemplate, element, part, show } from "../shared/dom.js";
import { passageHref, quotableLine } from "../shared/text_fragment.js";
import { safeHref } from "../shared/url.js";
import { titleOf } from "./citation_marks.js";
import { passageNodes } from "./passage_nodes.js";

/**
 * @typedef {import("../shared/chat_api.js").Source} Source
 * @typedef {import("./citation_marks.js").Reference} Reference
 */

const FAVICON_SIZE = 32;

export class SourceList {
  #heading = element("h3", { class: "sources-title", text: "Sources" });
  #list = element("ol", { class: "sources", attributes: { "aria-label": "Sources" } });
  #moreList = element("ol", { class: "sources", attributes: { "aria-label": "More pages found" } });
  #moreTitle = element("summary");
  #more = element("details", { class: "more-sources" }, [this.#moreTitle, this.#moreList]);
  element = element("div", { class: "source-box", attributes: { hidden: "" } }, [
    this.#heading,
    this.#list,
    this.#more,
  ]);
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();

  /**
   * Shows these sources. Rows that stay are moved rather than made anew.
   *
   * @param {Source[]} sources
   * @param {Reference[] | null} cited null while it is not known which the answer stands on
   * @param {{heading?: string}} [options]
   */
  draw(sources, cited, { heading = "Sources" } = {}) {
    this.#heading.textContent = heading;
    const quotes = new Map((cited ?? []).map(({ n, quote }) => [n, quote]));
    const split = quotes.size > 0;
    for (const [n, row] of this.#rows) {
      if (sources.some((source) => source.n === n)) continue;
      row.remove();
      this.#rows.delete(n);
    }
    for (const source of sources) {
      const row = this.#rows.get(source.n) ?? sourceRow(source);
      this.#rows.set(source.n, row);
      const quote = quotes.get(source.n);
      row.classList.toggle("cited", quote !== undefined);
      if (quote !== undefined) {
        const link = cited?.find(({ n }) => n === source.n)?.href;
        if (link) part(row, "title").setAttribute("href", link);
        part(row, "passage").replaceChildren(passageNodes(source.passage, quote));
      }
      const box = split && quote === undefined ? this.#moreList : this.#list;
      if (row.parentElement !== box) box.append(row);
    }
    const others = this.#moreList.childElementCount;
    this.#moreTitle.textContent = others === 1 ? "1 more page found" : `${others} more pages found`;
    show(this.#more, others > 0);
    show(this.element, sources.length > 0);
  }

  /** Says of a source that its live page is gone, and shows what was stored. @param {number} n @param {string} note */
  markGone(n, note) {
    const row = this.#rows.get(n);
    if (!row) return;
    part(row, "note").textContent = note;
    show(part(row, "note"), true);
    /** @type {HTMLDetailsElement} */ (part(row, "stored")).open = true;
  }
}

/** @param {Source} source */
function sourceRow(source) {
  const row = cloneTemplate("source-template");
  row.dataset.n = String(source.n);
  const href = safeHref(source.url);
  part(row, "number").textContent = String(source.n);
  const link = /** @type {HTMLAnchorElement} */ (part(row, "title"));
  link.textContent = titleOf(source);
  link.title = source.url;
  if (href) link.href = passageHref(source.url, quotableLine(source.passage)) ?? href;
  const favicon = /** @type {HTMLImageElement} */ (part(row, "favicon"));
  if (href) favicon.src = faviconUrl(href, FAVICON_SIZE);
  part(row, "site").textContent = source.domain;
  const time = /** @type {HTMLTimeElement} */ (part(row, "date"));
  time.textContent = shortDate(source.visited_at);
  time.title = `Read on ${longDate(source.visited_at)}`;
  time.dateTime = new Date(source.visited_at).toISOString();
  part(row, "passage").textContent = source.passage;
  show(part(row, "stored"), source.passage !== "");
  return row;
}
