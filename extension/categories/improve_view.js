/** What the section about improving the categorizer shows, for each situation. Pure. */

import { shortDate } from "../shared/dates.js";
import { spanText } from "../shared/sizes.js";
import { stageText } from "./improve_words.js";

/**
 * @typedef {import("../shared/improvement_api.js").Job} Job
 * @typedef {import("../shared/improvement_api.js").JobState} JobState
 * @typedef {import("../shared/models_api.js").Model} Model
 *
 * @typedef {Object} ImproveView
 * @property {string} state in a few words; "" when nothing was ever asked for
 * @property {string} text in a sentence
 * @property {"" | "good" | "busy" | "warn" | "bad"} tone
 * @property {{label: string, share: number | null, text: string} | null} progress
 * @property {string} ended when, and where its report lies
 * @property {boolean} active whether there is something to cancel
 * @property {boolean} begun whether something would be lost then
 * @property {boolean} waits whether it can be told not to wait
 */

/** @type {Record<JobState, [string, ImproveView["tone"]]>} */
const STATES = {
  none: ["", ""],
  waiting: ["Waiting", "busy"],
  running: ["At work", "busy"],
  paused: ["Paused", "warn"],
  deployed: ["It is better, and is used now", "good"],
  // Why is in its text: it may be better and too slow.
  refused: ["Everything stays as it was", ""],
  failed: ["It could not be done, and everything stays as it was", "bad"],
  cancelled: ["Cancelled", ""],
};
/** States that change by themselves. */
const ACTIVE = new Set(["waiting", "running", "paused"]);

/** @param {Job} job @returns {ImproveView} */
export function viewJob(job) {
  const [state, tone] = STATES[job.state];
  const active = ACTIVE.has(job.state);
  return {
    state,
    // While it goes on its stage says more, and that is not read out.
    text: job.state === "running" ? "" : (job.text ?? ""),
    tone,
    progress: active ? progressOf(job) : null,
    ended: active ? "" : endOf(job),
    active,
    begun: job.state === "running" || job.state === "paused",
    waits: active && job.state !== "running",
  };
}

/** @param {Job} job @returns {ImproveView["progress"]} */
function progressOf({ state, stage, share, remaining_s: left }) {
  const label = "Improving the categorizer";
  const percent = share ? `${Math.round(share * 100)} %` : "";
  if (state === "running") {
    const parts = [stageText(stage), percent, left ? `about ${spanText(left)} left` : ""];
    return { label, share: share ?? null, text: parts.filter(Boolean).join(" · ") };
  }
  // What is done stays done.
  return share ? { label, share, text: `${percent} is done` } : null;
}

/** @param {Job} job */
function endOf({ ended_at: time, report }) {
  const parts = [time ? shortDate(time) : "", report ? `Report: ${report}` : ""];
  return parts.filter(Boolean).join(" · ");
}

/**
 * The language models that can be trained: those that were trained here already, and adapters, are not.
 *
 * @param {Model[]} models
 */
export function trainableModels(models) {
  return models
    .filter(
      ({ type, installed, base, only_for: trained = [] }) =>
        type === "instruction" && installed && !base && trained.length === 0,
    )
    .sort((a, b) => a.size - b.size);
}
