/**
 * What the tabs page can ask for, one function a method.
 *
 * @typedef {"category" | "topic"} GroupBy
 * @typedef {"window" | "all" | "selected"} Scope
 * @typedef {"grey" | "blue" | "red" | "yellow" | "green" | "pink" | "purple" | "cyan" | "orange"} Colour
 *
 * @typedef {{id: number, url: string, title: string}} TabItem
 *
 * @typedef {Object} CategorizedTab
 * @property {number} id
 * @property {string | null} category null: none of them is likely enough
 * @property {number} confidence 0 to 1
 * @property {Array<{category: string, confidence: number}>} alternatives
 * @property {string} reason
 *
 * @typedef {Object} GroupItem
 * @property {string} name
 * @property {Colour} color
 * @property {number[]} tab_ids
 * @property {string} reason
 * @property {string | null} [category] name of the category that it stands for
 * @property {number | null} [existing_id] the open group that takes these tabs in
 *
 * @typedef {Object} GroupReply
 * @property {GroupItem[]} groups
 * @property {number[]} ungrouped
 * @property {CategorizedTab[]} tabs
 * @property {string} engine
 * @property {string} model
 * @property {number} took_ms
 *
 * @typedef {Object} CategorizeReply
 * @property {CategorizedTab[]} tabs
 * @property {string} engine
 * @property {string} model
 * @property {number} took_ms
 *
 * @typedef {Object} GroupParams
 * @property {TabItem[]} tabs
 * @property {GroupBy} by
 * @property {number} [max_groups]
 * @property {Array<{id: number, name: string, color: Colour, tabs: TabItem[]}>} [existing]
 * @property {number} [wait_ms] how long to wait for a model that is still loading
 *
 * @typedef {Object} OpenGroup a group that is open and may take tabs in
 * @property {number} id
 * @property {string} name
 * @property {Colour} color
 * @property {string | null} category that it stands for
 * @property {boolean} own whether the extension made it
 * @property {TabItem[]} tabs
 *
 * @typedef {Object} OpenWindow
 * @property {number} id
 * @property {TabItem[]} tabs that may be put into groups, in their order
 * @property {OpenGroup[]} groups
 *
 * @typedef {Object} Untouched how many tabs are left where they are, and why
 * @property {number} pinned
 * @property {number} shared in a group that is shared with others
 * @property {number} yours in a group that a person made
 * @property {number} made in a group that the extension made
 * @property {number} internal pages of the browser, which say nothing about a subject
 *
 * @typedef {{windows: OpenWindow[], untouched: Untouched}} TabsReading
 *
 * @typedef {{scope: Scope, windowId?: number, joinYours?: boolean, regroup?: boolean}} ReadParams
 *
 * @typedef {Object} PlannedGroup
 * @property {number} windowId
 * @property {string} name
 * @property {Colour} color
 * @property {number[]} tabIds
 * @property {string | null} category
 * @property {number | null} existingId
 *
 * @typedef {{url: string, title: string, category: string | null, from?: string}} TabCorrection
 *
 * @typedef {{groups: PlannedGroup[], corrections: TabCorrection[]}} TabPlan
 *
 * @typedef {{message: string, fix?: string}} TabProblem
 *
 * @typedef {Object} ApplyOutcome
 * @property {number} groups that took tabs in
 * @property {number} tabs that were put into them
 * @property {number} skipped tabs that were closed, pinned, moved or grouped meanwhile
 * @property {number} learned corrections
 * @property {number} unlearned corrections of tabs of which nothing may be kept
 * @property {TabProblem} [problem] why it ended early
 *
 * @typedef {Object} UndoOutcome
 * @property {number} tabs that are where they were
 * @property {number} closed tabs that were closed since
 * @property {number} moved tabs that a person has put elsewhere since
 * @property {number} opened tabs that were opened since
 * @property {TabProblem} [problem]
 *
 * @typedef {{at: number, groups: number, tabs: number}} UndoStep
 *
 * @typedef {{undo: UndoStep | null}} TabsState
 *
 * @typedef {{token: string, title: string, category: string, from: string}} Learned
 */

import { request } from "./channel.js";

/** How long a model that is still loading is waited for in one request. */
export const MODEL_WAIT_MS = 30_000;

/**
 * The tabs that are open, as far as they may be touched.
 *
 * @param {ReadParams} params
 * @returns {Promise<TabsReading>}
 */
export function readTabs(params) {
  return request("extension.tabs.read", params);
}

/** @param {TabPlan} plan @returns {Promise<ApplyOutcome>} */
export function applyPlan(plan) {
  return request("extension.tabs.apply", plan, { once: true });
}

/** Takes back what was applied last. @returns {Promise<UndoOutcome>} */
export function undoPlan() {
  return request("extension.tabs.undo", {}, { once: true });
}

/** @returns {Promise<TabsState>} */
export function tabsState() {
  return request("extension.tabs.state");
}

/**
 * Whether a key combination has asked this window to begin; it is told once.
 *
 * @param {number} windowId
 * @returns {Promise<{begin: boolean}>}
 */
export function takeBeginning(windowId) {
  return request("extension.tabs.begin", { windowId });
}

/** Takes corrections back. @param {string[]} tokens @returns {Promise<void>} */
export function unlearn(tokens) {
  return request("extension.tabs.unlearn", { tokens });
}
