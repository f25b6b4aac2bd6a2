/** What the page says about an answer, for each state of it. Pure: it decides the words. */

/**
 * @typedef {import("../shared/chat_api.js").Answer} Answer
 * @typedef {import("../shared/chat_api.js").Problem} Problem
 * @typedef {import("../shared/chat_api.js").Stage} Stage
 */

/** @type {Record<Stage, string>} */
export const STAGE_WORDS = {
  searching: "Searching your history…",
  reading: "Reading what was found…",
  writing: "Writing…",
};

/**
 * What stands above an answer that is not simply one.
 *
 * @param {Answer} answer
 * @returns {{title: string, text: string, fix: string, tone: "paused"} | null}
 */
export function answerNotice({ engine, problem }) {
  if (problem)
    return { title: problemTitle(engine), text: problem.reason, fix: problem.fix ?? "", tone: "paused" };
  return null;
}

/** @param {Answer["engine"]} engine */
function problemTitle(engine) {
  return engine === "results"
    ? "No answer could be written; these pages fit best"
    : "Not quite what you asked for";
}

/** The heading of the sources. @param {Answer} answer */
export function sourcesHeading({ engine }) {
  return engine === "none" ? "Closest pages" : "Sources";
}

/**
 * A line below an answer, or "".
 *
 * @param {Answer} answer
 */
export function answerFootnote({ state, engine, model, searched_for: searchedFor }) {
  const parts = [];
  if (state === "stopped") parts.push("Stopped.");
  if (engine === "extractive") parts.push("Quoted from your pages.");
  if (engine === "written")
    parts.push(model ? `Written by ${model}, on this computer.` : "Written on this computer.");
  if (searchedFor) parts.push(`Searched for “${searchedFor}”.`);
  return parts.join(" ");
}

/**
 * What is read out when an answer is there.
 *
 * @param {Answer} answer
 * @param {string} text of the answer, without markup
 */
export function spokenAnswer(answer, text) {
  const notice = answerNotice(answer);
  const count = answer.citations.length;
  const sources = count === 1 ? "1 source." : `${count} sources.`;
  const parts = [notice ? `${notice.title}.` : "", notice?.text ?? "", notice?.fix ?? ""];
  if (answer.state === "stopped") parts.push("Stopped.");
  return [...parts, text, count > 0 ? sources : ""].filter(Boolean).join(" ");
}

/**
 * An error as a notice.
 *
 * @param {unknown} error
 * @returns {Problem}
 */
export function problemOf(error) {
  const { message, kind, fix } = /** @type {{message?: string, kind?: string, fix?: string}} */ (error ?? {});
  return { kind: kind ?? "internal", reason: message || "Something went wrong.", fix };
}
