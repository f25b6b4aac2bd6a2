/** A stored passage with the sentence that an answer stands on. */

import { highlightedNodes } from "../shared/highlight.js";

/**
 * Where a quote stands in a passage, whatever the white space between its words.
 *
 * @param {string} passage
 * @param {string} quote
 * @returns {[number, number] | null} in UTF-16 code units
 */
export function placeOf(passage, quote) {
  const words = quote.trim().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return null;
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+");
  const found = new RegExp(pattern, "iu").exec(passage);
  return found ? [found.index, found.index + found[0].length] : null;
}

/**
 * The whole passage, or the stretch of it around the quote where it is longer than `most`.
 *
 * @param {string} passage
 * @param {string} quote
 * @param {number} [most] characters
 * @returns {DocumentFragment}
 */
export function passageNodes(passage, quote, most = Number.POSITIVE_INFINITY) {
  const place = placeOf(passage, quote);
  if (passage.length <= most) return highlightedNodes(passage, place ? [place] : []);
  const [start, end] = place ?? [0, 0];
  const spare = Math.max(0, most - (end - start));
  const from = wordStart(passage, Math.max(0, start - Math.floor(spare / 3)));
  const to = wordEnd(passage, Math.min(passage.length, Math.max(end, from + most)));
  const before = from > 0 ? "… " : "";
  const text = `${before}${passage.slice(from, to).trimEnd()}${to < passage.length ? " …" : ""}`;
  const shift = before.length - from;
  return highlightedNodes(text, place ? [[start + shift, end + shift]] : []);
}

/** @param {string} text @param {number} at */
function wordStart(text, at) {
  if (at === 0) return 0;
  const space = text.slice(0, at).search(/\S*$/u);
  return space < 0 ? at : space;
}

/** @param {string} text @param {number} at */
function wordEnd(text, at) {
  const rest = /^\S*/u.exec(text.slice(at))?.[0].length ?? 0;
  return at + rest;
}
