/** What the pages of the side panel share: which of them was open last, and moving between them. */

import { browser, standsInTab } from "./browser.js";
import { onEvent } from "./channel.js";
import { LAST_PANEL_PAGE } from "./storage_names.js";

const VISITED = "panelVisited";

/**
 * Remembers this page as the last one, or goes to the one that was.
 *
 * The browser always opens the panel on its default page. That page gives way, once, to the page
 * that was open last; in a tab it never does, because there it was asked for by its address.
 *
 * @param {string} page path of this page inside the extension
 * @param {{isDefault?: boolean}} [options]
 * @returns {Promise<boolean>} false when the panel is on its way to another page
 */
export async function enterPanelPage(page, { isDefault = false } = {}) {
  onEvent("panel.show", (wanted) => {
    if (wanted !== page) standsInTab().then((inTab) => !inTab && goTo(wanted));
  });
  const opening = sessionStorage.getItem(VISITED) === null;
  sessionStorage.setItem(VISITED, "yes");
  if (isDefault && opening && !(await standsInTab())) {
    const kept = await browser.storage.local.get(LAST_PANEL_PAGE);
    const last = kept[LAST_PANEL_PAGE];
    if (typeof last === "string" && /^sidepanel\/\w+\.html$/.test(last) && last !== page) {
      goTo(last);
      return false;
    }
  }
  await browser.storage.local.set({ [LAST_PANEL_PAGE]: page });
  return true;
}

/** @param {string} page */
function goTo(page) {
  location.replace(browser.runtime.getURL(page));
}
