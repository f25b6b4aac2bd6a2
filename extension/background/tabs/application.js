/** Turns a plan that a person has agreed to into groups of the browser. */

import { problemOf } from "./problems.js";
import { reasonToLeave } from "./reading.js";
import { readStrips } from "./strip.js";
import { describeStrips } from "./undo_stack.js";

/**
 * @typedef {import("../../shared/tabs_api.js").ApplyOutcome} ApplyOutcome
 * @typedef {import("../../shared/tabs_api.js").PlannedGroup} PlannedGroup
 * @typedef {import("./strip.js").Strip} Strip
 * @typedef {import("./undo_stack.js").UndoEntry} UndoEntry
 *
 * @typedef {Object} Workshop what changing the strips takes
 * @property {import("./editing.js").TabEditor} editor
 * @property {import("./own_groups.js").OwnGroups} own
 * @property {import("./undo_stack.js").UndoStack} undo
 */

/**
 * Makes the groups, as far as their tabs are still as they were when the plan was made. How things
 * were is kept first, so that whatever happens can be taken back.
 *
 * @param {Workshop} workshop
 * @param {PlannedGroup[]} planned
 * @param {Object} options
 * @param {boolean} options.collapse fold the groups that are not in use
 * @param {(done: number, total: number) => void} [options.onProgress] is told how many tabs are done
 * @returns {Promise<{outcome: ApplyOutcome, entry: UndoEntry}>}
 */
export async function applyGroups({ editor, own, undo }, planned, { collapse, onProgress = () => {} }) {
  const total = planned.reduce((sum, group) => sum + group.tabIds.length, 0);
  const windowIds = [...new Set(planned.map((group) => group.windowId))];
  /** @type {UndoEntry} */
  const entry = {
    at: Date.now(),
    windows: describeStrips(await readStrips(windowIds), own),
    made: [],
    touched: [],
    groups: 0,
    tabs: 0,
    tokens: [],
  };
  await undo.push(entry);
  /** @type {ApplyOutcome} */
  const outcome = { groups: 0, tabs: 0, skipped: 0, learned: 0, unlearned: 0 };
  try {
    for (const group of planned) {
      await applyGroup(group);
      onProgress(outcome.tabs + outcome.skipped, total);
    }
    if (collapse) await fold();
  } catch (error) {
    outcome.problem = problemOf(error);
  }
  Object.assign(entry, { groups: outcome.groups, tabs: outcome.tabs });
  if (entry.made.length + entry.touched.length === 0) await undo.drop(entry);
  else await undo.trim();
  await own.settle();
  return { outcome, entry };

  /** @param {PlannedGroup} group */
  async function applyGroup({ windowId, name, color, tabIds, category, existingId }) {
    // Read anew each time: the person goes on using the strip meanwhile.
    const [strip] = await readStrips([windowId]);
    const free = strip ? tabIds.filter((id) => mayMove(strip, id)) : [];
    const target = strip?.groups.find((one) => one.id === existingId);
    const taken = target?.shared ? [] : free;
    outcome.skipped += tabIds.length - taken.length;
    if (taken.length === 0) return;
    // Written down with what follows: the worker may be stopped at any time.
    entry.groups += 1;
    entry.tabs += taken.length;
    if (!target || !(await join(target.id, taken))) {
      await editor.group(taken, { windowId }, async (groupId) => {
        entry.made.push(groupId);
        await Promise.all([undo.keep(), own.add(groupId, { title: name, category, windowId })]);
        await editor.updateGroup(groupId, { title: name, color });
      });
    }
    outcome.groups += 1;
    outcome.tabs += taken.length;
  }

  /**
   * @param {number} groupId
   * @param {number[]} tabIds
   * @returns {Promise<boolean>} false when the group was dissolved meanwhile
   */
  async function join(groupId, tabIds) {
    entry.touched.push(groupId);
    await undo.keep();
    try {
      await editor.group(tabIds, { groupId });
      return true;
    } catch (error) {
      const strips = await readStrips();
      if (strips.some(({ groups }) => groups.some((group) => group.id === groupId))) throw error;
      return false;
    }
  }

  /** @param {Strip} strip @param {number} tabId */
  function mayMove(strip, tabId) {
    const tab = strip.tabs.find((one) => one.id === tabId);
    return tab !== undefined && reasonToLeave(strip, tab, own, true) === null;
  }

  async function fold() {
    for (const strip of await readStrips(windowIds)) {
      // Folding the group in use would take the person elsewhere.
      const inUse = strip.tabs.find((tab) => tab.active)?.groupId;
      for (const group of strip.groups) {
        if (group.id === inUse || group.collapsed || !own.has(group)) continue;
        if (!entry.made.includes(group.id)) entry.touched.push(group.id);
        await editor.updateGroup(group.id, { collapsed: true });
      }
    }
  }
}
