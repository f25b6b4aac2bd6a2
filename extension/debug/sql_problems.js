/** What went wrong with a statement, near the statement. */

import { element, show } from "../shared/dom.js";

/** @param {unknown} error @returns {string} what happened and what can be done about it */
export function problemText(error) {
  const { message, fix } = problemOf(error);
  return fix ? `${message} ${fix}` : message;
}

/** Whether a request was taken back by the page itself. @param {unknown} error */
export function wasCancelled(error) {
  const { name, kind } = /** @type {{name?: string, kind?: string}} */ (error ?? {});
  return name === "AbortError" || kind === "cancelled";
}

/** What the host answers only when it has kept nothing of a change; whatever else may come after it was kept. */
const REFUSALS = new Set(
  (
    "invalid_input invalid_params method_not_found not_found not_ready forbidden timeout cancelled disk_full " +
    "database_locked model_unavailable model_loading worker_died"
  ).split(" "),
);

/** Whether a change that ended so was surely not kept. @param {unknown} error */
export function isRefusal(error) {
  return REFUSALS.has(problemOf(error).kind ?? "");
}

/** @param {HTMLElement} box @param {unknown} error null when all is well */
export function drawProblem(box, error) {
  show(box, error !== null);
  if (error === null) return box.replaceChildren();
  const { message, fix } = problemOf(error);
  const lines = [element("p", { class: "notice-title", text: message })];
  if (fix) lines.push(element("p", { text: fix }));
  box.replaceChildren(
    element("span", { class: "icon icon-alert" }),
    element("div", { class: "notice-body" }, lines),
  );
}

/** @param {unknown} error @returns {{message: string, fix?: string, kind?: string}} */
function problemOf(error) {
  const { message, fix, kind } = /** @type {{message?: string, fix?: string, kind?: string}} */ (error ?? {});
  if (kind === "host_away") {
    return {
      message: "The AI History program is not connected.",
      fix: "The notice at the top of the page says why.",
      kind,
    };
  }
  if (kind === "method_not_found") {
    return {
      message:
        "The AI History program on this computer is older than this extension and has no SQL explorer.",
      fix: "Bring it up to date.",
      kind,
    };
  }
  return { message: message || "Something went wrong.", fix, kind };
}
