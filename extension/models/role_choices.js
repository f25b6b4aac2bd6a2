/** The jobs, each with a choice of the models that can do it. */

import { countText } from "../shared/dates.js";
import { cloneTemplate, element, part, show } from "../shared/dom.js";
import { KeyedList, write } from "../shared/keyed_list.js";
import { canDo, ROLE_NAMES } from "./model_words.js";
import { drawProgress } from "./progress.js";

/**
 * @typedef {import("../shared/models_api.js").Model} Model
 * @typedef {import("../shared/models_api.js").Role} Role
 * @typedef {import("../shared/models_api.js").RoleChoice} RoleChoice
 * @typedef {{model: string, done: number, total: number}} Reindexing
 * @typedef {(role: Role, model: Model | null) => Promise<unknown>} OnChoose
 */

/** @type {Record<Role, string>} */
const ABOUT = {
  search:
    "Finds pages by meaning. After a change every page is read again in the background; search goes on with " +
    "the old index until that is done.",
  rerank: "Puts the first results into a better order, where reranking with a cross-encoder is switched on.",
  chat: "Writes the answers to your questions.",
  categories: "Sorts tabs and files into categories.",
};
/** A person who goes through the list by arrow keys has not chosen every model on the way. */
const SETTLE_MS = 500;

export class RoleChoices {
  /** @type {KeyedList<RoleChoice, RoleRow>} */
  #rows;
  /** @type {Model[]} */
  #models = [];
  /** @type {Reindexing | null} */
  #reindexing = null;

  /**
   * @param {HTMLElement} box
   * @param {OnChoose} onChoose
   */
  constructor(box, onChoose) {
    this.#rows = new KeyedList(
      box,
      ({ role }) => new RoleRow(role, onChoose),
      (row, choice) => row.update(choice, this.#models, this.#reindexing),
    );
  }

  /**
   * @param {RoleChoice[]} roles
   * @param {Model[]} models
   * @param {Reindexing | null} reindexing pages that are read again for another model
   */
  draw(roles, models, reindexing) {
    this.#models = models;
    this.#reindexing = reindexing;
    this.#rows.draw(roles, ({ role }) => role);
  }
}

class RoleRow {
  element = cloneTemplate("role-template");
  #select = /** @type {HTMLSelectElement} */ (part(this.element, "select"));
  #automatic = element("option", { attributes: { value: "" } });
  /** @type {KeyedList<Model, {element: HTMLOptionElement}>} */
  #options;
  /** @type {Model[]} */
  #models = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settle;
  #choosing = false;
  #wanted = "";
  #role;
  #onChoose;

  /** @param {Role} role @param {OnChoose} onChoose */
  constructor(role, onChoose) {
    this.#role = role;
    this.#onChoose = onChoose;
    this.#select.id = `role-${role}`;
    this.#select.setAttribute("aria-describedby", `role-${role}-about`);
    part(this.element, "about").id = `role-${role}-about`;
    /** @type {HTMLLabelElement} */ (part(this.element, "name")).htmlFor = this.#select.id;
    part(this.element, "name").textContent = ROLE_NAMES[role];
    this.#select.append(this.#automatic);
    this.#options = new KeyedList(
      this.#select,
      ({ id }) => ({ element: element("option", { attributes: { value: id } }) }),
      (row, { name }) => write(row.element, name),
    );
    this.#select.addEventListener("change", () => {
      clearTimeout(this.#settle);
      this.#choosing = true;
      this.#settle = setTimeout(() => this.#choose(), SETTLE_MS);
    });
    this.#select.addEventListener("blur", () => {
      if (this.#settle !== undefined) this.#choose();
    });
  }

  /**
   * @param {RoleChoice} choice
   * @param {Model[]} models
   * @param {Reindexing | null} reindexing
   */
  update({ model, chosen }, models, reindexing) {
    this.#models = models.filter((each) => each.installed && canDo(each, this.#role));
    const nameOf = (/** @type {string | null} */ id) => models.find((each) => each.id === id)?.name ?? id;
    const automatic = chosen ? "" : ` (${model ? nameOf(model) : "none installed"})`;
    write(this.#automatic, `Automatic${automatic}`);
    this.#options.draw(this.#models, ({ id }) => id);
    this.#wanted = chosen ? (model ?? "") : "";
    if (!this.#choosing) this.#select.value = this.#wanted;
    const missing =
      this.#models.length === 0 ? " No model for this is installed yet: download one below." : "";
    write(part(this.element, "about"), ABOUT[this.#role] + missing);
    const moving = this.#role === "search" ? reindexing : null;
    drawProgress(
      this.element,
      moving && {
        label: "Pages read again",
        share: moving.total > 0 ? Math.min(1, moving.done / moving.total) : null,
        text:
          `Reading pages again with ${nameOf(moving.model)}: ${countText(moving.done)} of ` +
          `${countText(moving.total)} passages. Search uses the old index meanwhile.`,
      },
    );
  }

  async #choose() {
    clearTimeout(this.#settle);
    this.#settle = undefined;
    const model = this.#models.find(({ id }) => id === this.#select.value) ?? null;
    try {
      await this.#onChoose(this.#role, model);
      this.#problem("");
    } catch (error) {
      const { message, fix } = /** @type {{message: string, fix?: string}} */ (error);
      this.#problem(fix ? `${message} ${fix}` : message);
    }
    if (this.#settle !== undefined) return;
    this.#choosing = false;
    this.#select.value = this.#wanted;
  }

  /** @param {string} text */
  #problem(text) {
    write(part(this.element, "error"), text);
    show(part(this.element, "error"), text !== "");
  }
}
