/**
 * What a page can ask about models, one function a method. Sizes in bytes.
 *
 * @typedef {"embedding" | "nli" | "instruction" | "reranker"} ModelType
 * @typedef {"search" | "rerank" | "chat" | "categories"} Role
 * @typedef {"available" | "downloading" | "installed" | "damaged" | "loading" | "ready" | "failed"} ModelState
 *
 * @typedef {Object} Transfer
 * @property {number} done
 * @property {number} total
 * @property {number | null} [rate] bytes a second
 * @property {number | null} [remaining_s]
 * @property {string | null} [note] what it waits for
 *
 * @typedef {Object} Model
 * @property {string} id
 * @property {string} name
 * @property {ModelType} type
 * @property {string} format
 * @property {string} licence
 * @property {string[]} languages ISO 639-1; "mul" for many
 * @property {string} note
 * @property {number} context longest input in tokens
 * @property {number | null} [dimensions]
 * @property {number} size to download, or on the disk when it is installed
 * @property {number} memory needed when loaded, about
 * @property {ModelState} state
 * @property {boolean} installed
 * @property {boolean} starter
 * @property {boolean} added put in by its user
 * @property {Role[]} roles what it is used for now
 * @property {boolean} fits whether this machine has the memory and the disk for it
 * @property {string | null} [reason] why it does not fit, or why it failed
 * @property {string | null} [fix] what to do about the reason
 * @property {Transfer | null} [transfer]
 * @property {number | null} [loading] share of the loading that is done, 0 to 1
 * @property {string | null} [device] cpu, cuda or metal
 * @property {number | null} [layers_on_device]
 * @property {number | null} [layers]
 * @property {number | null} [resident] memory that its process holds now
 * @property {string | null} [remote_code] code it brings, to be allowed by this name
 * @property {string | null} [gated] a repository whose licence has to be accepted first
 * @property {string | null} [base] of an adapter: the model whose answers it changes
 * @property {Role[]} [only_for] the only jobs that it was trained for; empty: its type says
 *
 * @typedef {Object} Machine
 * @property {number} memory
 * @property {number} memory_free
 * @property {number} disk_free
 * @property {number} cores
 * @property {string | null} [accelerator] cuda or metal
 *
 * @typedef {{role: Role, model: string | null, chosen: boolean}} RoleChoice
 *
 * @typedef {{models: Model[], machine: Machine, roles: RoleChoice[]}} ModelList
 *
 * @typedef {Object} ModelInfo
 * @property {Model} model
 * @property {Array<{path: string, size?: number | null}>} files
 * @property {string[]} sources
 * @property {string | null} [folder]
 * @property {number | null} [installed_at] milliseconds, UTC
 * @property {string | null} [revision]
 * @property {Record<string, string | number | null> | null} [quantisation]
 *
 * @typedef {{role: Role, model: Model, reason: string}} Recommendation
 */

import { request } from "./channel.js";

/** @returns {Promise<ModelList>} */
export function listModels() {
  return request("models.list");
}

/** @param {string} id @returns {Promise<ModelInfo>} */
export function modelInfo(id) {
  return request("models.info", { id });
}

/**
 * Fetches a model, or what is missing of it. It goes on when the page is closed.
 *
 * @param {string} id
 * @param {(transfer: Transfer) => void} onProgress
 * @returns {Promise<{model: Model}>}
 */
export function downloadModel(id, onProgress) {
  return request("models.download", { id }, { onProgress });
}

/**
 * Stops a download, whoever began it; what came is kept.
 *
 * @param {string} id
 * @returns {Promise<{cancelled: boolean}>}
 */
export function cancelDownload(id) {
  return request("models.cancel", { id });
}

/** @param {string} id @param {boolean} force although it is in use @returns {Promise<{freed: number}>} */
export function removeModel(id, force) {
  return request("models.remove", { id, force });
}

/**
 * Loads a model into memory. It goes on when the page is closed.
 *
 * @param {string} id
 * @param {(value: {share: number}) => void} onProgress
 * @returns {Promise<{model: Model}>}
 */
export function loadModel(id, onProgress) {
  return request("models.load", { id }, { onProgress });
}

/** @param {string} id @returns {Promise<{unloaded: boolean}>} */
export function unloadModel(id) {
  return request("models.unload", { id });
}

/** @param {string} id @returns {Promise<{ok: boolean, damaged: string[]}>} */
export function verifyModel(id) {
  return request("models.verify", { id });
}

/**
 * @param {Role} role
 * @param {string | null} id null: the best that is installed
 * @returns {Promise<{roles: RoleChoice[], reindexing: boolean}>}
 */
export function chooseModel(role, id) {
  return request("models.use", { role, id });
}

/**
 * @param {string[]} languages ISO 639-1; empty: those of the computer
 * @returns {Promise<{languages: string[], recommended: Recommendation[]}>}
 */
export function recommendModels(languages) {
  return request("models.recommend", languages.length > 0 ? { languages } : {});
}
