/** Small pictures of numbers, drawn as SVG nodes, each with the same in words. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Object} LineOptions
 * @property {string} label what it shows, in words
 * @property {number} width of its inside, in its own units
 * @property {number} height
 * @property {boolean} [filled] also what lies below the line
 * @property {boolean} [fromZero] whether the lowest line is nought, and not the lowest value
 */

/**
 * A line through values at equal distances; without values an empty picture.
 *
 * @param {number[]} values
 * @param {LineOptions} options
 * @returns {SVGElement}
 */
export function lineFigure(values, { label, width, height, filled = false, fromZero = false }) {
  const figure = node("svg", {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": label,
    class: "figure",
  });
  const title = node("title", {});
  title.textContent = label;
  figure.append(title);
  if (values.length === 0) return figure;
  const points = linePoints(values, { width, height, fromZero });
  const line = points.map(([x, y]) => `${x},${y}`).join(" ");
  if (filled) {
    figure.append(
      node("polygon", { class: "figure-area", points: `0,${height} ${line} ${width},${height}` }),
    );
  }
  figure.append(node("polyline", { class: "figure-line", points: line }));
  return figure;
}

/**
 * Where the values lie in the picture, with a margin of one unit.
 *
 * @param {number[]} values
 * @param {{width: number, height: number, fromZero: boolean}} options
 * @returns {Array<[number, number]>}
 */
export function linePoints(values, { width, height, fromZero }) {
  const highest = Math.max(...values);
  const lowest = fromZero ? 0 : Math.min(...values);
  const span = highest - lowest || 1;
  // A single value, or the same over and over, is a flat line.
  const row = values.length === 1 ? [values[0], values[0]] : values;
  return row.map((value, index) => [
    round((index * width) / (row.length - 1)),
    round(height - 1 - ((value - lowest) / span) * (height - 2)),
  ]);
}

/** @param {string} name @param {Record<string, string>} attributes @returns {SVGElement} */
function node(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}
