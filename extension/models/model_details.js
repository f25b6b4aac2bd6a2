/** What else is known of a model; asked for when somebody opens it. */

import { longDate } from "../shared/dates.js";
import { element, part } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { modelInfo } from "../shared/models_api.js";
import { languageNames } from "./model_words.js";

/**
 * @typedef {import("../shared/models_api.js").Model} Model
 * @typedef {import("../shared/models_api.js").ModelInfo} ModelInfo
 */

export class ModelDetails {
  #box;
  #shown = "";
  /** @type {Model | undefined} */
  #model;

  /** @param {HTMLElement} box a `<details>` */
  constructor(box) {
    this.#box = /** @type {HTMLDetailsElement} */ (box);
    this.#box.addEventListener("toggle", () => this.#refresh());
  }

  /** @param {Model} model */
  update(model) {
    this.#model = model;
    part(this.#box, "summary").setAttribute("aria-label", `Details of ${model.name}`);
    this.#refresh();
  }

  async #refresh() {
    const model = this.#model;
    if (!model || !this.#box.open) return;
    // What is known changes only when it is fetched, mended or removed.
    const key = JSON.stringify([model.installed, model.size]);
    if (key === this.#shown) return;
    this.#shown = key;
    write(part(this.#box, "details-problem"), "");
    try {
      this.#draw(await modelInfo(model.id));
    } catch (error) {
      this.#shown = "";
      write(part(this.#box, "details-problem"), /** @type {Error} */ (error).message);
    }
  }

  /** @param {ModelInfo} info */
  #draw(info) {
    const rows = detailRows(info).flatMap(([name, value]) => [
      element("dt", { text: name }),
      element("dd", { text: value }),
    ]);
    part(this.#box, "rows").replaceChildren(...rows);
  }
}

/**
 * @param {ModelInfo} info
 * @returns {Array<[string, string]>}
 */
function detailRows({ model, files, sources, folder, installed_at: installedAt, revision, quantisation }) {
  const count = (/** @type {number} */ value) => new Intl.NumberFormat().format(value);
  /** @type {Array<[string, string | null | undefined]>} */
  const rows = [
    ["Name in commands", model.id],
    ["Format", model.format],
    ["Longest input", `${count(model.context)} tokens`],
    ["Dimensions", model.dimensions ? count(model.dimensions) : null],
    ["Languages", languageNames(model.languages)],
    ["Comes from", sources.join("; ")],
    ["Revision", revision],
    ["Files", String(files.length)],
    ["Lies in", folder],
    ["Installed", installedAt ? longDate(installedAt) : null],
    ["Kept as", quantisation?.kept ? String(quantisation.kept) : null],
  ];
  return /** @type {Array<[string, string]>} */ (rows.filter(([, value]) => value));
}
