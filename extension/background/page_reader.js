/** Runs the reader inside a tab and brings back what it found. */

import { browser } from "../shared/browser.js";

/**
 * @typedef {Object} ReaderOptions
 * @property {boolean} allowPassword whether a page with a visible password field may be read
 * @property {number} [capacity] most characters of HTML
 *
 * @typedef {Object} PageReading
 * @property {string} url
 * @property {string} title
 * @property {string} lang
 * @property {string} contentType
 * @property {string} [canonicalUrl]
 * @property {string} [referrer]
 * @property {boolean} hasPassword
 * @property {string | null} html null where the page may not be read or is no document of text
 * @property {boolean} truncated
 */

/**
 * Waits until the page in the tab has settled, then reads it.
 *
 * @param {number} tabId
 * @param {ReaderOptions} options
 * @returns {Promise<PageReading | null>} null where the browser lets nobody read
 */
export async function readTab(tabId, options) {
  try {
    await browser.scripting.executeScript({ target: { tabId }, files: ["content/reader.js"] });
    const [frame] = await browser.scripting.executeScript({
      target: { tabId },
      func: (given) => /** @type {any} */ (globalThis).aiHistoryReader(given),
      args: [options],
    });
    return /** @type {PageReading | null} */ (frame?.result ?? null);
  } catch {
    // A store page, an error page, a viewer, or a tab that was closed or navigated meanwhile.
    return null;
  }
}
