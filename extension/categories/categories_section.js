/** The section of the settings page in which the categories are made and changed. */

import { listCategories, setCategories } from "../shared/categories_api.js";
import { button, byId, element, show } from "../shared/dom.js";
import { keepCategories } from "../shared/kept_categories.js";
import { KeyedList } from "../shared/keyed_list.js";
import { CategoryCard } from "./category_card.js";
import { CategoryForm, COLOURS } from "./category_form.js";
import { SectionNotice } from "./section_notice.js";

/**
 * @typedef {import("../shared/categories_api.js").Category} Category
 * @typedef {import("../shared/categories_api.js").CategoryChange} CategoryChange
 */

export class CategoriesSection {
  /** @type {Category[]} */
  #categories = [];
  #ready = false;
  #say;
  #notice;
  /** @type {KeyedList<Category, CategoryCard>} */
  #cards;

  /** @param {(text: string) => void} say reads something out */
  constructor(say) {
    this.#say = say;
    this.#notice = new SectionNotice(byId("categories-notice"));
    this.#cards = new KeyedList(
      byId("categories-list"),
      () =>
        new CategoryCard({
          change: (change) => this.#change(change),
          use: (category, enabled) => this.#use(category, enabled),
          remove: (category) => this.#remove(category),
          taken: ({ key }) => this.#categories.filter((each) => each.key !== key).map(({ name }) => name),
        }),
      (card, category) => card.update(category),
    );
    byId("categories-add").addEventListener("click", () => this.#openNew());
    byId("categories-reset").addEventListener("click", () => this.#askReset(true));
    byId("categories-reset-no").addEventListener("click", () => this.#askReset(false));
    byId("categories-reset-yes").addEventListener("click", () => this.#reset());
  }

  /** Reads the categories when the host has come. @param {import("../shared/api.js").ExtensionState} state */
  onState({ host }) {
    const was = this.#ready;
    this.#ready = host.name === "ready";
    if (this.#ready && !was) this.refresh();
    if (host.name === "down") this.#notice.tell("The categories are shown when AI History is back.");
  }

  /** Asks the host how the categories are now. */
  async refresh() {
    try {
      await this.#adopt(await listCategories());
      this.#notice.clear();
    } catch (error) {
      this.#notice.fail(error, () => this.refresh());
    }
  }

  /** @param {{categories: Category[]}} answer */
  async #adopt({ categories }) {
    this.#categories = categories;
    this.#cards.draw(categories, ({ key }) => key);
    show(byId("categories-body"), true);
    // The rules that step in without the host know them from there.
    await keepCategories(categories);
  }

  /** @param {CategoryChange} change */
  async #change(change) {
    await this.#adopt(await setCategories({ categories: [change] }));
    this.#notice.clear();
    this.#say(`${change.name} was saved.`);
  }

  /** @param {Category} category @param {boolean} enabled */
  async #use({ key, name }, enabled) {
    try {
      await this.#adopt(await setCategories({ categories: [{ key, enabled }] }));
      this.#say(enabled ? `${name} is used again.` : `${name} is not used any more.`);
    } catch (error) {
      this.#notice.fail(error);
    }
  }

  /** @param {Category} category */
  async #remove(category) {
    try {
      await this.#adopt(await setCategories({ remove: [category.key] }));
    } catch (error) {
      this.#notice.fail(error);
      return;
    }
    this.#offerUndo(`${category.name} was removed.`, [withoutKey(category)]);
  }

  async #reset() {
    const before = this.#categories.filter(({ builtin }) => builtin).map(asChange);
    show(byId("categories-reset-confirm"), false);
    try {
      await this.#adopt(await setCategories({ reset: true }));
    } catch (error) {
      this.#notice.fail(error);
      return;
    }
    this.#offerUndo("The default categories are as they came.", before);
  }

  /** @param {string} text @param {CategoryChange[]} back what takes it back */
  #offerUndo(text, back) {
    this.#say(text);
    const undo = button("Put back", async () => {
      try {
        await this.#adopt(await setCategories({ categories: back }));
        this.#notice.clear();
        this.#say("Put back.");
        byId("categories-add").focus();
      } catch (error) {
        this.#notice.fail(error);
      }
    });
    this.#notice.tell(text, [undo]);
    undo.focus();
  }

  #openNew() {
    const place = byId("categories-new");
    const close = () => {
      place.replaceChildren();
      show(byId("categories-actions"), true);
      byId("categories-add").focus();
    };
    const used = new Set(this.#categories.map(({ colour }) => colour));
    const events = {
      onSave: async (/** @type {CategoryChange} */ change) => {
        await this.#change(change);
        close();
      },
      onCancel: close,
    };
    const names = () => this.#categories.map(({ name }) => name);
    const form = new CategoryForm(
      null,
      names,
      events,
      COLOURS.slice(1).find((colour) => !used.has(colour)),
    );
    place.replaceChildren(element("h3", { text: "A category of your own" }), form.element);
    show(byId("categories-actions"), false);
    form.focus();
  }

  /** @param {boolean} open */
  #askReset(open) {
    show(byId("categories-reset-confirm"), open);
    byId(open ? "categories-reset-no" : "categories-reset").focus();
  }
}

/** @param {Category} category @returns {CategoryChange} */
function asChange({ key, ...rest }) {
  return { key, ...withoutKey({ key, ...rest }) };
}

/** @param {Category} category @returns {CategoryChange} */
function withoutKey({ name, description, examples, colour, enabled }) {
  return { name, description, examples, colour, enabled };
}
