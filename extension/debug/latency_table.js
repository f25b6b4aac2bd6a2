/** How long each method took lately: how often, median, 95th percentile, and a line of the latest. */

import { countText } from "../shared/dates.js";
import { element, part } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { lineFigure } from "./figures.js";

/**
 * @typedef {import("../shared/insight_api.js").MethodLatency} MethodLatency
 */

/**
 * @param {HTMLElement} card
 * @param {MethodLatency[]} methods
 */
export function drawLatencies(card, methods) {
  const ordered = [...methods].sort((a, b) => b.p95_ms - a.p95_ms);
  part(card, "rows").replaceChildren(...ordered.map(row));
  write(part(card, "none"), methods.length === 0 ? "Nothing was asked yet." : "");
}

/** @param {MethodLatency} latency */
function row({ method, count, failed, median_ms: median, p95_ms: p95, recent_ms: recent }) {
  const times = failed > 0 ? `${countText(count)} (${countText(failed)} failed)` : countText(count);
  const label = recent.length > 0 ? `The latest ${recent.length}: ${spread(recent)}` : "Nothing lately";
  const line = element("td", { class: "latency-line" });
  line.append(lineFigure(recent, { label, width: 90, height: 20, fromZero: true }));
  return element("tr", {}, [
    element("th", { text: method, attributes: { scope: "row" } }),
    element("td", { text: times }),
    element("td", { text: tookText(median) }),
    element("td", { text: tookText(p95) }),
    line,
  ]);
}

/** @param {number[]} recent */
function spread(recent) {
  return `from ${tookText(Math.min(...recent))} to ${tookText(Math.max(...recent))}`;
}

/**
 * How long something took: "0.4 ms", "12 ms", "3.2 s".
 *
 * @param {number} milliseconds
 */
export function tookText(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}
