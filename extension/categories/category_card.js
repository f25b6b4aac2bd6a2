/** One category of the list: whether it is used, what it is, and the way to its fields. */

import { cloneTemplate, part } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { CategoryForm } from "./category_form.js";

/**
 * @typedef {import("../shared/categories_api.js").Category} Category
 * @typedef {import("../shared/categories_api.js").CategoryChange} CategoryChange
 *
 * @typedef {Object} CardEvents
 * @property {(change: CategoryChange) => Promise<void>} change
 * @property {(category: Category, enabled: boolean) => Promise<void>} use switches it on or off
 * @property {(category: Category) => Promise<void>} remove
 * @property {(category: Category) => string[]} taken names of all others
 */

export class CategoryCard {
  #events;
  /** @type {Category | undefined} */
  #category;
  /** @type {CategoryForm | null} */
  #form = null;
  #edit;
  #enabled;

  /** @param {CardEvents} events */
  constructor(events) {
    this.#events = events;
    this.element = cloneTemplate("category-template");
    this.#edit = part(this.element, "edit");
    this.#enabled = /** @type {HTMLInputElement} */ (part(this.element, "enabled"));
    this.#edit.addEventListener("click", () => (this.#form ? this.#close() : this.#open()));
    this.#enabled.addEventListener("change", async () => {
      if (!this.#category) return;
      await this.#events.use(this.#category, this.#enabled.checked);
      // What is so, when it could not be done.
      this.#enabled.checked = this.#category.enabled;
    });
  }

  /** @param {Category} category */
  update(category) {
    this.#category = category;
    const { name, colour, enabled } = category;
    write(part(this.element, "name"), name);
    write(part(this.element, "about"), aboutCategory(category));
    part(this.element, "dot").dataset.color = colour;
    this.#enabled.checked = enabled;
    this.#enabled.setAttribute("aria-label", `Use ${name}`);
    this.#edit.setAttribute("aria-label", `Edit ${name}`);
    this.element.classList.toggle("off", !enabled);
  }

  focus() {
    this.#edit.focus();
  }

  #open() {
    const category = this.#category;
    if (!category) return;
    this.#form = new CategoryForm(category, () => this.#events.taken(category), {
      onSave: async (change) => {
        await this.#events.change(change);
        this.#close();
      },
      onCancel: () => this.#close(),
      onRemove: category.builtin ? undefined : () => this.#events.remove(category),
    });
    part(this.element, "place").replaceChildren(this.#form.element);
    this.#edit.setAttribute("aria-expanded", "true");
    this.#form.focus();
  }

  #close() {
    this.#form = null;
    part(this.element, "place").replaceChildren();
    this.#edit.setAttribute("aria-expanded", "false");
    this.#edit.focus();
  }
}

/** What the line below its name says. @param {Category} category */
function aboutCategory({ description, examples, corrections }) {
  return [description, counted(examples.length, "example"), counted(corrections, "correction")]
    .filter((text) => text !== "")
    .join(" · ");
}

/** @param {number} count @param {string} noun */
function counted(count, noun) {
  if (count === 0) return "";
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
