/** A cell of a result in words. Pure. */

import { byteText } from "../shared/sizes.js";

/**
 * @typedef {import("../shared/sql_api.js").Cell} Cell
 */

const SHOWN_BYTES = 8;
const SHOWN_DIMENSIONS = 4;
/** What is stored in milliseconds; smaller numbers are something else. */
const EARLIEST_MS = 1e11;
const LATEST_MS = 8.64e15;

/**
 * The whole of what is known of a cell, as text.
 *
 * @param {Cell} cell
 * @returns {string}
 */
export function cellText(cell) {
  if (cell === null) return "null";
  if (typeof cell !== "object") return String(cell);
  switch (cell.kind) {
    case "blob":
      return blobText(cell);
    case "vector":
      return vectorText(cell, SHOWN_DIMENSIONS);
    default:
      return cell.value ?? "";
  }
}

/**
 * What the dialog says of a cell beside its text.
 *
 * @param {Cell} cell
 * @param {string} column
 */
export function cellAbout(cell, column) {
  if (cell === null || typeof cell !== "object") {
    const date = cellDate(cell, column);
    if (date) return date.toISOString();
    return typeof cell === "string" ? `${countOf(cell.length, "character")}` : "";
  }
  if (cell.kind === "text") {
    const shown = cell.value?.length ?? 0;
    return `The first ${countOf(shown, "character")} of ${countText(cell.length ?? 0)}. An export has all of it.`;
  }
  if (cell.kind === "blob") return `The first bytes of ${countText(cell.bytes ?? 0)}, in hexadecimal.`;
  if (cell.kind === "vector") {
    return `The first ${cell.values?.length ?? 0} of ${countOf(cell.dimensions ?? 0, "dimension")}, length ${round(cell.norm)}.`;
  }
  return "";
}

/**
 * The text of a cell in the dialog: more of it than the table shows.
 *
 * @param {Cell} cell
 */
export function cellDetail(cell) {
  if (cell !== null && typeof cell === "object") {
    if (cell.kind === "blob") return spacedHex(cell.hex ?? "");
    if (cell.kind === "vector") return (cell.values ?? []).join("\n");
  }
  return cellText(cell);
}

/** @param {Cell} cell @returns {"null" | "number" | "text" | "blob" | "vector"} */
export function cellKind(cell) {
  if (cell === null) return "null";
  if (typeof cell === "object")
    return /integer|real/.test(cell.kind) ? "number" : /** @type {any} */ (cell.kind);
  return typeof cell === "string" ? "text" : "number";
}

/**
 * The moment that a cell of a `…_at` column names.
 *
 * @param {Cell} cell
 * @param {string} column
 * @returns {Date | null}
 */
export function cellDate(cell, column) {
  if (typeof cell !== "number" || !/_at$/.test(column)) return null;
  return cell >= EARLIEST_MS && cell <= LATEST_MS ? new Date(cell) : null;
}

/** The address that a cell is, if it is one that may be followed. @param {Cell} cell @returns {string | null} */
export function cellLink(cell) {
  if (typeof cell !== "string" || !/^https?:\/\/\S+$/i.test(cell)) return null;
  return URL.canParse(cell) ? cell : null;
}

/**
 * A result for a spreadsheet. Tabs and line ends inside a cell become blanks.
 *
 * @param {string[]} columns
 * @param {Cell[][]} rows
 */
export function tabSeparated(columns, rows) {
  const line = (/** @type {string[]} */ cells) =>
    cells.map((cell) => cell.replace(/[\t\r\n]+/g, " ")).join("\t");
  const texts = rows.map((row) => row.map((cell) => (cell === null ? "" : cellText(cell))));
  return [columns, ...texts].map(line).join("\n");
}

/** @param {import("../shared/sql_api.js").SpecialCell} cell */
function blobText({ bytes = 0, hex = "" }) {
  const size = bytes < 1000 ? `${bytes} bytes` : byteText(bytes);
  const begins = spacedHex(hex.slice(0, 2 * SHOWN_BYTES));
  return `blob, ${size}${begins ? `, ${begins}${bytes > SHOWN_BYTES ? "…" : ""}` : ""}`;
}

/** @param {import("../shared/sql_api.js").SpecialCell} cell @param {number} shown */
function vectorText({ dimensions = 0, values = [], norm }, shown) {
  const first = values.slice(0, shown).map(round).join(", ");
  return `vector(${dimensions}) [${first}${dimensions > shown ? ", …" : ""}] |${round(norm)}|`;
}

/** @param {string} hex */
function spacedHex(hex) {
  return hex.match(/../g)?.join(" ") ?? "";
}

/** @param {number | null | undefined} value */
function round(value) {
  return typeof value === "number" ? value.toFixed(2) : "?";
}

/** @param {number} count */
function countText(count) {
  return new Intl.NumberFormat().format(count);
}

/** @param {number} count @param {string} noun */
function countOf(count, noun) {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}
