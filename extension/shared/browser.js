/**
 * The one file that names the browser's extension API; every other file goes through it.
 *
 * @typedef {chrome.tabs.Tab} Tab
 * @typedef {chrome.tabGroups.TabGroup} TabGroup
 * @typedef {chrome.history.HistoryItem} HistoryItem
 * @typedef {chrome.history.VisitItem} VisitItem
 * @typedef {chrome.history.RemovedResult} RemovedResult
 * @typedef {chrome.runtime.Port} Port
 */

export const browser = globalThis.chrome;

/**
 * The address of an icon that the browser already holds for a page; nothing is fetched.
 *
 * @param {string} pageUrl
 * @param {number} size in CSS pixels
 */
export function faviconUrl(pageUrl, size) {
  const url = new URL(browser.runtime.getURL("/_favicon/"));
  url.searchParams.set("pageUrl", pageUrl);
  url.searchParams.set("size", String(size));
  return url.href;
}

/**
 * The name that the installer knows this browser by.
 *
 * @param {Array<{brand: string}>} [brands] what the browser says of itself
 * @returns {"chrome" | "chromium" | "edge" | "brave" | "vivaldi"}
 */
export function browserName(brands = ownBrands()) {
  const names = brands.map((entry) => entry.brand);
  if (names.includes("Microsoft Edge")) return "edge";
  if (names.includes("Brave")) return "brave";
  if (names.includes("Vivaldi")) return "vivaldi";
  if (names.includes("Google Chrome")) return "chrome";
  return names.includes("Chromium") ? "chromium" : "chrome";
}

/** @returns {Array<{brand: string}>} */
function ownBrands() {
  const agent = /** @type {{userAgentData?: {brands: Array<{brand: string}>}}} */ (
    globalThis.navigator ?? {}
  );
  return agent.userAgentData?.brands ?? [];
}

/** Whether this page stands in a tab of its own; false in the side panel. */
export async function standsInTab() {
  return Boolean(await browser.tabs.getCurrent());
}

/**
 * Opens an address where a person expects it: from the side panel in the tab beside it.
 *
 * @param {string} url
 * @param {"here" | "background" | "foreground"} where
 * @returns {Promise<Tab | undefined>} the tab it opens in
 */
export async function openPage(url, where) {
  if (where !== "here") return browser.tabs.create({ url, active: where === "foreground" });
  const [active] = await browser.tabs.query({ active: true, currentWindow: true });
  if (active?.id === undefined) return browser.tabs.create({ url });
  return browser.tabs.update(active.id, { url });
}
