/** The list of results: what is in it, which rows may not move, and what a person does with them. */

import { element, part } from "../shared/dom.js";
import { DeleteConfirmation } from "./delete_confirmation.js";
import { mergeResults, unseen } from "./result_merge.js";
import { buildRow, fillTexts } from "./result_row.js";
import { makeSummary } from "./summary_view.js";
import { whyNodes } from "./why_view.js";

/**
 * @typedef {import("../shared/api.js").SearchResult} SearchResult
 *
 * @typedef {Object} ListActions
 * @property {(url: string, where: "here" | "background" | "foreground") => void} open
 * @property {(result: SearchResult) => Promise<void>} deletePage
 * @property {(domain: string) => Promise<void>} deleteSite
 * @property {(result: SearchResult) => Promise<SearchResult | undefined>} explain
 * @property {import("./summary_view.js").MakeSummary} summarise
 * @property {(category: string) => void} narrow
 */

export class ResultList {
  /** @type {SearchResult[]} */
  #results = [];
  /** @type {SearchResult[] | null} the ranking that was held back from rows in use */
  #ranked = null;
  /** @type {Element | null} */
  #pointed = null;
  #list;
  #actions;

  /**
   * @param {HTMLElement} list
   * @param {ListActions} actions
   */
  constructor(list, actions) {
    this.#list = list;
    this.#actions = actions;
    list.addEventListener("pointerover", (event) => {
      this.#pointed = rowOf(event.target);
    });
    list.addEventListener("pointerleave", () => {
      this.#pointed = null;
    });
    list.addEventListener("click", (event) => this.#onClick(event));
    list.addEventListener("auxclick", (event) => this.#onClick(event));
    list.addEventListener("toggle", (event) => this.#onToggle(event), true);
  }

  get results() {
    return this.#results;
  }

  /** Whether rows in use keep others from standing where they were ranked. */
  get held() {
    return this.#ranked !== null;
  }

  /** Shows other results. @param {SearchResult[]} results */
  replace(results) {
    this.#ranked = null;
    this.#show(results, -1);
  }

  /** Brings in the final ranking without moving what is in use. @param {SearchResult[]} final */
  merge(final) {
    const anchor = this.#anchor();
    const { results, held } = mergeResults(this.#results, final, anchor);
    this.#ranked = held ? final : null;
    this.#show(results, anchor);
  }

  /** Puts every row where it was ranked; a person asked for it. */
  release() {
    if (!this.#ranked) return;
    const known = new Set(this.#ranked.map((result) => result.page_id));
    const rest = this.#results.filter((result) => !known.has(result.page_id));
    this.replace([...this.#ranked, ...rest]);
  }

  /** Adds further results at the end. @param {SearchResult[]} next */
  append(next) {
    const fresh = unseen(this.#results, next);
    this.#results = [...this.#results, ...fresh];
    this.#list.append(...fresh.map(buildRow));
  }

  /** Takes rows away, and moves the focus to a neighbour if it was in one of them. @param {(result: SearchResult) => boolean} gone */
  remove(gone) {
    const focused = this.rows().findIndex((row) => row.contains(document.activeElement));
    this.#ranked = this.#ranked?.filter((result) => !gone(result)) ?? null;
    this.#show(
      this.#results.filter((result) => !gone(result)),
      -1,
    );
    if (focused >= 0) this.focus(Math.min(focused, this.#results.length - 1));
  }

  /** @returns {HTMLElement[]} */
  rows() {
    return /** @type {HTMLElement[]} */ ([...this.#list.children]);
  }

  /** Moves the focus to the link of a row. @param {number} index @returns {boolean} whether there is one */
  focus(index) {
    const row = this.rows()[index];
    if (!row) return false;
    const link = part(row, "title");
    link.focus();
    row.scrollIntoView?.({ block: "nearest" });
    return true;
  }

  /** The index of the row that holds the focus, or -1. */
  focusedIndex() {
    return this.rows().findIndex((row) => row.contains(document.activeElement));
  }

  /** Asks before deleting the result of this row. @param {number} index */
  askToDelete(index) {
    const row = this.rows()[index];
    const result = this.#results[index];
    if (!row || !result || row.querySelector(".confirm")) return;
    new DeleteConfirmation(row, result, {
      page: () => this.#actions.deletePage(result),
      site: () => this.#actions.deleteSite(result.domain),
      cancelled: () => this.focus(this.rows().indexOf(row)),
    });
  }

  /** The last row that may not move: under the pointer, in focus, or scrolled to. */
  #anchor() {
    const rows = this.rows();
    const pointed = this.#pointed ? rows.indexOf(/** @type {HTMLElement} */ (this.#pointed)) : -1;
    const scrolled =
      scrollY > 0 ? rows.findLastIndex((row) => row.getBoundingClientRect().top < innerHeight) : -1;
    const open = rows.findLastIndex((row) => row.querySelector("details[open], .confirm"));
    return Math.max(pointed, this.focusedIndex(), scrolled, open);
  }

  /**
   * @param {SearchResult[]} results
   * @param {number} anchor rows down to here are not touched
   */
  #show(results, anchor) {
    const before = new Map(this.rows().map((row) => [row.dataset.pageId, row]));
    const rows = results.map((result, index) => {
      const known = before.get(String(result.page_id));
      if (!known) return buildRow(result);
      if (index > anchor) fillTexts(known, result);
      return known;
    });
    const wanted = new Set(rows);
    for (const row of before.values()) if (!wanted.has(row)) row.remove();
    // Rows already in place are left there: taking one out and putting it back would lose its focus.
    rows.forEach((row, index) => {
      if (this.#list.children[index] !== row)
        this.#list.insertBefore(row, this.#list.children[index] ?? null);
    });
    this.#results = results;
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const target = /** @type {Element} */ (event.target);
    const row = rowOf(target);
    const index = row ? this.rows().indexOf(row) : -1;
    const result = this.#results[index];
    if (!row || !result) return;
    const asked = target.closest('[data-part="summarise"], [data-part="resummarise"]');
    if (asked instanceof HTMLElement && event.button === 0)
      makeSummary(row, result, asked, this.#actions.summarise);
    else if (target.closest('[data-part="category"]') && event.button === 0 && result.category)
      this.#actions.narrow(result.category);
    else if (target.closest('[data-part="delete"]') && event.button === 0) this.askToDelete(index);
    else if (target.closest('[data-part="open"]') && event.button === 0)
      this.#actions.open(result.url, "foreground");
    else this.#onLink(event, target.closest("a"));
  }

  /**
   * @param {MouseEvent} event
   * @param {HTMLAnchorElement | null} link
   */
  #onLink(event, link) {
    if (!link?.href || event.button > 1 || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const aside = event.button === 1 || event.ctrlKey || event.metaKey;
    this.#actions.open(link.href, aside ? "background" : "here");
  }

  /** @param {Event} event */
  async #onToggle(event) {
    const details = /** @type {HTMLDetailsElement} */ (event.target);
    const row = rowOf(details);
    const body = details.querySelector('[data-part="why-body"]');
    if (!details.open || !row || !body || body.childElementCount > 0) return;
    const result = this.#results[this.rows().indexOf(row)];
    if (!result) return;
    body.replaceChildren(element("p", { text: "Looking…" }));
    const explained = await this.#actions.explain(result);
    body.replaceChildren(...whyNodes(explained ?? result));
  }
}

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
function rowOf(target) {
  return target instanceof Element ? target.closest(".result") : null;
}
