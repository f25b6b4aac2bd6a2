/** What the page says about an answer, for each state of it. Pure: it decides the words. */

/**
 * @typedef {import("../shared/chat_api.js").Answer} Answer
 * @typedef {import("../shared/chat_api.js").Problem} Problem
 * @typedef {import("../shared/chat_api.js").Stage} Stage
 */

/** @type {Record<Stage, string>} */
const STAGE_WORDS = {
  searching: "Searching your history…",
  reading: "Reading what was found…",
  writing: "Writing…",
};

/**
 * What is said while a question is being answered.
 *
 * @param {Stage} stage
 * @param {string} [searchedFor] what is searched, where that is not the question
 */
export function stageWords(stage, searchedFor = "") {
  if (stage === "searching" && searchedFor) return `Searching for “${searchedFor}”…`;
  return STAGE_WORDS[stage] ?? "Working…";
}

/**
 * What stands above an answer that is not simply one.
 *
 * @param {Answer} answer
 * @returns {{title: string, text: string, fix: string, tone: "paused"} | null}
 */
export function answerNotice(answer) {
  const { engine, problem } = answer;
  if (!problem || isRemoved(answer)) return null;
  return { title: problemTitle(engine), text: problem.reason, fix: problem.fix ?? "", tone: "paused" };
}

/**
 * What stands above an answer that was to be replaced and was not.
 *
 * @param {Problem | null} problem null: the new one was stopped
 * @returns {{title: string, text: string, fix: string, tone: "paused"}}
 */
export function keptNotice(problem) {
  const reason = problem?.reason ?? "the new one was stopped.";
  // Where the conversation itself is gone, nothing was kept.
  const kept = problem?.kind === "not_found" ? "Not answered" : "Kept the earlier answer";
  return { title: `${kept}: ${reason}`, text: "", fix: problem?.fix ?? "", tone: "paused" };
}

/** Whether nothing is left of an answer, because its pages were deleted. @param {Answer} answer */
export function isRemoved({ answer, sentences }) {
  return answer.trim() === "" && sentences.some(({ removed }) => removed);
}

/** What stands in the place of words that were removed, or "". @param {Answer} answer */
export function removedWords(answer) {
  if (isRemoved(answer)) return "This answer was removed with its page.";
  return answer.sentences.some(({ removed }) => removed) ? "A part of it was removed with its page." : "";
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
export function answerFootnote(answer) {
  if (isRemoved(answer)) return "";
  const { state, engine, model, searched_for: searchedFor } = answer;
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
