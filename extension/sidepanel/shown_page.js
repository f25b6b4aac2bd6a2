/** Which page somebody is looking at, beside this one. */

import { browser } from "../shared/browser.js";
import { isWebUrl } from "../shared/url.js";

/**
 * The tab that is in front in this window; where this page is itself in front, the web page that was before it.
 *
 * @returns {Promise<{url: string, title: string}>} with an empty address when there is none
 */
export async function shownPage() {
  const own = await browser.tabs.getCurrent();
  const tabs = await browser.tabs.query({ currentWindow: true });
  const others = tabs.filter((tab) => tab.id !== own?.id);
  const pages = others.filter(({ url }) => isWebUrl(url));
  const latest = pages.sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0));
  const tab = others.find(({ active }) => active) ?? latest[0];
  return { url: tab?.url ?? "", title: tab?.title ?? "" };
}

/**
 * Calls `listener` whenever another page may be in front.
 *
 * @param {() => void} listener
 */
export function onShownPage(listener) {
  browser.tabs.onActivated.addListener(listener);
  browser.tabs.onUpdated.addListener((_, change, tab) => {
    if (tab.active && (change.url || change.status === "complete")) listener();
  });
}
