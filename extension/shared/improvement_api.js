/**
 * What a page can ask about training the categorizer, one function a method.
 *
 * @typedef {"none" | "waiting" | "running" | "paused" | "deployed" | "refused" | "failed" | "cancelled"} JobState
 *
 * @typedef {Object} Job
 * @property {JobState} state
 * @property {string | null} [stage] what it is at
 * @property {number | null} [share] how much of it is done, 0 to 1
 * @property {number | null} [remaining_s]
 * @property {string | null} [text] why it waits, or what came of it, in a sentence
 * @property {string | null} [report] file of its report
 * @property {number | null} [started_at] milliseconds, UTC
 * @property {number | null} [ended_at] milliseconds, UTC
 *
 * @typedef {Object} Deployment a model that was trained here and put in
 * @property {string} id
 * @property {string} model
 * @property {"adapter" | "merged"} kind
 * @property {string} base the model that it was trained from
 * @property {number} registered_at milliseconds, UTC
 * @property {number | null} [used_at] milliseconds, UTC; null: it was only measured
 * @property {boolean} in_use
 * @property {boolean} installed whether its files are still here
 * @property {Figures} [figures] what was measured before it was put to use
 * @property {string} text how it stands, in a sentence
 *
 * @typedef {Object} Figures
 * @property {number | null} [macro_f1] 0 to 1
 * @property {{difference?: number | null} | null} [gain] how much more that is than what was in use had
 * @property {number | null} [p95_ms] for one tab
 */

import { request } from "./channel.js";

/**
 * How it stands, and why none could be begun now, if so.
 *
 * @returns {Promise<{job: Job, hindrance?: string | null}>}
 */
export function improvementState() {
  return request("finetune.state");
}

/**
 * Has the categorizer trained with what was corrected; it waits for an idle computer, or begins now.
 *
 * @param {{model?: string, now?: boolean}} how
 * @returns {Promise<{job: Job}>}
 */
export function improve(how) {
  return request("finetune.improve", how);
}

/** @returns {Promise<{job: Job}>} */
export function cancelImprovement() {
  return request("finetune.cancel");
}

/** @returns {Promise<{deployments: Deployment[], in_use: string | null}>} the latest first */
export function listDeployments() {
  return request("finetune.deployments");
}

/**
 * Has tabs sorted by what did it before the deployment that is in use.
 *
 * @returns {Promise<{deployment: Deployment, model: string | null, text: string}>}
 */
export function rollBack() {
  return request("finetune.rollback", {}, { once: true });
}
