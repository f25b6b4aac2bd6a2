/** Turns a text and the places that matched into nodes. */

/**
 * A fragment in which the matched places stand in `<mark>`. Places that overlap are joined, and those
 * outside the text are cut, so that a wrong offset can never lose or repeat a character.
 *
 * @param {string} text
 * @param {Array<[number, number]>} [places] start and end in UTF-16 code units, end exclusive
 * @returns {DocumentFragment}
 */
export function highlightedNodes(text, places = []) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const [start, end] of joined(text, places)) {
    if (start > at) fragment.append(text.slice(at, start));
    const mark = document.createElement("mark");
    mark.textContent = text.slice(start, end);
    fragment.append(mark);
    at = end;
  }
  if (at < text.length) fragment.append(text.slice(at));
  return fragment;
}

/**
 * @param {string} text
 * @param {Array<[number, number]>} places
 * @returns {Array<[number, number]>}
 */
function joined(text, places) {
  const inside = places
    .map(
      ([start, end]) => /** @type {[number, number]} */ ([wholeAt(text, start, -1), wholeAt(text, end, 1)]),
    )
    .filter(([start, end]) => end > start)
    .sort((a, b) => a[0] - b[0]);
  /** @type {Array<[number, number]>} */
  const result = [];
  for (const [start, end] of inside) {
    const last = result.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}

/**
 * The nearest place in this direction that does not cut a surrogate pair in two.
 *
 * @param {string} text
 * @param {number} place
 * @param {-1 | 1} direction
 */
function wholeAt(text, place, direction) {
  const clamped = Math.min(Math.max(0, place), text.length);
  const before = text.charCodeAt(clamped - 1);
  const after = text.charCodeAt(clamped);
  const splits = before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
  return splits ? clamped + direction : clamped;
}
