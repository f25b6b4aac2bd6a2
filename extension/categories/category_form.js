/** The fields of one category: name, colour, what belongs into it, examples. */

import { browser } from "../shared/browser.js";
import { cloneTemplate, element, part, show } from "../shared/dom.js";
import { isWebUrl } from "../shared/url.js";
import { checkCategory, linesOf } from "./category_checks.js";

/**
 * @typedef {import("../shared/categories_api.js").Category} Category
 * @typedef {import("../shared/categories_api.js").CategoryChange} CategoryChange
 * @typedef {import("../shared/tabs_api.js").Colour} Colour
 *
 * @typedef {Object} FormEvents
 * @property {(change: CategoryChange) => Promise<void>} onSave what was typed is right; a rejection is shown
 * @property {() => void} onCancel
 * @property {() => void} [onRemove] only where it can be removed
 */

/** @type {Colour[]} as the browser orders them */
export const COLOURS = ["grey", "blue", "red", "yellow", "green", "pink", "purple", "cyan", "orange"];
const FIELDS = /** @type {const} */ (["name", "description", "examples"]);
let made = 0;

export class CategoryForm {
  #category;
  #taken;
  #events;

  /**
   * @param {Category | null} category null for a new one
   * @param {() => string[]} taken names of the other categories
   * @param {FormEvents} events
   * @param {Colour} [colour] of a new one, until another is chosen
   */
  constructor(category, taken, events, colour = "grey") {
    this.#category = category;
    this.#taken = taken;
    this.#events = events;
    this.element = /** @type {HTMLFormElement} */ (cloneTemplate("category-form-template"));
    const name = category ? category.name : "the new category";
    this.element.setAttribute("aria-label", category ? `Edit ${name}` : "New category");
    made += 1;
    for (const field of FIELDS) {
      part(this.element, `${field}-problem`).id = `category-${made}-${field}`;
      this.#field(field).setAttribute("aria-describedby", `category-${made}-${field}`);
      this.#field(field).addEventListener("input", () => this.#tell(field, ""));
    }
    this.#field("name").value = category?.name ?? "";
    this.#field("description").value = category?.description ?? "";
    this.#field("examples").value = (category?.examples ?? []).join("\n");
    part(this.element, "colours").append(...this.#colours(category?.colour ?? colour));
    part(this.element, "save").textContent = category ? "Save" : "Add category";
    const remove = part(this.element, "remove");
    show(remove, Boolean(events.onRemove));
    remove.setAttribute("aria-label", `Remove ${name}`);
    remove.addEventListener("click", () => this.#ask(true));
    part(this.element, "question").textContent =
      `Remove ${name}? Tabs and pages of it stay, without a category; what you said about such tabs counts no more.`;
    part(this.element, "confirm-no").addEventListener("click", () => this.#ask(false));
    part(this.element, "confirm-yes").addEventListener("click", () => this.#events.onRemove?.());
    part(this.element, "cancel").addEventListener("click", () => events.onCancel());
    const before = this.#written();
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (!part(this.element, "confirm").hidden) this.#ask(false);
      // A slip must not cost what was typed.
      else if (this.#written() === before) events.onCancel();
    });
    this.#offerTabs();
  }

  focus() {
    this.#field("name").focus();
  }

  /** @param {typeof FIELDS[number]} name @returns {HTMLInputElement | HTMLTextAreaElement} */
  #field(name) {
    return part(this.element, name);
  }

  /** All that stands in the fields. */
  #written() {
    return FIELDS.map((field) => this.#field(field).value).join("\u0000");
  }

  /** @param {Colour} chosen */
  #colours(chosen) {
    const group = `category-colour-${made}`;
    return COLOURS.map((colour) => {
      const radio = element("input", {
        attributes: { type: "radio", name: group, value: colour, "aria-label": colour, "data-color": colour },
      });
      radio.checked = colour === chosen;
      return element("label", { attributes: { title: colour } }, [radio]);
    });
  }

  /** Lets an open tab be an example; nobody should have to type what is on the screen. */
  async #offerTabs() {
    const select = /** @type {HTMLSelectElement} */ (part(this.element, "open-tabs"));
    const tabs = (await browser.tabs.query({})).filter(({ url, title }) => title && isWebUrl(url));
    tabs.sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0));
    for (const { title = "" } of tabs.slice(0, 100)) select.append(element("option", { text: title }));
    show(part(this.element, "from-tabs"), tabs.length > 0);
    select.addEventListener("change", () => {
      if (select.selectedIndex === 0) return;
      const title = select.selectedOptions[0].text.slice(0, 500);
      const lines = linesOf(`${this.#field("examples").value}\n${title}`);
      this.#field("examples").value = lines.join("\n");
      select.selectedIndex = 0;
    });
  }

  async #save() {
    const typed = {
      name: this.#field("name").value.trim().replace(/\s+/g, " "),
      description: this.#field("description").value.trim(),
      examples: linesOf(this.#field("examples").value),
    };
    const problems = checkCategory(typed, this.#taken());
    for (const field of FIELDS) this.#tell(field, problems[field] ?? "");
    const first = FIELDS.find((field) => problems[field]);
    if (first) {
      this.#field(first).focus();
      return;
    }
    const radio = /** @type {HTMLInputElement | null} */ (
      this.element.querySelector("input[type=radio]:checked")
    );
    const colour = /** @type {Colour} */ (radio?.value ?? "grey");
    const key = this.#category ? { key: this.#category.key } : {};
    try {
      await this.#events.onSave({ ...key, ...typed, colour });
    } catch (error) {
      const { message, fix } = /** @type {{message: string, fix?: string}} */ (error);
      this.#write("problem", fix ? `${message} ${fix}` : message);
    }
  }

  /** @param {typeof FIELDS[number]} field @param {string} problem */
  #tell(field, problem) {
    this.#field(field).setAttribute("aria-invalid", String(problem !== ""));
    this.#write(`${field}-problem`, problem);
    this.#write("problem", "");
  }

  /** @param {string} place @param {string} problem */
  #write(place, problem) {
    part(this.element, place).textContent = problem;
    show(part(this.element, place), problem !== "");
  }

  /** @param {boolean} open */
  #ask(open) {
    show(part(this.element, "confirm"), open);
    part(this.element, open ? "confirm-no" : "remove").focus();
  }
}
