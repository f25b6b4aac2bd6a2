/** Sizes and spans of time as the reader writes numbers. */

const STEPS = /** @type {const} */ ([
  ["gigabyte", 1024 ** 3],
  ["megabyte", 1024 ** 2],
  ["kilobyte", 1024],
]);

/**
 * A size, to two or three figures: "1.2 GB", "87 MB".
 *
 * @param {number} bytes
 */
export function byteText(bytes) {
  // From 1000 of a unit on, the next one is easier to read.
  const [unit, step] = STEPS.find(([, size]) => bytes >= 0.98 * size) ?? STEPS[2];
  const value = bytes / step;
  return unitText(value, unit, value < 10 && unit !== "kilobyte" ? 1 : 0);
}

/**
 * How long something still takes, no more exact than it can be known: "40 sec", "3 min", "2 hr".
 *
 * @param {number} seconds
 */
export function spanText(seconds) {
  if (seconds < 55) return unitText(Math.max(5, Math.ceil(seconds / 5) * 5), "second", 0);
  if (seconds < 5400) return unitText(Math.max(1, seconds / 60), "minute", 0);
  return unitText(seconds / 3600, "hour", 0);
}

/**
 * @param {number} value
 * @param {string} unit
 * @param {number} digits
 */
function unitText(value, unit, digits) {
  return new Intl.NumberFormat(undefined, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value);
}
