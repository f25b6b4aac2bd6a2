/** From a person's choices to a proposal: the tabs are read, and groups are asked for window by window. */

import { TabCategorizer } from "../shared/categorizer.js";
import { MOST_TABS, wireTabs } from "../shared/categorizer_tabs.js";
import { readTabs } from "../shared/tabs_api.js";
import { Proposal } from "./proposal.js";

/** What the host takes of the name of a group that is open. */
const LONGEST_NAME = 200;
const categorizer = new TabCategorizer();

/**
 * @typedef {import("../shared/categorizer.js").GroupAnswer} GroupAnswer
 * @typedef {import("../shared/categorizer_state.js").Trouble} Trouble
 * @typedef {import("../shared/tabs_api.js").GroupParams} GroupParams
 * @typedef {import("../shared/tabs_api.js").OpenWindow} OpenWindow
 * @typedef {import("../shared/tabs_api.js").Untouched} Untouched
 *
 * @typedef {Object} Choice
 * @property {import("../shared/tabs_api.js").GroupBy} by
 * @property {import("../shared/tabs_api.js").Scope} scope
 * @property {number} maxGroups 0: no limit
 * @property {boolean} joinYours
 * @property {boolean} regroup
 *
 * @typedef {{name: "reading"} | {name: "asking" | "loading", tabs: number, step: number, steps: number}} Stage
 *
 * @typedef {Object} Asked
 * @property {Proposal | null} proposal null when there is too little to put into groups
 * @property {number} tabs that could have been
 * @property {Untouched} untouched
 * @property {Trouble | null} trouble why plain rules have answered instead of a model
 */

/**
 * @param {Choice} choice
 * @param {Object} options
 * @param {number} options.windowId the window of the page
 * @param {AbortSignal} options.signal takes it back
 * @param {(stage: Stage) => void} options.onStage
 * @returns {Promise<Asked>}
 */
export async function askForGroups(choice, { windowId, signal, onStage }) {
  onStage({ name: "reading" });
  const { scope, joinYours, regroup } = choice;
  const { windows, untouched } = await readTabs({ scope, windowId, joinYours, regroup });
  signal.throwIfAborted();
  const worthwhile = windows.filter((window) => window.tabs.length + window.groups.length > 1);
  const asked = worthwhile
    .filter((window) => window.tabs.length > 0)
    // The window in front comes first.
    .sort((a, b) => Number(b.id === windowId) - Number(a.id === windowId));
  const tabs = asked.reduce((sum, window) => sum + window.tabs.length, 0);
  if (asked.length === 0) {
    const found = windows.reduce((sum, window) => sum + window.tabs.length, 0);
    return { proposal: null, tabs: found, untouched, trouble: null };
  }
  /** @type {Array<{window: OpenWindow, reply: GroupAnswer}>} */
  const answers = [];
  for (const [index, window] of asked.entries()) {
    const told = { tabs, step: index + 1, steps: asked.length };
    onStage({ name: "asking", ...told });
    const onLoading = () => onStage({ name: "loading", ...told });
    const reply = await categorizer.groupTabs(paramsFor(window, choice), { signal, onLoading });
    answers.push({ window, reply });
  }
  const trouble = answers.find(({ reply }) => reply.fallback)?.reply.fallback ?? null;
  return { proposal: new Proposal(choice.by, answers), tabs, untouched, trouble };
}

/**
 * @param {OpenWindow} window
 * @param {Choice} choice
 * @returns {GroupParams}
 */
function paramsFor(window, { by, maxGroups }) {
  return {
    by,
    tabs: wireTabs(window.tabs.slice(0, MOST_TABS)),
    ...(maxGroups > 0 ? { max_groups: maxGroups } : {}),
    existing: window.groups.map(({ id, name, color, tabs }) => ({
      id,
      name: name.slice(0, LONGEST_NAME),
      color,
      tabs: wireTabs(tabs),
    })),
  };
}
