/** Links that open a page at a passage (`#:~:text=`). */

import { safeHref } from "./url.js";

const WORDS_AT_AN_END = 5;
const WORDS_IN_FULL = 12;

/**
 * The part of a passage to look for: the one line in which the first match stands, or the longest.
 * Lines come from different blocks of the page, and a browser looks for each end inside one block.
 *
 * @param {string} text
 * @param {Array<[number, number]>} [places] of matches, in UTF-16 code units
 */
export function quotableLine(text, places = []) {
  const first = places.length > 0 ? Math.min(...places.map(([start]) => start)) : -1;
  let at = 0;
  let longest = "";
  for (const line of text.split("\n")) {
    if (first >= at && first <= at + line.length && line.trim().includes(" ")) return line.trim();
    if (line.length > longest.length) longest = line;
    at += line.length + 1;
  }
  return longest.trim();
}

/**
 * The address of a passage inside a page, or null where the page cannot be linked.
 * A long passage is named by its first and last words, as the standard allows.
 *
 * @param {string} url
 * @param {string} passage
 * @returns {string | null}
 */
export function passageHref(url, passage) {
  const href = safeHref(url);
  if (!href) return null;
  const words = passage.trim().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return href;
  const ends =
    words.length <= WORDS_IN_FULL
      ? [words.join(" ")]
      : [words.slice(0, WORDS_AT_AN_END).join(" "), words.slice(-WORDS_AT_AN_END).join(" ")];
  const base = new URL(href);
  const anchor = base.hash.split(":~:")[0] || "#";
  base.hash = "";
  return `${base.href.replace(/#$/, "")}${anchor}:~:text=${ends.map(encodeFragment).join(",")}`;
}

/**
 * A hyphen beside a comma would be read as the mark of a prefix or suffix, so it is escaped too.
 *
 * @param {string} text
 */
function encodeFragment(text) {
  return encodeURIComponent(text).replaceAll("-", "%2D");
}
