/** What this page does to models, what is under way, and what it met. */

import {
  cancelDownload,
  chooseModel,
  downloadModel,
  loadModel,
  removeModel,
  unloadModel,
  verifyModel,
} from "../shared/models_api.js";
import { byteText } from "../shared/sizes.js";
import { roleList } from "./model_words.js";

/**
 * @typedef {import("../shared/models_api.js").Model} Model
 * @typedef {import("../shared/models_api.js").Role} Role
 * @typedef {import("./model_view.js").ActionName} ActionName
 * @typedef {import("./model_view.js").Problem} Problem
 */

/** @type {Record<string, string>} */
const PENDING_WORDS = { verify: "Checking files", remove: "Removing", "force-remove": "Removing" };

/** Actions that begin something that is followed to its end. */
const STARTING = new Set(["download", "repair", "load"]);

export class ModelActions {
  /** @type {Map<string, string>} */
  #pending = new Map();
  /** @type {Map<string, Partial<Model>>} what is under way here, and newer than the host's list */
  #moving = new Map();
  /** @type {Set<string>} models whose loading a person has ended */
  #ended = new Set();
  /** @type {Map<string, Problem>} */
  #problems = new Map();
  #say;
  #onChange;
  #refresh;

  /**
   * @param {Object} wiring
   * @param {(text: string) => void} wiring.say reads something out
   * @param {() => void} wiring.onChange something to be shown has changed
   * @param {() => Promise<void>} wiring.refresh asks the host how things are now
   */
  constructor({ say, onChange, refresh }) {
    this.#say = say;
    this.#onChange = onChange;
    this.#refresh = refresh;
  }

  /** A model with what this page is doing about it. @param {Model} model */
  situation(model) {
    return {
      model: { ...model, ...this.#moving.get(model.id) },
      pending: this.#pending.get(model.id),
      problem: this.#problems.get(model.id),
    };
  }

  /**
   * @param {ActionName | "force-remove"} name
   * @param {Model} model
   */
  async run(name, model) {
    // A second click on what has begun already.
    const twice = STARTING.has(name) && this.#moving.has(model.id);
    if (twice || this.#pending.has(model.id)) return;
    this.#problems.delete(model.id);
    if (PENDING_WORDS[name]) this.#pending.set(model.id, PENDING_WORDS[name]);
    this.#onChange();
    try {
      await this.#perform(name, model);
    } catch (error) {
      this.#keep(model.id, name, /** @type {any} */ (error));
    } finally {
      this.#pending.delete(model.id);
    }
    await this.#refresh();
    this.#onChange();
  }

  /** @param {ActionName | "force-remove"} name @param {Model} model */
  async #perform(name, model) {
    const { id } = model;
    switch (name) {
      case "download":
      case "repair":
        return this.#download(model);
      case "cancel":
        return cancelDownload(id);
      case "load":
        return this.#load(model);
      case "stop":
        this.#ended.add(id);
        return unloadModel(id);
      case "unload":
        return unloadModel(id);
      case "verify":
        return this.#verify(model);
      case "remove":
      case "force-remove": {
        const { freed } = await removeModel(id, name === "force-remove");
        this.#say(`${model.name} was removed: ${byteText(freed)} are free again.`);
        return;
      }
      default:
        return this.use(/** @type {Role} */ (name.slice("use-".length)), model);
    }
  }

  /**
   * Gives a job to a model.
   *
   * @param {Role} role
   * @param {Model | null} model null: the best that is installed
   */
  async use(role, model) {
    await chooseModel(role, model?.id ?? null);
    const name = model ? model.name : "The best model that is installed";
    this.#say(`${name} is used for ${roleList([role])} now.`);
  }

  /** @param {Model} model */
  async #download({ id, name }) {
    this.#say(`Downloading ${name}.`);
    await this.#follow(id, { state: "downloading" }, (show) =>
      downloadModel(id, (transfer) => show({ state: "downloading", transfer })),
    );
  }

  /** @param {Model} model */
  async #load({ id, name }) {
    this.#say(`Loading ${name}.`);
    this.#ended.delete(id);
    await this.#follow(id, { state: "loading" }, (show) =>
      loadModel(id, ({ share }) => show({ state: "loading", loading: share })),
    );
  }

  /**
   * Shows something that is under way, until it has ended.
   *
   * @param {string} id
   * @param {Partial<Model>} first
   * @param {(show: (now: Partial<Model>) => void) => Promise<unknown>} begin
   */
  async #follow(id, first, begin) {
    const show = (/** @type {Partial<Model>} */ now) => {
      this.#moving.set(id, now);
      this.#onChange();
    };
    show(first);
    try {
      await begin(show);
    } finally {
      this.#moving.delete(id);
    }
  }

  /** @param {Model} model */
  async #verify({ id, name }) {
    const { ok, damaged } = await verifyModel(id);
    const files = damaged.length === 1 ? "1 file is" : `${damaged.length} files are`;
    this.#say(ok ? `${name} is whole.` : `${name}: ${files} damaged.`);
  }

  /**
   * @param {string} id
   * @param {string} action
   * @param {{message: string, kind?: string, fix?: string}} error
   */
  #keep(id, action, error) {
    if (error.kind === "cancelled" || (action === "load" && this.#ended.has(id))) return;
    const inUse = action === "remove" && error.kind === "forbidden";
    this.#problems.set(id, { message: error.message, fix: inUse ? undefined : error.fix, inUse });
  }
}
