/** The summary of a page in its row: two lines of it, all of it, or a button that has one made. */

import { part, show } from "../shared/dom.js";

/**
 * @typedef {import("../shared/api.js").SearchResult} SearchResult
 * @typedef {import("../shared/api.js").SummaryStage} SummaryStage
 *
 * @callback MakeSummary
 * @param {SearchResult} result
 * @param {{again: boolean, onStage: (stage: SummaryStage) => void}} options
 * @returns {Promise<string>}
 */

/** From this share of its words on, a snippet says what the summary says. */
const SAME_SHARE = 0.8;
const WORDS = /[\p{L}\p{N}]+/gu;
/** @type {Record<SummaryStage, string>} */
const STAGES = { reading: "Reading the page…", writing: "Writing…" };

/**
 * Shows the summary, unless the snippet says the same; without one, offers to have it made.
 *
 * @param {HTMLElement} row
 * @param {SearchResult} result
 */
export function fillSummary(row, result) {
  const text = result.summary ?? "";
  const snippet = result.snippet ?? "";
  part(row, "summary-text").textContent = text;
  show(part(row, "summary"), text !== "" && !saysTheSame(snippet, text));
  // A page without a snippet was never read: there is nothing to be summarised.
  show(part(row, "summarise"), text === "" && snippet !== "");
}

/**
 * Has a summary made and shows it; what goes wrong is said in the row.
 *
 * @param {HTMLElement} row
 * @param {SearchResult} result gets the summary
 * @param {HTMLElement} pressed the button that asked for it
 * @param {MakeSummary} make
 */
export async function makeSummary(row, result, pressed, make) {
  if (pressed.getAttribute("aria-disabled") === "true") return;
  const again = pressed.dataset.part === "resummarise";
  const label = pressed.textContent;
  const problem = part(row, "summary-problem");
  problem.textContent = "";
  // A button that is disabled would lose the focus.
  pressed.setAttribute("aria-disabled", "true");
  pressed.textContent = STAGES.reading;
  try {
    result.summary = await make(result, {
      again,
      onStage: (stage) => {
        pressed.textContent = STAGES[stage] ?? STAGES.reading;
      },
    });
    const focused = document.activeElement === pressed;
    part(row, "summary-text").textContent = result.summary;
    show(part(row, "summary"), true);
    if (!again) {
      show(pressed, false);
      if (focused) part(row, "summary-toggle").focus();
    }
  } catch (error) {
    const { message, fix } = /** @type {import("../shared/channel.js").RequestError} */ (error);
    problem.textContent = [message, fix].filter(Boolean).join(" ");
  } finally {
    pressed.removeAttribute("aria-disabled");
    pressed.textContent = label;
  }
}

/**
 * Whether a person who has read one has read the other.
 *
 * @param {string} snippet
 * @param {string} summary
 */
export function saysTheSame(snippet, summary) {
  const words = new Set(summary.toLowerCase().match(WORDS) ?? []);
  const known = new Set(snippet.toLowerCase().match(WORDS) ?? []);
  const shared = [...words].filter((word) => known.has(word)).length;
  return words.size > 0 && shared >= SAME_SHARE * words.size;
}
