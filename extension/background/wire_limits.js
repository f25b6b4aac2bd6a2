/** The sizes that the host takes; what is larger is cut or left out, so that it spoils nothing beside it. */

const LONGEST_ADDRESS = 65_536;
const LONGEST_TITLE = 2_000;

/** Whether the host takes an address of this length. @param {string} url */
export function fitsWire(url) {
  return url.length <= LONGEST_ADDRESS;
}

/**
 * As much of a title as is worth keeping; no character is cut in two.
 *
 * @param {string} title
 */
export function cutTitle(title) {
  return title.length <= LONGEST_TITLE
    ? title
    : title.slice(0, LONGEST_TITLE).replace(/[\uD800-\uDBFF]$/, "");
}
