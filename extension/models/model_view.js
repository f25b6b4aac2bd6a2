/** What a model's card shows, for each situation. Pure: it decides, the card draws. */

import { canDo, ROLES, roleList, sentence, transferText } from "./model_words.js";

/**
 * @typedef {import("../shared/models_api.js").Model} Model
 * @typedef {import("../shared/models_api.js").Role} Role
 *
 * @typedef {"download" | "cancel" | "repair" | "load" | "stop" | "unload" | "verify" | "remove"
 *   | `use-${Role}`} ActionName
 *
 * @typedef {{message: string, fix?: string | null, command?: string, inUse?: boolean}} Problem
 *
 * @typedef {Object} ModelSituation
 * @property {Model} model
 * @property {string} [pending] what is being done about it now, in a word
 * @property {Problem} [problem] what an action met
 *
 * @typedef {Object} ModelView
 * @property {string} state in a word or two
 * @property {"" | "good" | "busy" | "warn" | "bad"} tone
 * @property {{label: string, share: number | null, text: string} | null} progress
 * @property {Array<{name: ActionName, label: string, spoken: string}>} actions `spoken` is unique on the page
 * @property {Problem | null} notice
 * @property {boolean} alert whether the notice has just come up
 */

/** @type {Record<import("../shared/models_api.js").ModelState, [string, ModelView["tone"]]>} */
const STATES = {
  available: ["Not installed", ""],
  downloading: ["Downloading", "busy"],
  installed: ["Installed", "good"],
  damaged: ["Damaged", "bad"],
  loading: ["Loading", "busy"],
  ready: ["In memory", "good"],
  failed: ["Not working", "bad"],
};

/** @param {ModelSituation} situation @returns {ModelView} */
export function viewModel({ model, pending, problem }) {
  const [name, tone] = STATES[model.state];
  const misfit = model.state === "available" && !model.fits;
  const notice = problem ?? lastingNotice(model);
  return {
    state: pending ?? (misfit ? "Does not fit" : name),
    tone: pending ? "busy" : misfit ? "warn" : tone,
    progress: progressOf(model),
    actions: actionsOf(model),
    notice,
    alert: problem !== undefined,
  };
}

/** Whether removing it takes something away from the product. @param {Model} model */
export function isInUse({ roles, state }) {
  return roles.length > 0 || state === "ready" || state === "loading";
}

/** What to ask before a model is removed. @param {Model} model @param {string} size as words */
export function removalQuestion(model, size) {
  const { name, roles, added } = model;
  const back = added ? "" : " It can be downloaded again.";
  if (roles.length > 0) {
    return (
      `${name} is used for ${roleList(roles)}. Without it, another installed model takes over, ` +
      `or that part does without one. Removing it frees ${size}.${back}`
    );
  }
  if (isInUse(model)) return `${name} is in memory and may be at work. Removing it frees ${size}.${back}`;
  return `Remove ${name} from this computer? This frees ${size}.${back}`;
}

/** @param {Model} model @returns {Problem | null} */
function lastingNotice(model) {
  const { state, reason, fix } = model;
  if (state === "failed") return { message: sentence(reason ?? "It could not be loaded"), fix };
  if (state === "damaged") {
    const message = sentence(reason ?? "Files are missing or damaged");
    return { message, fix: "Repair downloads what is damaged again." };
  }
  if (state === "available" && !model.fits)
    return { message: sentence(reason ?? "It does not fit this computer") };
  if (state === "available" && model.remote_code) {
    return {
      message: `It comes with program code of ${model.remote_code}, which is never allowed from a browser.`,
      fix: "Read that code. If you trust it, download the model in a terminal:",
      command: `classify model download ${model.id} --allow-remote-code ${model.remote_code}`,
    };
  }
  if (state === "available" && model.gated) {
    return {
      message: `The licence of ${model.gated} holds for it.`,
      fix: "Accept that licence on the page of that model before you use this one.",
    };
  }
  return null;
}

/** @param {Model} model @returns {ModelView["progress"]} */
function progressOf({ name, state, transfer, loading }) {
  if (state === "downloading") {
    const share = transfer && transfer.total > 0 ? Math.min(1, transfer.done / transfer.total) : null;
    return { label: `Download of ${name}`, share, text: transferText(transfer) };
  }
  if (state === "loading")
    return { label: `Loading of ${name}`, share: loading ?? null, text: "Into memory" };
  return null;
}

/** @param {Model} model @returns {ModelView["actions"]} */
function actionsOf(model) {
  const { name, state } = model;
  /** @type {(action: ActionName, label: string, spoken?: string) => ModelView["actions"][number]} */
  const action = (action, label, spoken = `${label} ${name}`) => ({ name: action, label, spoken });
  const remove = action("remove", "Remove");
  const verify = action("verify", "Check files", `Check files of ${name}`);
  switch (state) {
    case "available":
      return model.remote_code ? [] : [action("download", "Download")];
    case "downloading":
      return [action("cancel", "Cancel", `Cancel download of ${name}`)];
    case "damaged":
      return [action("repair", "Repair"), remove];
    case "loading":
      return [action("stop", "Stop loading")];
    case "failed":
      return [action("load", "Try again", `Try again to load ${name}`), verify, remove];
    case "ready":
      return [action("unload", "Unload"), ...uses(model), verify, remove];
    default:
      return [...uses(model), action("load", "Load"), verify, remove];
  }
}

/** @param {Model} model @returns {ModelView["actions"]} */
function uses(model) {
  return ROLES.filter((role) => canDo(model, role) && !model.roles.includes(role)).map((role) => ({
    name: /** @type {ActionName} */ (`use-${role}`),
    label: `Use for ${roleList([role])}`,
    spoken: `Use for ${roleList([role])}: ${model.name}`,
  }));
}
