/**
 * Opens what an answer cites, and sees whether the live page is still there. Nothing is asked of the
 * network for that: the tab that a person opened is looked at once it has loaded.
 */

import { browser, openPage, standsInTab } from "../shared/browser.js";
import { shortDate } from "../shared/dates.js";
import { safeHref } from "../shared/url.js";

const LONGEST_LOAD_MS = 30_000;
const GONE = new Set([404, 410, 451]);

/**
 * Opens an address: from the panel in the tab beside it, from a tab in another one.
 *
 * @param {string} url
 * @param {{aside: boolean}} how whether to stay where one is
 * @returns {Promise<string>} what is known where the live page is gone, else ""
 */
export async function openCitation(url, { aside }) {
  const href = safeHref(url);
  if (!href) return "";
  const where = aside ? "background" : (await standsInTab()) ? "foreground" : "here";
  const tab = await openPage(href, where);
  if (tab?.id === undefined) return "";
  const loaded = await whenLoaded(tab.id);
  return loaded ? goneNote(await lookAt(tab.id)) : "";
}

/** @param {number | null} status of the reply that the page came with; null: there was none */
function goneNote(status) {
  const told = `The live page is gone (tried ${shortDate(Date.now())}). This is what you read.`;
  if (status === null) return told.replace("is gone", "could not be opened");
  return GONE.has(status) ? told : "";
}

/** @param {number} tabId @returns {Promise<boolean>} false when the tab was closed or takes too long */
function whenLoaded(tabId) {
  return new Promise((resolve) => {
    const { onUpdated, onRemoved } = browser.tabs;
    const end = (/** @type {boolean} */ loaded) => {
      clearTimeout(timer);
      onUpdated.removeListener(updated);
      onRemoved.removeListener(removed);
      resolve(loaded);
    };
    const updated = (/** @type {number} */ id, /** @type {{status?: string}} */ change) => {
      if (id === tabId && change.status === "complete") end(true);
    };
    const removed = (/** @type {number} */ id) => {
      if (id === tabId) end(false);
    };
    const timer = setTimeout(() => end(false), LONGEST_LOAD_MS);
    onUpdated.addListener(updated);
    onRemoved.addListener(removed);
  });
}

/**
 * @param {number} tabId
 * @returns {Promise<number | null>} the status of the page's reply; null where the browser shows an error
 *     of its own; 0 where it cannot be told
 */
async function lookAt(tabId) {
  try {
    const [found] = await browser.scripting.executeScript({
      target: { tabId },
      func: () => {
        const [entry] = performance.getEntriesByType("navigation");
        return /** @type {PerformanceNavigationTiming | undefined} */ (entry)?.responseStatus ?? 0;
      },
    });
    return found?.result ?? 0;
  } catch (error) {
    return /showing error page/i.test(String(error)) ? null : 0;
  }
}
