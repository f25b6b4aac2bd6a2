/** What went wrong, in words, with what to do about it. */

import { browser } from "../shared/browser.js";
import { button, element, show } from "../shared/dom.js";

/**
 * @typedef {{kind?: string, message?: string, fix?: string, name?: string}} Problem
 */

const LOCKED = "database_locked";
const UNKNOWN_METHOD = "method_not_found";

/**
 * The problem as sentences.
 *
 * @param {Problem} problem
 * @returns {string}
 */
export function problemText({ kind, message = "Something went wrong.", fix }) {
  if (kind === "host_away") return "The AI History program is not connected. The notice above says why.";
  if (kind === UNKNOWN_METHOD) return "The AI History program on this computer is older than this page.";
  if (kind === LOCKED && !fix) return `${message} Unlock it in the settings.`;
  return fix ? `${message} ${fix}` : message;
}

/** Whether a person took it back. @param {unknown} error */
export function isCancelled(error) {
  const { name, kind } = /** @type {Problem} */ (error);
  return name === "AbortError" || kind === "cancelled";
}

/**
 * Shows a problem in a box, or takes it away.
 *
 * @param {HTMLElement} box
 * @param {unknown} error null when all is well
 * @param {() => void} [again] tries it once more
 */
export function drawProblem(box, error, again) {
  show(box, error !== null);
  if (error === null) return box.replaceChildren();
  const problem = /** @type {Problem} */ (error);
  const actions = [];
  if (problem.kind === LOCKED) actions.push(settingsLink());
  if (again && problem.kind !== "host_away") actions.push(button("Try again", again));
  const row = actions.length > 0 ? [element("div", { class: "button-row" }, actions)] : [];
  box.replaceChildren(element("p", { text: problemText(problem) }), ...row);
}

function settingsLink() {
  const href = browser.runtime.getURL("options.html#encryption");
  return element("a", { class: "button", text: "Unlock in the settings", attributes: { href } });
}
