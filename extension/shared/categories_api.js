/**
 * What a page can ask about categories and what was learned, one function a method.
 *
 * @typedef {import("./tabs_api.js").Colour} Colour
 *
 * @typedef {Object} Category
 * @property {string} key names it for ever
 * @property {string} name
 * @property {string} description
 * @property {string[]} examples titles of tabs, and sites
 * @property {Colour} colour
 * @property {boolean} enabled
 * @property {boolean} builtin
 * @property {number} corrections how many say that a tab belongs into it
 *
 * @typedef {Object} CategoryChange what is left out stays as it was; without a key it is a new one
 * @property {string} [key]
 * @property {string} [name]
 * @property {string} [description]
 * @property {string[]} [examples]
 * @property {Colour} [colour]
 * @property {boolean} [enabled]
 *
 * @typedef {Object} Correction
 * @property {number} id
 * @property {string} url
 * @property {string} title
 * @property {string | null} category null: none of them
 * @property {string | null} [from_category]
 * @property {number} created_at milliseconds, UTC
 * @property {number} weight how much it still counts, 0 to 1
 */

import { request } from "./channel.js";

/** @returns {Promise<{categories: Category[]}>} */
export function listCategories() {
  return request("categories.list");
}

/**
 * @param {{categories?: CategoryChange[], remove?: string[], reset?: boolean}} changes
 * @returns {Promise<{categories: Category[]}>}
 */
export function setCategories(changes) {
  return request("categories.set", changes, { once: true });
}

/**
 * Corrections, the latest first.
 *
 * @param {{limit: number, offset: number}} which
 * @returns {Promise<{corrections: Correction[], total: number}>}
 */
export function listCorrections(which) {
  return request("tabs.corrections", which);
}

/**
 * @param {{ids: number[]} | {all: true}} which
 * @returns {Promise<{forgotten: number}>}
 */
export function forgetCorrections(which) {
  return request("tabs.forget", which);
}

/**
 * @param {Pick<Correction, "url" | "title" | "category" | "from_category">} correction
 * @returns {Promise<{learned: boolean, correction_id?: number | null}>}
 */
export function correctTab({ url, title, category, from_category }) {
  const from = from_category ? { from: from_category } : {};
  return request("tabs.correct", { url, title, category, ...from }, { once: true });
}
