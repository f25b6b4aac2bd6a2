/** The toolbar button's menu and the keyboard commands. */

import { browser } from "../shared/browser.js";
import { LAST_PANEL_PAGE } from "../shared/storage_names.js";

const DEBUG_ITEM = "debug";
const STORED_ITEM = "stored";
const STORED_PAGE = "sidepanel/stored.html";
const TABS_PAGE = "sidepanel/tabs.html";

/** Entries of the menu; made anew at each installation, as the browser asks. */
export function createMenu() {
  browser.contextMenus.removeAll(() => {
    browser.contextMenus.create({ id: DEBUG_ITEM, title: "AI History: Debug", contexts: ["action"] });
    browser.contextMenus.create({
      id: STORED_ITEM,
      title: "AI History: What is stored here",
      contexts: ["action", "page"],
    });
  });
}

/**
 * Registers what follows a click on the menu or a key combination.
 *
 * @param {Object} actions
 * @param {(page: string) => void} actions.showPage takes open panels to this page
 * @param {(windowId: number) => void} actions.organize begins to organize the tabs of this window
 */
export function registerCommands({ showPage, organize }) {
  // The panel may only be opened at once: anything awaited before it would undo the click or the key press.
  const openPanel = (/** @type {number} */ windowId, /** @type {string} */ page) => {
    browser.storage.local.set({ [LAST_PANEL_PAGE]: page });
    browser.sidePanel.open({ windowId });
    showPage(page);
  };
  browser.contextMenus.onClicked.addListener((info, tab) => {
    if (info.menuItemId === DEBUG_ITEM) browser.tabs.create({ url: browser.runtime.getURL("debug.html") });
    if (info.menuItemId === STORED_ITEM && tab) openPanel(tab.windowId, STORED_PAGE);
  });
  browser.commands.onCommand.addListener((command, tab) => {
    if (command !== "organize-tabs" || tab?.windowId === undefined) return;
    openPanel(tab.windowId, TABS_PAGE);
    organize(tab.windowId);
  });
}
