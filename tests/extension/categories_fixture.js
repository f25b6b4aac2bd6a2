/** A host with categories and corrections, which behaves as the real one does. */

import { READY_STATE } from "./page_fixture.js";

/**
 * @typedef {import("../../extension/shared/categories_api.js").Category} Category
 * @typedef {import("../../extension/shared/categories_api.js").Correction} Correction
 */

/** @param {string} name @param {Partial<Category>} [values] @returns {Category} */
export function category(name, values = {}) {
  return {
    key: name.toLowerCase(),
    name,
    description: `About ${name}`,
    examples: [],
    colour: "blue",
    enabled: true,
    builtin: true,
    corrections: 0,
    ...values,
  };
}

/** @param {number} id @param {Partial<Correction>} [values] @returns {Correction} */
export function correction(id, values = {}) {
  return {
    id,
    url: `https://www.site${id}.example/page`,
    title: `Tab ${id}`,
    category: "Dev",
    from_category: "News",
    created_at: Date.UTC(2026, 0, 1) + id,
    weight: 0.75,
    ...values,
  };
}

export class CategoryHost {
  /** @type {Category[]} */
  categories = [];
  /** @type {Correction[]} the latest first */
  corrections = [];
  /** @type {Record<string, object>} what a method throws, instead of answering */
  errors = {};
  state = structuredClone(READY_STATE);

  /** The answers of the worker that stands between the page and this host. */
  answers() {
    /** @type {Record<string, import("./page_fixture.js").Answer>} */
    const answers = {
      "extension.state": () => this.state,
      "settings.get": () => ({ settings: [] }),
      "categories.list": () => ({ categories: this.categories }),
      "categories.set": (params) => this.#set(params),
      "tabs.corrections": ({ limit, offset }) => ({
        corrections: this.corrections.slice(offset, offset + limit),
        total: this.corrections.length,
      }),
      "tabs.forget": ({ ids, all }) => {
        const before = this.corrections.length;
        this.corrections = all ? [] : this.corrections.filter(({ id }) => !ids.includes(id));
        return { forgotten: before - this.corrections.length };
      },
      "tabs.correct": ({ url, title, category: to, from = null }) => {
        const id = 1 + Math.max(0, ...this.corrections.map((each) => each.id));
        this.corrections.unshift(
          correction(id, { url, title, category: to, from_category: from, weight: 1 }),
        );
        return { learned: true, correction_id: id };
      },
    };
    return Object.fromEntries(
      Object.entries(answers).map(([method, answer]) => [
        method,
        (/** @type {any} */ params, /** @type {any} */ request) => {
          if (this.errors[method]) throw this.errors[method];
          return answer(params, request);
        },
      ]),
    );
  }

  /** @param {{categories?: any[], remove?: string[], reset?: boolean}} changes */
  #set({ categories = [], remove = [], reset = false }) {
    if (reset) {
      this.categories = this.categories.map((each) =>
        each.builtin ? category(each.key[0].toUpperCase() + each.key.slice(1)) : each,
      );
    }
    this.categories = this.categories.filter(({ key }) => !remove.includes(key));
    for (const change of categories) {
      const known = this.categories.find(({ key }) => key === change.key);
      if (known) Object.assign(known, change);
      else this.categories.push(category(change.name, { builtin: false, ...change }));
    }
    return { categories: this.categories };
  }
}
