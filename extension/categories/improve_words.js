/** What is said about improving the categorizer: its stages, and why it cannot begin. Pure. */

/** @type {Record<string, string>} */
const STAGES = {
  dataset: "Gathering examples",
  train: "Training",
  convert: "Preparing the trained model",
  evaluate: "Comparing it with what sorts tabs now",
  deploy: "Deciding whether it is used",
};

/** A stage of the work in words. @param {string | null} [stage] */
export function stageText(stage) {
  if (!stage) return "Beginning";
  const words = STAGES[stage] ?? stage.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** When it begins. */
export const HINT = "It begins once the computer is idle. “Start now” does not wait.";

/**
 * How good and how fast a model was when it was compared; "" where nothing is known.
 *
 * @param {import("../shared/improvement_api.js").Figures} [figures]
 */
export function figuresText({ macro_f1: quality, gain, p95_ms: time } = {}) {
  const parts = [];
  const points = (gain?.difference ?? 0) * 100;
  if (quality) parts.push(`Macro-F1 ${(quality * 100).toFixed(1)} %`);
  if (points)
    parts.push(`${Math.abs(points).toFixed(1)} points ${points > 0 ? "better" : "worse"} than before`);
  if (time) parts.push(`${Math.round(time)} ms a tab`);
  return parts.join(" · ");
}

/**
 * Why nothing can be trained; "" when something can.
 *
 * @param {{id: string}[] | null} models that can be trained; null: not known
 * @param {string} told what the host says about it
 */
export function hindranceText(models, told) {
  if (models?.length !== 0) return told;
  return "No language model is installed that can be trained. Get a model for chat, under Models.";
}

/**
 * What the section says when it cannot be read.
 *
 * @param {{kind?: string, message: string, fix?: string}} error
 * @returns {{message: string, fix?: string}}
 */
export function readingProblem(error) {
  if (error.kind !== "method_not_found") return error;
  return {
    message: "The AI History program on this computer is older than this extension and cannot do this yet.",
    fix: "Bring it up to date.",
  };
}
