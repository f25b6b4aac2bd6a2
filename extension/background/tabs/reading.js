/** Which tabs may be put into groups, and why the others are left where they are. */

import { isWebUrl } from "../../shared/url.js";
import { NO_GROUP, readStrips } from "./strip.js";

/**
 * @typedef {import("../../shared/tabs_api.js").ReadParams} ReadParams
 * @typedef {import("../../shared/tabs_api.js").TabsReading} TabsReading
 * @typedef {import("../../shared/tabs_api.js").OpenWindow} OpenWindow
 * @typedef {import("../../shared/tabs_api.js").Untouched} Untouched
 * @typedef {import("./own_groups.js").OwnGroups} OwnGroups
 * @typedef {import("./strip.js").Strip} Strip
 * @typedef {import("./strip.js").StripTab} StripTab
 */

/**
 * @param {OwnGroups} own
 * @param {ReadParams} params
 * @returns {Promise<TabsReading>}
 */
export async function readTabs(own, { scope, windowId, joinYours = false, regroup = false }) {
  const strips = await readStrips(scope === "all" || windowId === undefined ? undefined : [windowId]);
  await own.recognise(strips);
  /** @type {Untouched} */
  const untouched = { pinned: 0, shared: 0, yours: 0, made: 0, internal: 0 };
  /** @type {OpenWindow[]} */
  const windows = [];
  for (const strip of strips) {
    /** @type {OpenWindow["tabs"]} */
    const tabs = [];
    for (const tab of strip.tabs) {
      if (scope === "selected" && !tab.highlighted) continue;
      const why = reasonToLeave(strip, tab, own, regroup);
      if (why) untouched[why] += 1;
      else tabs.push(itemOf(tab));
    }
    windows.push({ id: strip.id, tabs, groups: openGroups(strip, own, { joinYours, regroup }) });
  }
  return { windows, untouched };
}

/**
 * Why a tab is left where it is, or null.
 *
 * @param {Strip} strip
 * @param {StripTab} tab
 * @param {OwnGroups} own
 * @param {boolean} regroup whether tabs in groups of ours are sorted again
 * @returns {keyof Untouched | null}
 */
export function reasonToLeave(strip, tab, own, regroup) {
  if (tab.pinned) return "pinned";
  if (tab.groupId !== NO_GROUP) {
    const group = strip.groups.find((one) => one.id === tab.groupId);
    if (!group || group.shared) return "shared";
    if (!own.has(group)) return "yours";
    if (!regroup) return "made";
  }
  return isWebUrl(addressOf(tab)) ? null : "internal";
}

/**
 * The groups that may take tabs in.
 *
 * @param {Strip} strip
 * @param {OwnGroups} own
 * @param {{joinYours: boolean, regroup: boolean}} options
 * @returns {OpenWindow["groups"]}
 */
export function openGroups(strip, own, { joinYours, regroup }) {
  return strip.groups.flatMap((group) => {
    const made = own.has(group);
    if (group.shared || (!made && !joinYours)) return [];
    const members = strip.tabs.filter((tab) => tab.groupId === group.id && isWebUrl(addressOf(tab)));
    return {
      id: group.id,
      name: group.title ?? "",
      color: group.color,
      category: made ? own.categoryOf(group.id) : null,
      own: made,
      // Tabs that are sorted again do not speak for the group that they are in.
      tabs: made && regroup ? [] : members.map(itemOf),
    };
  });
}

/** @param {StripTab} tab */
export function itemOf(tab) {
  return { id: tab.id, url: addressOf(tab), title: tab.title ?? "" };
}

/** @param {StripTab} tab */
export function addressOf(tab) {
  return tab.url || tab.pendingUrl || "";
}
