/** The categories as they were when the host was last asked, for when it is away. */

import { browser } from "./browser.js";
import { DEFAULT_CATEGORIES } from "./category_data.js";
import { TAB_CATEGORIES } from "./storage_names.js";

/**
 * @typedef {Object} KeptCategory
 * @property {string} key
 * @property {string} name
 * @property {import("./tabs_api.js").Colour} colour
 * @property {string} [description]
 * @property {string[]} [examples]
 * @property {boolean} enabled
 * @property {boolean} builtin
 */

/** The categories kept last, or the seven that come with the program. @returns {Promise<KeptCategory[]>} */
export async function keptCategories() {
  const kept = await browser.storage.local.get(TAB_CATEGORIES);
  const categories = kept[TAB_CATEGORIES];
  return Array.isArray(categories) ? categories : defaultCategories();
}

/** @returns {KeptCategory[]} */
export function defaultCategories() {
  return DEFAULT_CATEGORIES.map(({ key, name, colour }) => ({
    key,
    name,
    colour: /** @type {import("./tabs_api.js").Colour} */ (colour),
    enabled: true,
    builtin: true,
  }));
}

/** @param {KeptCategory[]} categories as the host lists them */
export async function keepCategories(categories) {
  const kept = categories.map(({ key, name, colour, description, examples, enabled, builtin }) => ({
    key,
    name,
    colour,
    description,
    examples,
    enabled,
    builtin,
  }));
  await browser.storage.local.set({ [TAB_CATEGORIES]: kept });
}
