/** Notices that stay on a page while something stands in the way: no host, a locked history, or a pause. */

import { pauseCapture, retryHost } from "./api.js";
import { browser } from "./browser.js";
import { shortDate } from "./dates.js";
import { button, element } from "./dom.js";
import { UNTIL_RESUMED } from "./setting_names.js";

/**
 * @typedef {import("./api.js").ExtensionState} ExtensionState
 */

/**
 * Keeps the notices in `box` in step with the state.
 *
 * @param {HTMLElement} box
 * @returns {(state: ExtensionState) => void}
 */
export function bannersIn(box) {
  let shown = "";
  return (state) => {
    // What says the same is left alone, so that a button under the finger does not vanish.
    const key = JSON.stringify([state.host.problem, state.locked, state.pausedUntil, state.captureEnabled]);
    if (key === shown) return;
    shown = key;
    const notices = [];
    if (state.host.problem) notices.push(troubleNotice(state.host.problem));
    if (state.locked) notices.push(lockedNotice());
    if (!state.captureEnabled) notices.push(disabledNotice());
    else if (state.pausedUntil !== 0) notices.push(pausedNotice(state.pausedUntil));
    box.replaceChildren(...notices);
  };
}

/**
 * The host cannot be reached: what that means, the command that mends it, and another try.
 *
 * @param {import("./api.js").HostProblem} problem
 */
export function troubleNotice(problem) {
  const retry = button("Retry", async () => {
    retry.disabled = true;
    await retryHost().catch(() => {});
    retry.disabled = false;
  });
  const body = [element("p", { class: "notice-title", text: problem.message })];
  if (problem.fix) body.push(element("p", { text: problem.fix }));
  if (problem.command) body.push(commandLine(problem.command));
  body.push(element("div", { class: "button-row" }, [retry]));
  return notice("trouble", "alert", body);
}

function lockedNotice() {
  const href = browser.runtime.getURL("options.html#encryption");
  const text =
    "It is encrypted, and its key is not at hand. Your visits are noted meanwhile, and go in once you unlock it.";
  return notice("trouble", "lock", [
    element("p", { class: "notice-title", text: "Your history is locked." }),
    element("p", { text }),
    element("div", { class: "button-row" }, [
      element("a", { class: "button", text: "Unlock", attributes: { href } }),
    ]),
  ]);
}

/** @param {number} until */
function pausedNotice(until) {
  const words = until === UNTIL_RESUMED ? "Paused until you resume it." : `Paused until ${shortDate(until)}.`;
  return notice("paused", "pause", [
    element("p", { class: "notice-title", text: words }),
    element("p", { text: "Nothing that you visit meanwhile is stored." }),
    element("div", { class: "button-row" }, [
      button("Resume", () => {
        pauseCapture(0).catch(() => {});
      }),
    ]),
  ]);
}

function disabledNotice() {
  return notice("paused", "pause", [
    element("p", { class: "notice-title", text: "Capturing is switched off in the settings." }),
  ]);
}

/**
 * A command to be typed in a terminal, with a button that copies it.
 *
 * @param {string} command
 */
export function commandLine(command) {
  const icon = element("span", { class: "icon icon-copy" });
  const copy = element(
    "button",
    {
      class: "icon-button",
      attributes: { type: "button", "aria-label": "Copy the command", title: "Copy" },
      onClick: async () => {
        await navigator.clipboard.writeText(command);
        icon.className = "icon icon-check";
        copy.setAttribute("aria-label", "Copied");
      },
    },
    [icon],
  );
  return element("div", { class: "command" }, [element("code", { text: command }), copy]);
}

/**
 * @param {string} kind
 * @param {string} icon
 * @param {HTMLElement[]} body
 */
function notice(kind, icon, body) {
  return element("div", { class: `notice ${kind}`, attributes: { role: "group" } }, [
    element("span", { class: `icon icon-${icon}` }),
    element("div", { class: "notice-body" }, body),
  ]);
}
