/** What somebody writes into the field of a parameter, as the value that is bound. Pure. */

/**
 * A number is bound as a number, nothing as null, and everything else as text; quotes make a text of a number.
 *
 * @param {string} written
 * @returns {string | number | null}
 */
export function boundValue(written) {
  if (written === "") return null;
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(written);
  if (quoted) return quoted[1] ?? quoted[2];
  const number = Number(written);
  const exact = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(written) && exact ? number : written;
}

/**
 * @param {string[]} names as the engine tells them: positional ones are numbers
 * @param {(name: string) => string} writtenFor
 * @returns {import("../shared/sql_api.js").SqlValues | undefined} undefined when there are none
 */
export function boundValues(names, writtenFor) {
  if (names.length === 0) return undefined;
  if (names.every((name) => /^\d+$/.test(name))) return names.map((name) => boundValue(writtenFor(name)));
  return Object.fromEntries(names.map((name) => [name, boundValue(writtenFor(name))]));
}
