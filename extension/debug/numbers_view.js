/** Counts and sizes of what is stored. */

import { countText } from "../shared/dates.js";
import { cloneTemplate, element, part, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { byteText } from "../shared/sizes.js";

/**
 * @typedef {import("../shared/api.js").StoreStats} StoreStats
 * @typedef {import("../shared/insight_api.js").Health} Health
 */

/**
 * @param {HTMLElement} box that gets a name and a value for each number
 * @param {StoreStats} stats
 * @param {Health | null} health
 */
export function drawNumbers(box, stats, health) {
  /** @type {Array<[string, string]>} */
  const numbers = [
    ["Pages", countText(stats.pages)],
    ["Visits", countText(stats.visits)],
    ["Passages", countText(stats.chunks)],
    ["Passages with meaning", countText(stats.embedded_chunks)],
    ["Database", byteText(stats.database_bytes)],
  ];
  if (health) {
    numbers.push(["Unused in the file", byteText(health.free_bytes)]);
    numbers.push(["Write-ahead log", byteText(health.log_bytes)]);
  }
  // What is there already is only given its new value, so that nothing moves.
  for (const [name, value] of numbers) write(part(cellOf(box, name), "value"), value);
  const { reindexing } = stats;
  const line = box.parentElement?.querySelector('[data-part="reindexing"]');
  if (!line) return;
  show(line, Boolean(reindexing));
  if (reindexing) {
    const { model, done, total } = reindexing;
    write(line, `Vectors are being made with ${model}: ${countText(done)} of ${countText(total)}.`);
  }
}

/** @param {HTMLElement} box @param {string} name */
function cellOf(box, name) {
  const cells = /** @type {HTMLElement[]} */ ([...box.children]);
  const known = cells.find((cell) => cell.dataset.name === name);
  if (known) return known;
  const cell = cloneTemplate("number-template");
  cell.dataset.name = name;
  part(cell, "name").textContent = name;
  box.append(cell);
  return cell;
}

/**
 * Tables by size, each with a bar against the largest.
 *
 * @param {HTMLElement} card
 * @param {Array<{name: string, bytes: number}>} tables
 */
export function drawSizes(card, tables) {
  const largest = Math.max(1, ...tables.map(({ bytes }) => bytes));
  part(card, "body").replaceChildren(
    ...tables.map(({ name, bytes }) => {
      const bar = element("meter", { attributes: { max: String(largest), "aria-hidden": "true" } });
      bar.value = bytes;
      return element("li", { class: "size" }, [
        element("code", { text: name }),
        element("span", { text: byteText(bytes) }),
        bar,
      ]);
    }),
  );
}
