/** Notices of the tabs page: what went wrong, and what was learned. */

import { button, element } from "../shared/dom.js";

/**
 * @param {string} kind
 * @param {string} icon
 * @param {string[]} lines the first one is the title
 * @param {HTMLElement[]} [buttons]
 */
export function notice(kind, icon, [title = "", ...lines], buttons = []) {
  const body = [
    element("p", { class: "notice-title", text: title }),
    ...lines.map((text) => element("p", { text })),
  ];
  if (buttons.length > 0) body.push(element("div", { class: "button-row" }, buttons));
  return element("div", { class: `notice ${kind}`.trim(), attributes: { role: "group" } }, [
    element("span", { class: `icon icon-${icon}` }),
    element("div", { class: "notice-body" }, body),
  ]);
}

/**
 * @param {{message?: string, fix?: string}} problem
 * @param {{label: string, action: () => void} | null} [remedy]
 */
export function problemNotice({ message, fix }, remedy) {
  const lines = [message || "Something went wrong.", ...(fix ? [fix] : [])];
  return notice("trouble", "alert", lines, remedy ? [button(remedy.label, remedy.action)] : []);
}

/**
 * @param {import("../shared/tabs_api.js").Learned} learned
 * @param {{undo: () => void, close: () => void}} actions
 */
export function learnedNotice({ title, category, from }, { undo, close }) {
  return notice(
    "",
    "check",
    [`Learned: “${title}” belongs in ${category}.`, `It was in ${from} before.`],
    [button("Take it back", undo), button("Close", close, "quiet")],
  );
}

/** That no model has answered, and why. @param {import("../shared/categorizer_state.js").Trouble} trouble */
export function rulesNotice({ kind, reason, fix }) {
  const title = "Sorted by plain rules, without a model.";
  const what = "Known sites and words of titles decide, so less is recognized than usual.";
  // That there is no host stands on the page already, with the way out.
  const why = kind === "host_away" ? [] : [`${reason} ${fix ?? ""}`.trim()];
  return notice("paused", "info", [title, what, ...why]);
}
