/** What the SQL explorer says, in words. Pure. */

import { countText } from "../shared/dates.js";
import { byteText } from "../shared/sizes.js";

/**
 * @typedef {import("../shared/sql_api.js").RunResult} RunResult
 * @typedef {import("../shared/sql_api.js").Change} Change
 */

/** @param {number} count @param {string} [noun] */
export function rowsText(count, noun = "row") {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** How long something took: "0.4 ms", "12 ms", "1.25 s". @param {number} ms */
export function tookText(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/**
 * Which rows are shown, and whether there are more.
 *
 * @param {RunResult} result
 * @param {number} offset of its first row
 */
export function countLine(result, offset) {
  const took = tookText(result.took_ms);
  if (result.row_count === 0) return `${offset > 0 ? "No more rows" : "No rows"} · ${took}`;
  const place =
    offset === 0
      ? `${result.truncated ? "The first " : ""}${rowsText(result.row_count)}`
      : `Rows ${countText(offset + 1)} to ${countText(offset + result.row_count)}`;
  return `${place}${result.truncated ? ", truncated: there are more" : ""} · ${took}`;
}

/**
 * What a change comes to: "12 rows in pages (and with it 30 in visits)". The table that the statement names
 * comes first, however many rows follow it elsewhere.
 *
 * @param {Change[]} changes
 */
export function changeText(changes) {
  const follows = (/** @type {Change} */ { rows, indirect = 0 }) => Number(indirect === rows);
  const ordered = changes.filter(({ rows }) => rows > 0).sort((a, b) => follows(a) - follows(b));
  const [main, ...others] = ordered;
  if (!main) return "no row";
  const rest = others.map(({ table, rows }) => `${countText(rows)} in ${table}`).join(", ");
  return `${rowsText(main.rows)} in ${main.table}${rest ? ` (and with it ${rest})` : ""}`;
}

/** @param {{rows?: number, bytes?: number}} progress */
export function exportProgress({ rows = 0, bytes = 0 }) {
  return `Exporting… ${rowsText(rows)}, ${byteText(bytes)}`;
}

/** @param {import("../shared/sql_api.js").ExportResult} result */
export function exportDone({ rows, bytes, path, took_ms }) {
  return `${rowsText(rows)} written, ${byteText(bytes)}, in ${tookText(took_ms)}: ${path}`;
}

/** The name of a file, of its path on any system. @param {string} path */
export function fileName(path) {
  return path.split(/[\\/]/).pop() ?? path;
}

/**
 * When a backup was made, as its name says.
 *
 * @param {string} name
 * @returns {number | null} milliseconds, UTC
 */
export function backupTime(name) {
  const digits = /^history-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(name);
  if (!digits) return null;
  const [year, month, day, hour, minute, second] = digits.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
