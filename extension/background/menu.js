/** The toolbar button's menu and the keyboard commands. */

import { browser } from "../shared/browser.js";
import { LAST_PANEL_PAGE } from "../shared/storage_names.js";

const DEBUG_ITEM = "debug";
const TABS_PAGE = "sidepanel/tabs.html";

/** Entries of the menu; made anew at each installation, as the browser asks. */
export function createMenu() {
  browser.contextMenus.removeAll(() => {
    browser.contextMenus.create({ id: DEBUG_ITEM, title: "AI History: Debug", contexts: ["action"] });
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
  browser.contextMenus.onClicked.addListener((info) => {
    if (info.menuItemId === DEBUG_ITEM) browser.tabs.create({ url: browser.runtime.getURL("debug.html") });
  });
  browser.commands.onCommand.addListener((command, tab) => {
    if (command !== "organize-tabs" || tab?.windowId === undefined) return;
    // The panel may only be opened at once: anything awaited before it would undo the key press.
    browser.storage.local.set({ [LAST_PANEL_PAGE]: TABS_PAGE });
    browser.sidePanel.open({ windowId: tab.windowId });
    showPage(TABS_PAGE);
    organize(tab.windowId);
  });
}
