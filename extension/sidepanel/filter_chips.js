/** The filters above the results: those read out of the query, and the spans of time to pick from. */

import { dateRange } from "../shared/dates.js";
import { cloneTemplate, part, show } from "../shared/dom.js";

/**
 * @typedef {import("../shared/api.js").Chip} Chip
 */

/**
 * The query without the piece that a chip stands for.
 *
 * @param {string} query
 * @param {Chip} chip
 */
export function withoutChip(query, chip) {
  const at = query.slice(chip.start, chip.end) === chip.text ? chip.start : query.indexOf(chip.text);
  if (at < 0) return query;
  return `${query.slice(0, at)} ${query.slice(at + chip.text.length)}`.replace(/\s+/g, " ").trim();
}

/**
 * Shows the filters that the host read out of the words.
 *
 * @param {HTMLElement} box
 * @param {Chip[]} chips
 * @param {(chip: Chip) => void} onRemove
 */
export function showAppliedChips(box, chips, onRemove) {
  box.replaceChildren(
    ...chips.map((chip) => {
      const made = cloneTemplate("applied-template");
      const label = chip.kind === "exclude" ? `not ${chip.label}` : chip.label;
      part(made, "label").textContent = label;
      made.dataset.kind = chip.kind;
      made.setAttribute("aria-label", `Remove the filter ${label}`);
      made.addEventListener("click", () => onRemove(chip));
      return made;
    }),
  );
  show(box, chips.length > 0);
}

/** The buttons for spans of time, of which at most one is on. */
export class DateChips {
  #box;

  /**
   * @param {HTMLElement} box
   * @param {() => void} onChange
   */
  constructor(box, onChange) {
    this.#box = box;
    box.addEventListener("click", (event) => {
      const pressed = event.target instanceof Element ? event.target.closest("[data-range]") : null;
      if (!pressed) return;
      const on = pressed.getAttribute("aria-pressed") !== "true";
      this.clear();
      pressed.setAttribute("aria-pressed", String(on));
      onChange();
    });
  }

  /** The span that is on, as a filter. */
  filter() {
    const on = /** @type {HTMLElement | null} */ (this.#box.querySelector('[aria-pressed="true"]'));
    if (!on) return {};
    return dateRange(/** @type {import("../shared/dates.js").DateRangeName} */ (on.dataset.range));
  }

  clear() {
    for (const chip of this.#box.children) chip.setAttribute("aria-pressed", "false");
  }
}
