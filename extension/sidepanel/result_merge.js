/** Brings the final ranking into a list that a person may already be using. Pure, and knows no page. */

/**
 * @typedef {import("../shared/api.js").SearchResult} SearchResult
 */

/**
 * The order to show once the final ranking has come.
 *
 * Everything down to the anchor (the row under the pointer, the focus, or the lower edge of what has
 * been scrolled to) stays as it is; below it the final ranking is followed, without repeats.
 *
 * @param {SearchResult[]} shown what is on the page now
 * @param {SearchResult[]} final the ranking that has come
 * @param {number} anchor index of the last row that may not move, or -1
 * @returns {{results: SearchResult[], held: boolean}} `held` when rows stand elsewhere than ranked
 */
export function mergeResults(shown, final, anchor) {
  const kept = shown.slice(0, anchor + 1);
  const known = new Set(kept.map((result) => result.page_id));
  const results = [...kept, ...final.filter((result) => !known.has(result.page_id))];
  const held = kept.some((result, index) => result.page_id !== final[index]?.page_id);
  return { results, held };
}

/**
 * The next page of results without those that are already shown.
 *
 * @param {SearchResult[]} shown
 * @param {SearchResult[]} next
 */
export function unseen(shown, next) {
  const known = new Set(shown.map((result) => result.page_id));
  return next.filter((result) => !known.has(result.page_id));
}
