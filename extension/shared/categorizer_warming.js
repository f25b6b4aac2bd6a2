/** Getting the model for categories into memory before it is needed. */

import { RequestError } from "./channel.js";

/**
 * @typedef {import("./models_api.js").ModelList} ModelList
 */

/**
 * Loads the model that sorts tabs, if it is not loaded yet.
 *
 * @param {(method: string, params?: any, options?: any) => Promise<any>} request
 * @param {Object} options
 * @param {AbortSignal} [options.signal] stops the waiting; the loading goes on
 * @param {(share: number | null) => void} options.onProgress
 */
export async function loadCategoryModel(request, { signal, onProgress }) {
  /** @type {ModelList} */
  const { models, roles } = await request("models.list", {}, { signal });
  const id = roles.find(({ role }) => role === "categories")?.model;
  const model = models.find((each) => each.id === id);
  if (!model) {
    throw new RequestError({
      kind: "model_unavailable",
      message: "No model that can sort tabs is installed.",
      fix: "Get one in the settings, under Models.",
    });
  }
  if (model.state === "ready") return;
  onProgress(model.loading ?? null);
  await request(
    "models.load",
    { id: model.id },
    { signal, onProgress: (/** @type {{share: number}} */ { share }) => onProgress(share) },
  );
}
