/** The marks in an answer: "[1]" leads to a passage that was found, and to nothing else. */

import { element } from "../shared/dom.js";
import { passageHref, quotableLine } from "../shared/text_fragment.js";
import { readableUrl, safeHref } from "../shared/url.js";

/**
 * @typedef {import("../shared/chat_api.js").Source} Source
 * @typedef {import("../shared/chat_api.js").Citation} Citation
 *
 * @typedef {Object} Reference a passage that can be cited
 * @property {number} n
 * @property {string} title
 * @property {string | null} href into the page, null where it is no web address
 * @property {string} quote
 * @property {Source | undefined} source
 */

export const UNSUPPORTED = "No page in your history says this";

export class CitationMarks {
  /** @type {Map<string, Reference>} */
  #references = new Map();

  /** @param {Reference[]} references */
  constructor(references) {
    for (const reference of references) this.#references.set(String(reference.n), reference);
    /** Tells one set of marks from another. */
    this.key = JSON.stringify(references.map(({ n, href, title }) => [n, href, title]));
  }

  /** @param {string} n @returns {Reference | undefined} */
  find(n) {
    return this.#references.get(n);
  }

  /** The node for a mark, from what stands between its brackets. @param {string} text @returns {Node | string} */
  make = (text) => {
    if (text === "?") return unsupportedMark();
    const reference = this.find(text);
    return reference ? citationMark(reference) : `[${text}]`;
  };
}

/**
 * While an answer is being written every passage that was found may be cited.
 *
 * @param {Source[]} sources
 * @returns {Reference[]}
 */
export function referencesOfSources(sources) {
  return sources.map((source) => ({
    n: source.n,
    title: titleOf(source),
    href: passageHref(source.url, quotableLine(source.passage)),
    quote: "",
    source,
  }));
}

/**
 * Of a finished answer only those that it stands on.
 *
 * @param {Citation[]} citations
 * @param {Source[]} sources
 * @returns {Reference[]}
 */
export function referencesOfCitations(citations, sources) {
  return citations.map((citation) => ({
    n: citation.n,
    title: titleOf(citation),
    href: safeHref(citation.link) ?? safeHref(citation.url),
    quote: citation.quote,
    source: sources.find(({ n }) => n === citation.n),
  }));
}

/** @param {{title: string, url: string}} page */
export function titleOf({ title, url }) {
  return title || readableUrl(url);
}

/** Leads to the passage in its page; where that is no web address, shows what is stored of it. @param {Reference} reference */
function citationMark({ n, title, href, source }) {
  const common = { class: "citation", text: String(n) };
  const attributes = { "data-n": String(n), "aria-label": `Source ${n}: ${title}` };
  if (href) return element("a", { ...common, attributes: { ...attributes, href } });
  if (source) return element("button", { ...common, attributes: { ...attributes, type: "button" } });
  return element("span", { ...common, attributes: { "data-n": String(n) } });
}

function unsupportedMark() {
  return element("span", {
    class: "unsupported-mark",
    text: "?",
    attributes: { role: "img", "aria-label": UNSUPPORTED, title: UNSUPPORTED },
  });
}
