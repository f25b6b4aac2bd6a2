/** The models that are installed or in memory, with what they hold, and the program itself. */

import { countText, longDate } from "../shared/dates.js";
import { element, part } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { byteText } from "../shared/sizes.js";

/**
 * @typedef {import("../shared/models_api.js").Model} Model
 * @typedef {import("../shared/models_api.js").ModelList} ModelList
 * @typedef {import("../shared/insight_api.js").DaemonStatus} DaemonStatus
 */

/** @type {Record<string, string>} */
const STATES = {
  ready: "In memory",
  loading: "Loading",
  installed: "Not in memory",
  damaged: "Damaged",
  failed: "Failed",
};
/** @type {Record<string, string>} */
const TONES = { ready: "good", loading: "busy", damaged: "bad", failed: "bad" };

/**
 * @param {HTMLElement} card
 * @param {ModelList} list
 * @param {DaemonStatus} daemon
 */
export function drawLoadedModels(card, { models }, daemon) {
  const shown = models.filter(({ installed, state }) => installed || state in TONES);
  part(card, "list").replaceChildren(...shown.map(modelRow));
  write(part(card, "none"), shown.length === 0 ? "No model is installed. Search goes by words alone." : "");
  const connections =
    daemon.connections === 1 ? "1 connection" : `${countText(daemon.connections)} connections`;
  write(
    part(card, "daemon"),
    `The program (version ${daemon.version}, process ${daemon.pid}) holds ${byteText(daemon.memory_bytes)} of ` +
      `memory and ${connections}. It began ${longDate(daemon.started_at)}.`,
  );
}

/** @param {Model} model */
function modelRow(model) {
  const state = element("span", { class: "tag", text: STATES[model.state] ?? model.state });
  if (TONES[model.state]) state.dataset.tone = TONES[model.state];
  const memory = model.resident ? byteText(model.resident) : `needs about ${byteText(model.memory)}`;
  const facts = [memory, model.device ?? "", model.roles.length > 0 ? `for ${model.roles.join(", ")}` : ""];
  return element("li", { class: "loaded-model" }, [
    element("span", { class: "loaded-name", text: model.name }),
    state,
    element("p", { class: "faint", text: facts.filter(Boolean).join(" · ") }),
    ...(model.reason ? [element("p", { class: "soft", text: model.reason })] : []),
  ]);
}
