/** Filtering by category: through the words of the query, so that each filter is a chip like the others. */

import { countText } from "../shared/dates.js";
import { element, show } from "../shared/dom.js";
import { withoutChip } from "./filter_chips.js";

/**
 * @typedef {import("../shared/api.js").Chip} Chip
 */

/**
 * The piece of a query that stands for a category.
 *
 * @param {string} name
 */
export function categoryPiece(name) {
  if (!/[\s"“”]/.test(name)) return `category:${name}`;
  return name.includes('"') ? `category:“${name}”` : `category:"${name}"`;
}

/**
 * The chip of a query that looks in a category.
 *
 * @param {Chip[]} chips
 * @param {string} name
 */
function chipOf(chips, name) {
  return chips.find((chip) => chip.kind === "category" && chip.label === name);
}

/**
 * The query that looks in this category too, or as it is when it does already.
 *
 * @param {string} query
 * @param {Chip[]} chips of the query
 * @param {string} name
 */
export function withCategory(query, chips, name) {
  return chipOf(chips, name) ? query : `${query.trim()} ${categoryPiece(name)}`.trim();
}

/** The buttons for categories, of which any number is on. */
export class CategoryButtons {
  #section;
  #box;
  #onChange;
  /** @type {Chip[]} */
  #chips = [];

  /**
   * @param {HTMLElement} section hidden while no page has a category
   * @param {HTMLElement} box
   * @param {(change: (query: string) => string) => void} onChange told how the query changes
   */
  constructor(section, box, onChange) {
    this.#section = section;
    this.#box = box;
    this.#onChange = onChange;
    box.addEventListener("click", (event) => {
      const pressed = event.target instanceof Element ? event.target.closest("button") : null;
      const name = pressed?.dataset.category;
      if (name !== undefined) this.#toggle(name);
    });
  }

  /**
   * Offers the categories that pages have.
   *
   * @param {Record<string, number>} counts how many pages, by name
   */
  offer(counts) {
    const names = Object.keys(counts);
    show(this.#section, names.length > 0);
    const before = new Map(this.#buttons().map((made) => [made.dataset.category, made]));
    const buttons = names.map((name) => {
      const made = before.get(name) ?? newButton(name);
      made.textContent = `${name} ${countText(counts[name])}`;
      return made;
    });
    // Those that stay are left where they are: a button that is put in again loses its focus.
    if (names.join("\0") !== [...before.keys()].join("\0")) this.#box.replaceChildren(...buttons);
    this.#press();
  }

  /** Shows what the query says. @param {Chip[]} chips */
  follow(chips) {
    this.#chips = chips;
    this.#press();
  }

  #press() {
    for (const made of this.#buttons()) {
      const on = chipOf(this.#chips, made.dataset.category ?? "") !== undefined;
      made.setAttribute("aria-pressed", String(on));
    }
  }

  /** @returns {HTMLElement[]} */
  #buttons() {
    return /** @type {HTMLElement[]} */ ([...this.#box.children]);
  }

  /** @param {string} name */
  #toggle(name) {
    const chip = chipOf(this.#chips, name);
    this.#onChange((query) => (chip ? withoutChip(query, chip) : withCategory(query, this.#chips, name)));
  }
}

/** @param {string} name */
function newButton(name) {
  return element("button", { class: "chip", attributes: { type: "button", "data-category": name } });
}
