/** The Models section of the settings page: what there is, what it does, and following what goes on. */

import { storeStats } from "../shared/api.js";
import { byId, cloneTemplate, element, part, show } from "../shared/dom.js";
import { KeyedList, write } from "../shared/keyed_list.js";
import { listModels } from "../shared/models_api.js";
import { ModelActions } from "./model_actions.js";
import { ModelCard, noticeLines } from "./model_card.js";
import { canDo, changeText, machineFacts } from "./model_words.js";
import { RecommendedList } from "./recommended_list.js";
import { RoleChoices } from "./role_choices.js";
import { sectionProblem } from "./section_problems.js";

/**
 * @typedef {import("../shared/models_api.js").Model} Model
 * @typedef {import("../shared/models_api.js").ModelList} ModelList
 * @typedef {import("../shared/api.js").ExtensionState} ExtensionState
 */

const EVERY_MS = 1000;
/** States that change by themselves. */
const MOVING = new Set(["downloading", "loading"]);

export class ModelsSection {
  /** @type {Map<string, Model>} */
  #models = new Map();
  /** @type {ModelList["roles"]} */
  #roles = [];
  /** @type {import("./role_choices.js").Reindexing | null} */
  #reindexing = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #ready = false;
  #asked = 0;
  #say;
  #onModels;
  #actions;
  #recommended;
  #choices;
  /** @type {KeyedList<Model, ModelCard>} */
  #cards;
  /** @type {KeyedList<[string, string], {element: HTMLElement}>} */
  #machine;

  /**
   * @param {(text: string) => void} say reads something out
   * @param {(models: Model[]) => void} [onModels] told of the models whenever they were read
   */
  constructor(say, onModels = () => {}) {
    this.#say = say;
    this.#onModels = onModels;
    const run = (/** @type {any} */ name, /** @type {Model} */ model) => this.#actions.run(name, model);
    this.#actions = new ModelActions({
      say,
      onChange: () => this.#draw(),
      refresh: () => this.refresh(),
    });
    this.#recommended = new RecommendedList(byId("models-recommended"), run);
    this.#choices = new RoleChoices(byId("models-roles"), async (role, model) => {
      await this.#actions.use(role, model);
      await this.refresh();
    });
    this.#cards = new KeyedList(
      byId("models-list"),
      () => new ModelCard(run),
      (card, model) => {
        card.update(this.#actions.situation(model));
        const inside = card.element.contains(document.activeElement);
        show(card.element, inside || passes(model, filterSelect().value));
      },
    );
    this.#machine = new KeyedList(
      byId("models-machine"),
      () => ({ element: cloneTemplate("number-template") }),
      (cell, [name, value]) => {
        write(part(cell.element, "name"), name);
        write(part(cell.element, "value"), value);
      },
    );
    filterSelect().addEventListener("change", () => this.#draw());
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#timer);
      if (document.visibilityState === "visible" && this.#ready) this.refresh();
    });
  }

  /** Follows the host: asks when it has come, and says what it means when it is away. @param {ExtensionState} state */
  onState({ host }) {
    const was = this.#ready;
    this.#ready = host.name === "ready";
    if (this.#ready && was) return;
    if (this.#ready) {
      this.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#meet(host.name === "down" ? { kind: "host_away" } : { kind: "connecting" });
  }

  /** Asks how things are now, and goes on asking while something is under way and the page can be seen. */
  async refresh() {
    clearTimeout(this.#timer);
    const ticket = ++this.#asked;
    const known = this.#installedKey();
    try {
      const [list, stats] = await Promise.all([listModels(), storeStats().catch(() => null)]);
      if (ticket !== this.#asked) return;
      this.#reindexing = stats?.reindexing ?? null;
      this.#take(list);
      this.#onModels(list.models);
      if (this.#installedKey() !== known) await this.#recommended.refresh().catch(() => {});
      this.#draw();
      this.#meet(list.models.length === 0 ? { kind: "empty" } : null);
    } catch (error) {
      if (ticket === this.#asked) this.#meet(/** @type {any} */ (error));
    }
    this.#askAgain();
  }

  #askAgain() {
    clearTimeout(this.#timer);
    const moving = this.#reindexing || [...this.#models.values()].some(({ state }) => MOVING.has(state));
    if (!this.#ready || !moving || document.visibilityState !== "visible") return;
    this.#timer = setTimeout(() => this.refresh(), EVERY_MS);
  }

  /** @param {ModelList} list */
  #take({ models, machine, roles }) {
    for (const model of models) {
      const before = this.#models.get(model.id);
      const news = before ? changeText(this.#actions.situation(before).model, model) : "";
      if (news) this.#say(news);
    }
    // What is here comes first; later nothing changes its place under the pointer.
    const first = this.#models.size === 0;
    const ordered = first ? [...models].sort((a, b) => rank(a) - rank(b)) : models;
    this.#models = new Map(ordered.map((model) => [model.id, model]));
    this.#roles = roles;
    this.#machine.draw(machineFacts(machine), ([name]) => name);
  }

  #draw() {
    const shown = [...this.#models.values()].map((model) => this.#actions.situation(model).model);
    const list = byId("models-list");
    const inside = list.contains(document.activeElement);
    this.#cards.draw([...this.#models.values()], ({ id }) => id);
    // The card of a model that is gone takes the focus with it.
    if (inside && !list.contains(document.activeElement)) filterSelect().focus();
    this.#choices.draw(this.#roles, shown, this.#reindexing);
    this.#recommended.draw((id) => shown.find((model) => model.id === id));
    const visible = list.querySelectorAll(":scope > :not([hidden])").length;
    write(byId("models-none"), visible === 0 && shown.length > 0 ? "No model is of this kind." : "");
  }

  /** @param {{kind?: string, message?: string, fix?: string} | null} problem null when all is well */
  #meet(problem) {
    const said = sectionProblem(problem);
    const box = byId("models-problem");
    show(box, said !== null);
    // What was known stays readable while the host is away.
    show(byId("models-body"), this.#models.size > 0);
    if (!said) return box.replaceChildren();
    const lines = noticeLines(said);
    if (said.retry) {
      const retry = element("button", {
        class: "button",
        text: "Try again",
        attributes: { type: "button", "aria-label": "Try again to read the models" },
        onClick: () => this.refresh(),
      });
      lines.push(retry);
    }
    box.replaceChildren(...lines);
  }

  #installedKey() {
    return [...this.#models.values()].map(({ id, installed }) => `${id}:${installed}`).join(" ");
  }
}

/** @returns {HTMLSelectElement} */
function filterSelect() {
  return byId("models-filter");
}

/** @param {Model} model */
function rank({ installed, state, fits }) {
  if (installed || state !== "available") return 0;
  return fits ? 1 : 2;
}

/** Whether a model is among those that the filter names. @param {Model} model @param {string} filter */
function passes(model, filter) {
  if (filter === "installed") return model.installed || model.state !== "available";
  if (filter === "fitting") return model.installed || model.fits;
  return filter === "all" || canDo(model, /** @type {any} */ (filter));
}
