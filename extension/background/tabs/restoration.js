/** Brings strips back to how they were, with what a person has done since left as it is. */

import { browser } from "../../shared/browser.js";
import { problemOf } from "./problems.js";
import { NO_GROUP, readStrips } from "./strip.js";
import { desiredOrder, orderStrip } from "./strip_order.js";

/**
 * @typedef {import("../../shared/tabs_api.js").UndoOutcome} UndoOutcome
 * @typedef {import("./application.js").Workshop} Workshop
 * @typedef {import("./strip.js").Strip} Strip
 * @typedef {import("./undo_stack.js").UndoEntry} UndoEntry
 * @typedef {import("./undo_stack.js").WindowBefore} WindowBefore
 * @typedef {import("./undo_stack.js").TabBefore} TabBefore
 */

/** Moving tabs may take them out of their group; what is left over is mended in another round. */
const MOST_ROUNDS = 3;

/**
 * Takes one organizing back. When it fails half-way the entry stays, so that it can be tried again.
 *
 * @param {Workshop} workshop
 * @param {UndoEntry} entry
 * @returns {Promise<UndoOutcome>}
 */
export async function restoreStrips(workshop, entry) {
  const { undo, own } = workshop;
  const everywhere = new Set((await browser.tabs.query({})).map((tab) => tab.id));
  /** @type {UndoOutcome} */
  const outcome = { tabs: 0, closed: 0, moved: 0, opened: 0 };
  try {
    for (const before of entry.windows) {
      const counts = await restoreWindow(workshop, entry, before);
      outcome.tabs += counts.tabs;
      outcome.opened += counts.opened;
      for (const id of counts.elsewhere) outcome[everywhere.has(id) ? "moved" : "closed"] += 1;
    }
    await undo.drop(entry);
  } catch (error) {
    outcome.problem = problemOf(error);
    await undo.keep();
  }
  await own.settle();
  return outcome;
}

/**
 * @param {Workshop} workshop
 * @param {UndoEntry} entry
 * @param {WindowBefore} before
 * @returns {Promise<{tabs: number, opened: number, elsewhere: number[]}>} `elsewhere`: tabs that are not put back
 */
async function restoreWindow(workshop, entry, before) {
  const movable = before.tabs.filter((tab) => !tab.pinned);
  for (let round = 0; ; round++) {
    const [strip] = await readStrips([before.id]);
    if (!strip) return { tabs: 0, opened: 0, elsewhere: movable.map((tab) => tab.id) };
    const back = movable.filter((tab) => isOurs(strip, tab, entry, before));
    const settled = await restoreMembers(workshop, entry, before, strip, back);
    const ordered = await orderBack(workshop, before, back);
    if ((settled && ordered) || round >= MOST_ROUNDS) {
      await restoreFolding(workshop, entry, before);
      const known = new Set(before.tabs.map((tab) => tab.id));
      const put = new Set(back.map((tab) => tab.id));
      return {
        tabs: back.length,
        opened: strip.tabs.filter((tab) => !known.has(tab.id)).length,
        elsewhere: movable.flatMap((tab) => (put.has(tab.id) ? [] : [tab.id])),
      };
    }
  }
}

/**
 * Whether a tab is where the organizing left it, or where it was before; elsewhere a person has put it.
 *
 * @param {Strip} strip
 * @param {TabBefore} tab
 * @param {UndoEntry} entry
 * @param {WindowBefore} before
 */
function isOurs(strip, { id }, entry, before) {
  const now = strip.tabs.find((tab) => tab.id === id);
  if (!now || now.pinned) return false;
  const known = [NO_GROUP, ...entry.made, ...before.groups.map((group) => group.id)];
  return known.includes(now.groupId);
}

/**
 * Puts tabs back into their groups and out of those that were made.
 *
 * @param {Workshop} workshop
 * @param {UndoEntry} entry
 * @param {WindowBefore} before
 * @param {Strip} strip
 * @param {TabBefore[]} back
 * @returns {Promise<boolean>} whether there was nothing to do
 */
async function restoreMembers({ editor, own, undo }, entry, before, strip, back) {
  const now = new Map(strip.tabs.map((tab) => [tab.id, tab.groupId]));
  const misplaced = back.filter((tab) => now.get(tab.id) !== tab.groupId);
  const known = new Set(before.tabs.map((tab) => tab.id));
  // A tab that was opened inside a group that goes away is left without one.
  const orphans = strip.tabs.filter((tab) => !known.has(tab.id) && entry.made.includes(tab.groupId));
  const loose = new Set(
    [...misplaced.filter((tab) => tab.groupId === NO_GROUP), ...orphans].map(({ id }) => id),
  );
  // A tab that leaves a group goes behind it: from the last to the first they keep their order.
  const leaving = strip.tabs.map((tab) => tab.id).filter((id) => loose.has(id));
  await editor.ungroup(leaving.reverse());
  for (const group of before.groups) {
    const members = misplaced.filter((tab) => tab.groupId === group.id).map((tab) => tab.id);
    if (members.length === 0) continue;
    // Looked up anew: taking tabs out of a group may have ended it.
    const open = await browser.tabGroups.query({ windowId: before.id });
    if (open.some((one) => one.id === group.id)) {
      await editor.group(members, { groupId: group.id });
      continue;
    }
    const { title, color, category } = group;
    const former = group.id;
    await editor.group(members, { windowId: before.id }, async (groupId) => {
      undo.renumber(former, groupId);
      if (group.own) await own.add(groupId, { title, category, windowId: before.id });
      await editor.updateGroup(groupId, { title, color });
      entry.touched.push(groupId);
      await undo.keep();
    });
  }
  return misplaced.length + orphans.length === 0;
}

/**
 * @param {Workshop} workshop
 * @param {WindowBefore} before
 * @param {TabBefore[]} back
 * @returns {Promise<boolean>} whether everything was in order already
 */
async function orderBack({ editor }, before, back) {
  const [strip] = await readStrips([before.id]);
  return strip ? orderStrip(editor, strip, desiredOrder(strip, back)) : true;
}

/**
 * Folds and unfolds the groups that the organizing has touched.
 *
 * @param {Workshop} workshop
 * @param {UndoEntry} entry
 * @param {WindowBefore} before
 */
async function restoreFolding({ editor }, entry, before) {
  const [strip] = await readStrips([before.id]);
  const inUse = strip?.tabs.find((tab) => tab.active)?.groupId;
  for (const group of before.groups) {
    const open = strip?.groups.find((one) => one.id === group.id);
    if (!open || open.collapsed === group.collapsed || !entry.touched.includes(group.id)) continue;
    if (group.collapsed && group.id === inUse) continue;
    await editor.updateGroup(group.id, { collapsed: group.collapsed });
  }
}
