/** What the toolbar button says at a glance: nothing, paused, or in need of a look. */

import { browser } from "../shared/browser.js";

const PLAIN = { text: "", title: "AI History" };
const PAUSED = { text: "off", title: "AI History is paused", color: "#5b6472" };
const TROUBLE = { text: "!", color: "#b3261e" };

/**
 * @typedef {import("../shared/api.js").ExtensionState} ExtensionState
 */

/**
 * The badge that fits the state; trouble outranks a pause.
 *
 * @param {ExtensionState} state
 * @returns {{text: string, title: string, color?: string}}
 */
export function badgeFor(state) {
  if (state.host.name === "down") {
    return { ...TROUBLE, title: `AI History: ${state.host.problem?.message ?? "not connected"}` };
  }
  if (state.locked) return { ...TROUBLE, title: "AI History is locked" };
  if (!state.captureEnabled || state.pausedUntil !== 0) return PAUSED;
  return PLAIN;
}

/** @param {ExtensionState} state */
export async function updateBadge(state) {
  const { text, title, color } = badgeFor(state);
  await browser.action.setBadgeText({ text });
  await browser.action.setTitle({ title });
  if (color) await browser.action.setBadgeBackgroundColor({ color });
}
