/** A host that trains the categorizer, as far as a page can see that. */

import { model } from "./models_fixture.js";
import { READY_STATE } from "./page_fixture.js";

/**
 * @typedef {import("../../extension/shared/improvement_api.js").Deployment} Deployment
 * @typedef {import("../../extension/shared/improvement_api.js").Job} Job
 * @typedef {import("../../extension/shared/models_api.js").Model} Model
 */

/** @param {string} id @param {Partial<Model>} [values] @returns {Model} */
export function languageModel(id, values = {}) {
  return model(id, { type: "instruction", format: "gguf", state: "installed", name: `The ${id}`, ...values });
}

/** @param {string} id @param {Partial<Deployment>} [values] @returns {Deployment} */
export function deployment(id, values = {}) {
  return {
    id,
    model: `small-tabs-${id}`,
    kind: "adapter",
    base: "small",
    registered_at: Date.UTC(2026, 0, Number(id)),
    used_at: Date.UTC(2026, 0, Number(id)),
    in_use: false,
    installed: true,
    text: `small-tabs-${id} was in use.`,
    ...values,
  };
}

export class ImprovementHost {
  /** @type {Job} */
  job = { state: "none" };
  /** @type {string | null} */
  hindrance = null;
  /** @type {Deployment[]} the latest first */
  deployments = [];
  /** @type {Model[]} */
  models = [];
  /** @type {Record<string, object>} what a method throws, instead of answering */
  errors = {};
  state = structuredClone(READY_STATE);

  /** The answers of the worker that stands between the page and this host. */
  answers() {
    /** @type {Record<string, import("./page_fixture.js").Answer>} */
    const answers = {
      "extension.state": () => this.state,
      "settings.get": () => ({ settings: [] }),
      "models.list": () => ({
        models: this.models,
        roles: [],
        machine: { memory: 16 * 1024 ** 3, memory_free: 9 * 1024 ** 3, disk_free: 50 * 1024 ** 3, cores: 4 },
      }),
      "models.recommend": () => ({ languages: ["en"], recommended: [] }),
      "finetune.state": () => ({ job: this.job, hindrance: this.hindrance }),
      "finetune.deployments": () => ({
        deployments: this.deployments,
        in_use: this.deployments.find((each) => each.in_use)?.id ?? null,
      }),
      "finetune.improve": ({ now }) => {
        this.job = now
          ? { state: "running", stage: "train", share: 0.01 }
          : { state: "waiting", text: "It waits until the computer is idle." };
        return { job: this.job };
      },
      "finetune.cancel": () => {
        this.job = { state: "cancelled", text: "What was done is kept." };
        return { job: this.job };
      },
      "finetune.rollback": () => {
        const used = this.deployments.find((each) => each.in_use);
        if (!used) throw { message: "No deployed model is in use.", kind: "not_found" };
        Object.assign(used, { in_use: false, text: `${used.model} was taken back.` });
        return { deployment: used, model: "words", text: `${used.model} is not used any more.` };
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
