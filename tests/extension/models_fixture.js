/** Models as a host would list them, and a host with them that the test plays. */

import { READY_STATE, stats } from "./page_fixture.js";

/**
 * @typedef {import("../../extension/shared/models_api.js").Model} Model
 * @typedef {import("../../extension/shared/models_api.js").RoleChoice} RoleChoice
 */

const MEGABYTE = 1024 ** 2;

/**
 * @param {string} id
 * @param {Partial<Model>} [values]
 * @returns {Model}
 */
export function model(id, values = {}) {
  const state = values.state ?? "available";
  return {
    id,
    name: id,
    type: "embedding",
    format: "sentence-transformers",
    licence: "Apache-2.0",
    languages: ["en"],
    note: `About ${id}.`,
    context: 512,
    size: 90 * MEGABYTE,
    memory: 200 * MEGABYTE,
    state,
    installed: !["available", "downloading", "damaged"].includes(state),
    starter: false,
    added: false,
    roles: [],
    fits: true,
    ...values,
  };
}

/** A host whose models the test sets; what it is asked changes them as a real one would. */
export class ModelHost {
  /** @type {Model[]} */
  models = [];
  /** @type {RoleChoice[]} */
  roles = [];
  /** @type {Array<{role: string, id: string, reason: string}>} */
  recommended = [];
  /** @type {{model: string, done: number, total: number} | null} */
  reindexing = null;
  /** @type {Record<string, any>} what a method throws, instead of answering */
  errors = {};
  /** @type {Map<string, {token: number, end: (error?: object) => void}>} */
  downloads = new Map();
  state = structuredClone(READY_STATE);

  /** @param {string} id */
  find(id) {
    const found = this.models.find((each) => each.id === id);
    if (!found) throw { message: `Nothing is known of ${id}.`, kind: "not_found" };
    return found;
  }

  /** @param {string} id @param {Partial<Model>} values */
  set(id, values) {
    Object.assign(this.find(id), values);
  }

  /** The answers of the worker that stands between the page and this host. */
  answers() {
    /** @type {Record<string, import("./page_fixture.js").Answer>} */
    const answers = {
      "extension.state": () => this.state,
      "settings.get": () => ({ settings: [] }),
      "store.stats": () => ({ ...stats(), reindexing: this.reindexing }),
      "models.list": () => ({
        models: this.models,
        roles: this.roles,
        machine: { memory: 16 * 1024 ** 3, memory_free: 9 * 1024 ** 3, disk_free: 50 * 1024 ** 3, cores: 4 },
      }),
      "models.recommend": () => ({
        languages: ["en"],
        recommended: this.recommended.map(({ role, id, reason }) => ({ role, model: this.find(id), reason })),
      }),
      "models.info": ({ id }) => ({
        model: this.find(id),
        files: [{ path: "model.bin" }],
        sources: ["model hub: someone/model"],
        folder: "/models/here",
        query_prefix: "",
        passage_prefix: "",
      }),
      "models.download": ({ id }, { id: token }) =>
        new Promise((resolve, reject) => {
          const end = (/** @type {object | undefined} */ error) => {
            this.downloads.delete(id);
            this.set(id, { state: error ? "available" : "installed", installed: !error, transfer: null });
            if (error) reject(error);
            else resolve({ model: this.find(id) });
          };
          this.downloads.set(id, { token, end });
          this.set(id, { state: "downloading" });
        }),
      "models.cancel": ({ id }) => {
        const running = this.downloads.get(id);
        running?.end({ message: "cancelled", kind: "cancelled" });
        this.set(id, { state: "available", transfer: null });
        return { cancelled: true };
      },
      "models.remove": ({ id, force }) => {
        const found = this.find(id);
        if (found.roles.length > 0 && !force) {
          throw { message: `${id} is in use: it does search.`, kind: "forbidden", fix: "In a terminal" };
        }
        this.set(id, { state: "available", installed: false, roles: [] });
        return { removed: true, freed: found.size };
      },
      "models.load": ({ id }) => {
        this.set(id, { state: "ready", resident: 310 * MEGABYTE, device: "cpu" });
        return { model: this.find(id) };
      },
      "models.unload": ({ id }) => {
        this.set(id, { state: "installed", resident: null });
        return { unloaded: true };
      },
      "models.verify": ({ id }) => {
        this.set(id, { state: "damaged", installed: true, reason: "damaged: model.bin" });
        return { ok: false, damaged: ["model.bin"] };
      },
      "models.use": ({ role, id }) => {
        for (const each of this.models) each.roles = each.roles.filter((other) => other !== role);
        if (id) this.find(id).roles.push(role);
        this.roles = this.roles.map((each) =>
          each.role === role ? { role, model: id ?? each.model, chosen: id !== null } : each,
        );
        return { roles: this.roles, reindexing: false };
      },
    };
    return Object.fromEntries(
      Object.entries(answers).map(([method, answer]) => [
        method,
        (/** @type {any} */ params, /** @type {any} */ request) => {
          if (this.errors[method]) throw this.errors[method];
          return answer(params, request);
        },
      ]),
    );
  }
}
