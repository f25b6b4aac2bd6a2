/** The set of models that fits this computer and its reader's languages, each with one button. */

import { cloneTemplate, element, part, show } from "../shared/dom.js";
import { KeyedList, write } from "../shared/keyed_list.js";
import { recommendModels } from "../shared/models_api.js";
import { byteText } from "../shared/sizes.js";
import { ROLE_NAMES, roleList, sentence } from "./model_words.js";

/**
 * @typedef {import("../shared/models_api.js").Model} Model
 * @typedef {import("../shared/models_api.js").Recommendation} Recommendation
 * @typedef {import("./model_view.js").ActionName} ActionName
 * @typedef {(name: ActionName, model: Model) => void} OnAction
 */

export class RecommendedList {
  /** @type {Recommendation[]} */
  #recommended = [];
  /** @type {(id: string) => Model | undefined} */
  #find = () => undefined;
  /** @type {KeyedList<Recommendation, RecommendedRow>} */
  #rows;
  #section;

  /**
   * @param {HTMLElement} section with the part `list`
   * @param {OnAction} onAction
   */
  constructor(section, onAction) {
    this.#section = section;
    this.#rows = new KeyedList(
      part(section, "list"),
      () => new RecommendedRow(onAction),
      (row, item) => row.update(item, this.#find(item.model.id) ?? item.model),
    );
  }

  /** Asks which they are; what is shown stays when that fails. */
  async refresh() {
    const { recommended } = await recommendModels(readerLanguages());
    this.#recommended = recommended;
  }

  /** @param {(id: string) => Model | undefined} find a model as it is now */
  draw(find) {
    this.#find = find;
    this.#rows.draw(this.#recommended, ({ role }) => role);
    show(this.#section, this.#recommended.length > 0);
  }
}

class RecommendedRow {
  element = cloneTemplate("recommended-template");
  /** @type {Model | undefined} */
  #model;
  /** @type {ActionName | null} */
  #action = null;
  #button;

  /** @param {OnAction} onAction */
  constructor(onAction) {
    // One button that changes with the model, so that whoever stands on it stays there.
    this.#button = element("button", {
      class: "button",
      attributes: { type: "button" },
      onClick: () => {
        if (this.#action && this.#model) onAction(this.#action, this.#model);
      },
    });
    part(this.element, "action").append(this.#button);
  }

  /** @param {Recommendation} item @param {Model} model */
  update({ role, reason }, model) {
    this.#model = model;
    const { action, label } = nextStep(role, model);
    this.#action = action;
    write(part(this.element, "role"), ROLE_NAMES[role]);
    write(part(this.element, "name"), model.name);
    write(part(this.element, "size"), byteText(model.size));
    write(part(this.element, "reason"), sentence(reason));
    write(this.#button, label);
    this.#button.setAttribute("aria-label", `${label}: ${model.name}, recommended for ${roleList([role])}`);
    this.#button.setAttribute("aria-disabled", String(action === null));
    this.#button.classList.toggle("primary", action === "download");
  }
}

/**
 * @param {import("../shared/models_api.js").Role} role
 * @param {Model} model
 * @returns {{action: ActionName | null, label: string}}
 */
function nextStep(role, model) {
  if (model.state === "downloading") return { action: null, label: "Downloading…" };
  if (model.state === "damaged") return { action: "repair", label: "Repair" };
  if (!model.installed) return { action: "download", label: "Download" };
  if (model.roles.includes(role)) return { action: null, label: "In use" };
  return { action: `use-${role}`, label: `Use for ${roleList([role])}` };
}

/** The languages that the browser's user reads, without their countries. */
function readerLanguages() {
  const codes = (globalThis.navigator?.languages ?? []).map((tag) => tag.split("-")[0].toLowerCase());
  return [...new Set(codes)].filter((code) => /^[a-z]{2,3}$/.test(code)).slice(0, 30);
}
