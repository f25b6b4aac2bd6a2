/**
 * How the categorizer is, and which errors mean that the rules answer instead of a model.
 *
 * @typedef {Object} Trouble why no model answered
 * @property {string} kind as the host names it; `host_away` when there is none
 * @property {string} reason for a person
 * @property {string | null} fix what a person can do
 *
 * @typedef {Object} CategorizerState
 * @property {"idle" | "connecting" | "loading" | "ready" | "fallback"} name
 * @property {number | null} [progress] of loading, 0 to 1; null when it is not known
 * @property {string} [engine] kind of the model, when it is ready
 * @property {string} [model]
 * @property {Trouble} [trouble] when it is the fallback
 */

import { RequestError } from "./channel.js";

/** Errors that are the caller's: another way of answering would hide them. */
const CALLERS = new Set(["cancelled", "forbidden", "invalid_input", "not_found", "too_large"]);

/**
 * Whether the rules should answer because of this error.
 *
 * @param {unknown} error
 */
export function isTrouble(error) {
  const { kind, name } = /** @type {{kind?: string, name?: string}} */ (error ?? {});
  if (name === "HostUnreachable") return true;
  return (error instanceof RequestError || name === "HostRefusal") && !CALLERS.has(kind ?? "internal");
}

/** @param {unknown} error @returns {Trouble} */
export function troubleOf(error) {
  const { message, kind, fix, problem } = /** @type {any} */ (error);
  // The worker's own line to the host throws these with more in them.
  const away = problem ?? { message, kind, fix };
  return {
    kind: problem ? "host_away" : (kind ?? "internal"),
    reason: away.message,
    fix: [away.fix, away.command].filter(Boolean).join(" ") || null,
  };
}

/** @param {CategorizerState} a @param {CategorizerState} b */
export function isSameState(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
