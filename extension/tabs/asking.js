/** From a person's choices to a proposal: the tabs are read, and the host is asked window by window. */

import { groupTabs, MODEL_WAIT_MS, readTabs } from "../shared/tabs_api.js";
import { Proposal } from "./proposal.js";

/** The host takes no more in one request. */
const MOST_TABS = 2000;
const LONGEST_TITLE = 2000;
/** How often a model that is loading is waited for before that is called a failure. */
const MOST_WAITS = 6;

/**
 * @typedef {import("../shared/tabs_api.js").GroupReply} GroupReply
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
 *
 * @typedef {(params: GroupParams, options: {signal: AbortSignal}) => Promise<GroupReply>} AskGroups
 */

/**
 * @param {Choice} choice
 * @param {Object} options
 * @param {number} options.windowId the window of the page
 * @param {AbortSignal} options.signal takes it back
 * @param {(stage: Stage) => void} options.onStage
 * @param {AskGroups} [options.ask] who proposes the groups
 * @returns {Promise<Asked>}
 */
export async function askForGroups(choice, { windowId, signal, onStage, ask = groupTabs }) {
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
    return { proposal: null, tabs: found, untouched };
  }
  const answers = [];
  for (const [index, window] of asked.entries()) {
    const told = { tabs, step: index + 1, steps: asked.length };
    onStage({ name: "asking", ...told });
    const onLoading = () => onStage({ name: "loading", ...told });
    const reply = await askPatiently(paramsFor(window, choice), { signal, ask, onLoading });
    answers.push({ window, reply });
  }
  return { proposal: new Proposal(choice.by, answers), tabs, untouched };
}

/**
 * @param {OpenWindow} window
 * @param {Choice} choice
 * @returns {GroupParams}
 */
function paramsFor(window, { by, maxGroups }) {
  return {
    by,
    tabs: window.tabs.slice(0, MOST_TABS).map(shorten),
    ...(maxGroups > 0 ? { max_groups: maxGroups } : {}),
    existing: window.groups.map(({ id, name, color, tabs }) => ({
      id,
      name: name.slice(0, 200),
      color,
      tabs: tabs.map(shorten),
    })),
  };
}

/** @param {import("../shared/tabs_api.js").TabItem} tab */
function shorten({ id, url, title }) {
  return { id, url, title: title.slice(0, LONGEST_TITLE) };
}

/**
 * Asks, and asks again for as long as a model is on its way.
 *
 * @param {GroupParams} params
 * @param {{signal: AbortSignal, ask: AskGroups, onLoading: () => void}} options
 * @returns {Promise<GroupReply>}
 */
async function askPatiently(params, { signal, ask, onLoading }) {
  for (let waits = 0; ; waits++) {
    try {
      return await ask(waits === 0 ? params : { ...params, wait_ms: MODEL_WAIT_MS }, { signal });
    } catch (error) {
      const loading = /** @type {{kind?: string}} */ (error).kind === "model_loading";
      if (!loading || waits === MOST_WAITS) throw error;
      onLoading();
    }
  }
}
