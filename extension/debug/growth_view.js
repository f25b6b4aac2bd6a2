/** How the archive grew: a line, and the same in words. */

import { countText, dayDate } from "../shared/dates.js";
import { part } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { byteText } from "../shared/sizes.js";
import { lineFigure } from "./figures.js";

/**
 * @typedef {import("../shared/insight_api.js").GrowthDay} GrowthDay
 */

const WIDTH = 600;
const HEIGHT = 90;

/**
 * @param {HTMLElement} card
 * @param {GrowthDay[]} days the oldest first
 */
export function drawGrowth(card, days) {
  const words = growthText(days);
  write(part(card, "words"), words);
  const pages = days.map((day) => day.pages);
  const figure = lineFigure(pages, {
    label: words,
    width: WIDTH,
    height: HEIGHT,
    filled: true,
    fromZero: true,
  });
  part(card, "figure").replaceChildren(...(days.length > 1 ? [figure] : []));
}

/** @param {GrowthDay[]} days */
export function growthText(days) {
  const first = days.at(0);
  const last = days.at(-1);
  if (!first || !last || first === last) return "From tomorrow on this shows how the archive grows.";
  const since = dayDate(Date.parse(`${first.day}T12:00:00Z`));
  const grown = last.pages - first.pages;
  const change = grown < 0 ? `${countText(-grown)} fewer` : `${countText(grown)} more`;
  const size =
    first.bytes && last.bytes
      ? ` The database went from ${byteText(first.bytes)} to ${byteText(last.bytes)}.`
      : "";
  return `${countText(last.pages)} pages, ${change} than on ${since}.${size}`;
}
