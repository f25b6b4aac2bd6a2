/** The tab strips as they are: windows with their tabs in order and their groups. */

import { browser } from "../../shared/browser.js";

/**
 * @typedef {import("../../shared/browser.js").Tab & {id: number}} StripTab
 * @typedef {import("../../shared/browser.js").TabGroup} TabGroup
 * @typedef {{id: number, tabs: StripTab[], groups: TabGroup[]}} Strip
 */

export const NO_GROUP = -1;

/**
 * The strips of ordinary windows; others have no groups.
 *
 * @param {number[]} [windowIds] only these
 * @returns {Promise<Strip[]>}
 */
export async function readStrips(windowIds) {
  const [windows, groups] = await Promise.all([
    browser.windows.getAll({ populate: true, windowTypes: ["normal"] }),
    browser.tabGroups.query({}),
  ]);
  const strips = [];
  for (const { id, incognito, tabs = [] } of windows) {
    if (id === undefined || incognito || (windowIds && !windowIds.includes(id))) continue;
    strips.push({
      id,
      tabs: tabs.filter(hasId).sort((a, b) => a.index - b.index),
      groups: groups.filter((group) => group.windowId === id),
    });
  }
  return strips;
}

/** @param {import("../../shared/browser.js").Tab} tab @returns {tab is StripTab} */
function hasId(tab) {
  return tab.id !== undefined;
}
