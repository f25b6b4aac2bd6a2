/** Why a result is where it is: the passage that fits best, and each piece of evidence. */

import { countText, longDate } from "../shared/dates.js";
import { element } from "../shared/dom.js";
import { highlightedNodes } from "../shared/highlight.js";
import { passageHref, quotableLine } from "../shared/text_fragment.js";

/**
 * @typedef {import("../shared/api.js").SearchResult} SearchResult
 * @typedef {import("../shared/api.js").Why} Why
 */

/**
 * @param {SearchResult} result explained as far as it is
 * @returns {Node[]}
 */
export function whyNodes(result) {
  const nodes = [];
  if (result.passage?.text) nodes.push(...passageNodes(result, result.passage));
  const list = element("dl");
  for (const [name, value] of evidence(result)) {
    list.append(element("dt", { text: name }), element("dd", { text: value }));
  }
  nodes.push(list);
  return nodes;
}

/**
 * @param {SearchResult} result
 * @param {import("../shared/api.js").Passage} passage
 */
function passageNodes(result, passage) {
  const quote = element("blockquote", { attributes: { dir: "auto" } });
  if (passage.heading) quote.append(element("div", { class: "why-heading", text: passage.heading }));
  quote.append(highlightedNodes(passage.text, passage.highlights ?? []));
  const href = passageHref(result.url, quotableLine(passage.text, passage.highlights));
  if (!href) return [quote];
  return [quote, element("div", {}, [element("a", { text: "Open at this passage", attributes: { href } })])];
}

/**
 * @param {SearchResult} result
 * @returns {Array<[string, string]>}
 */
function evidence(result) {
  const why = result.why ?? /** @type {Why} */ ({});
  /** @type {Array<[string, string]>} */
  const rows = [];
  if (why.matched_terms?.length) rows.push(["Words found", why.matched_terms.join(", ")]);
  rows.push(["By words", rank(why.text_rank, "BM25", why.bm25)]);
  rows.push(["By meaning", rank(why.vector_rank, "similarity", why.cosine)]);
  rows.push(["Last visit", longDate(result.last_visit_at)]);
  rows.push(["Visits", countText(result.visit_count)]);
  const score = why.score ?? result.score;
  if (typeof score === "number") rows.push(["Score", score.toFixed(3)]);
  return rows;
}

/**
 * @param {number | null | undefined} place counted from 1
 * @param {string} measure
 * @param {number | null | undefined} value
 */
function rank(place, measure, value) {
  if (place === null || place === undefined) return "not found this way";
  const detail = typeof value === "number" ? ` (${measure} ${value.toFixed(2)})` : "";
  return `place ${place}${detail}`;
}
