/** The sentences of the tabs page. */

/**
 * @typedef {import("../shared/tabs_api.js").ApplyOutcome} ApplyOutcome
 * @typedef {import("../shared/tabs_api.js").UndoOutcome} UndoOutcome
 * @typedef {import("../shared/tabs_api.js").Untouched} Untouched
 * @typedef {import("./asking.js").Stage} Stage
 * @typedef {import("./proposal.js").Proposal} Proposal
 */

/** @param {number} count @param {string} noun */
export function count(count, noun) {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

/** @param {Stage} stage */
export function stageWords(stage) {
  if (stage.name === "reading") return "Looking at your tabs…";
  const part = stage.steps > 1 ? `, window ${stage.step} of ${stage.steps}` : "";
  if (stage.name === "loading") return `The model is loading. It takes a moment the first time${part}…`;
  return `Sorting ${count(stage.tabs, "tab")}${part}…`;
}

/** What a proposal comes to. @param {Proposal} proposal */
export function proposalWords(proposal) {
  const groups = proposal.groups.filter((group) => group.tabIds.length > 0);
  const placed = groups.reduce((sum, group) => sum + group.tabIds.length, 0);
  if (placed === 0) return "No tab is in a group.";
  const rest = proposal.size - placed;
  const left = rest === 0 ? "" : ` ${count(rest, "tab")} ${rest === 1 ? "stays" : "stay"} without one.`;
  return `${count(groups.length, "group")} for ${count(placed, "tab")}.${left}`;
}

/** Which tabs are left where they are, and why; empty when there are none. @param {Untouched} untouched */
export function untouchedWords(untouched) {
  const parts = [
    untouched.pinned && `${untouched.pinned} pinned`,
    untouched.yours && `${untouched.yours} in groups of your own`,
    untouched.shared && `${untouched.shared} in shared groups`,
    untouched.made && `${untouched.made} in groups made here before`,
    untouched.internal && count(untouched.internal, "page").concat(" of the browser"),
  ].filter(Boolean);
  return parts.length === 0 ? "" : `Not touched: ${parts.join(", ")}.`;
}

/** @param {ApplyOutcome} outcome */
export function appliedWords({ groups, tabs, skipped, learned, unlearned, problem }) {
  const sentences = [];
  if (tabs > 0 || !problem) {
    sentences.push(`${count(tabs, "tab")} put into ${count(groups, "group")}.`);
  }
  if (skipped > 0) {
    sentences.push(`${count(skipped, "tab")} left alone: closed, pinned or moved in the meantime.`);
  }
  if (learned > 0) sentences.push(`Learned from ${count(learned, "move")} of yours.`);
  if (unlearned > 0) {
    sentences.push(
      `Not learned from ${count(unlearned, "move")}: capturing is paused, or the site is excluded.`,
    );
  }
  return sentences.join(" ");
}

/** @param {UndoOutcome} outcome */
export function undoneWords({ tabs, closed, moved, opened }) {
  const sentences = [
    `Undone: ${count(tabs, "tab")} ${tabs === 1 ? "is" : "are"} where ${tabs === 1 ? "it was" : "they were"}.`,
  ];
  if (closed > 0)
    sentences.push(`${count(closed, "tab")} closed since then ${closed === 1 ? "stays" : "stay"} closed.`);
  if (moved > 0)
    sentences.push(
      `${count(moved, "tab")} that you have put elsewhere since then ${moved === 1 ? "stays" : "stay"} there.`,
    );
  if (opened > 0)
    sentences.push(`${count(opened, "tab")} opened since then ${opened === 1 ? "stays" : "stay"} open.`);
  return sentences.join(" ");
}

/** Below this share an answer is said to be unsure. */
const SURE = 0.7;

/** How sure the answer about a tab is, where that is worth saying. @param {number | null} confidence */
export function confidenceWords(confidence) {
  if (confidence === null || confidence >= SURE) return "";
  return `${Math.round(confidence * 100)} % sure`;
}

/**
 * Why there is nothing to put into groups.
 *
 * @param {{tabs: number, scope: import("../shared/tabs_api.js").Scope, untouched: Untouched}} found
 * @returns {{title: string, text: string}}
 */
export function nothingWords({ tabs, scope, untouched }) {
  const why = untouchedWords(untouched);
  if (scope === "selected" && tabs <= 1) {
    return {
      title: "Select more tabs first",
      text: `Hold Ctrl or Cmd and click several tabs in the tab strip, then organize them. ${why}`.trim(),
    };
  }
  if (tabs === 1) {
    return { title: "There is only one tab to organize", text: `A group begins with two. ${why}`.trim() };
  }
  if (untouched.made > 0) {
    return {
      title: "Everything is in order already",
      text: `${why} To sort those again, tick “Sort groups made here again” under More.`,
    };
  }
  return { title: "There are no tabs to organize", text: why || "Open a few pages, then come back." };
}
