/** What can be asked, for a page on which nothing was asked yet. */

import { button, element } from "../shared/dom.js";

export const EXAMPLES = [
  "What did I read about sleep?",
  "Which article compared electric cars?",
  "How do I undo a Git commit?",
  "What did I look up last week?",
];

/** @param {(question: string) => void} fill */
export function exampleNodes(fill) {
  return EXAMPLES.map((question) => element("li", {}, [button(question, () => fill(question), "example")]));
}
