/** Small typed reads and writes of what the extension keeps for itself. */

import { browser } from "../shared/browser.js";

/**
 * @template T
 * @param {string} name
 * @param {T} fallback when nothing is kept under this name
 * @returns {Promise<T>}
 */
export async function readLocal(name, fallback) {
  const found = await browser.storage.local.get(name);
  return name in found ? /** @type {T} */ (found[name]) : fallback;
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export async function writeLocal(name, value) {
  await browser.storage.local.set({ [name]: value });
}

/**
 * Empties everything that is kept, also until the browser is closed.
 *
 * @param {Record<string, unknown>} values that are kept from then on
 */
export async function restartStorage(values) {
  await browser.storage.session.clear();
  await browser.storage.local.clear();
  await browser.storage.local.set(values);
}

/**
 * Kept until the browser is closed.
 *
 * @template T
 * @param {string} name
 * @param {T} fallback
 * @returns {Promise<T>}
 */
export async function readSession(name, fallback) {
  const found = await browser.storage.session.get(name);
  return name in found ? /** @type {T} */ (found[name]) : fallback;
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export async function writeSession(name, value) {
  await browser.storage.session.set({ [name]: value });
}
