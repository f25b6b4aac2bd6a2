/** What is said about models: their types, sizes, languages, progress and changes. Pure. */

import { byteText, spanText } from "../shared/sizes.js";

/**
 * @typedef {import("../shared/models_api.js").Model} Model
 * @typedef {import("../shared/models_api.js").Role} Role
 * @typedef {import("../shared/models_api.js").ModelType} ModelType
 * @typedef {import("../shared/models_api.js").Machine} Machine
 */

/** @type {Role[]} */
export const ROLES = ["search", "rerank", "chat", "categories"];
/** @type {Record<Role, string>} */
export const ROLE_NAMES = {
  search: "Search",
  rerank: "Reranking",
  chat: "Chat",
  categories: "Categories",
};
/** @type {Record<Role, ModelType[]>} */
const ROLE_TYPES = {
  search: ["embedding"],
  rerank: ["reranker"],
  chat: ["instruction"],
  categories: ["embedding", "nli", "instruction"],
};
/** @type {Record<string, string>} */
const DEVICES = { cpu: "the processor", cuda: "the graphics card", metal: "the Mac's GPU" };
const MANY_LANGUAGES = "mul";
const MOST_NAMED = 3;

/** Whether a model can do a job. @param {Model} model @param {Role} role */
export function canDo({ type, only_for: trained = [] }, role) {
  return ROLE_TYPES[role].includes(type) && (trained.length === 0 || trained.includes(role));
}

/** The jobs in a sentence: "search and categories". @param {Role[]} roles */
export function roleList(roles) {
  const names = roles.map((role) => ROLE_NAMES[role].toLowerCase());
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}

/** What a model is, in a line. @param {Model} model @returns {string[]} */
export function modelFacts(model) {
  const held = model.resident
    ? `${byteText(model.resident)} of memory in use`
    : `about ${byteText(model.memory)} of memory`;
  const facts = [
    `For ${roleList(ROLES.filter((role) => canDo(model, role)))}`,
    model.installed ? `${byteText(model.size)} on the disk` : `${byteText(model.size)} to download`,
    held,
    languageText(model.languages),
    model.licence,
  ];
  if (model.state === "ready" && model.device) facts.splice(3, 0, `on ${deviceText(model)}`);
  return facts.filter(Boolean);
}

/** @param {Model} model */
function deviceText({ device, layers, layers_on_device: onDevice }) {
  const name = DEVICES[device ?? ""] ?? device;
  if (!layers || !onDevice || device === "cpu") return name;
  return `${name} (${onDevice} of ${layers} layers)`;
}

/** A few languages by name, many by number. @param {string[]} codes */
export function languageText(codes) {
  if (codes.includes(MANY_LANGUAGES)) return "Many languages";
  return codes.length > MOST_NAMED ? `${codes.length} languages` : languageNames(codes);
}

/** Every language by its name. @param {string[]} codes */
export function languageNames(codes) {
  const names = new Intl.DisplayNames("en", { type: "language" });
  return codes.map((code) => (code === MANY_LANGUAGES ? "Many languages" : names.of(code))).join(", ");
}

/** How far a download is. @param {import("../shared/models_api.js").Transfer | null} [transfer] */
export function transferText(transfer) {
  if (!transfer) return "Starting…";
  const { done, total, rate, remaining_s: left, note } = transfer;
  const parts = [total > 0 ? `${byteText(done)} of ${byteText(total)}` : byteText(done)];
  if (note) parts.push(note);
  else if (rate) parts.push(`${byteText(rate)}/s`);
  if (!note && left !== null && left !== undefined) parts.push(`${spanText(left)} left`);
  return parts.join(" · ");
}

/**
 * This machine, as name and value.
 *
 * @param {Machine} machine
 * @returns {Array<[string, string]>}
 */
export function machineFacts({ memory, memory_free, disk_free, cores, accelerator }) {
  return [
    ["Memory", byteText(memory)],
    ["Free memory", byteText(memory_free)],
    ["Free disk space", byteText(disk_free)],
    ["Processor cores", String(cores)],
    ["Accelerator", accelerator ? ({ cuda: "CUDA", metal: "Metal" }[accelerator] ?? accelerator) : "None"],
  ];
}

/**
 * What to read out when a model has become something else; "" when it can be passed over.
 *
 * @param {Model} before
 * @param {Model} after
 */
export function changeText(before, after) {
  const name = after.name;
  if (after.installed && (!before.installed || before.state === "downloading")) {
    return after.state === "downloading" ? "" : `${name} is installed.`;
  }
  if (before.state === "downloading" && after.state !== "downloading") {
    return `The download of ${name} has stopped. What came is kept.`;
  }
  if (before.state === after.state) return "";
  if (after.state === "ready") return `${name} is in memory.`;
  if (after.state === "failed") return `${name} could not be loaded.`;
  if (after.state === "installed" && before.state === "ready") return `${name} was taken out of memory.`;
  return "";
}

/** A reason as a sentence of its own. @param {string} text */
export function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
