/** An answer to be pasted elsewhere, with its sources numbered as in it. */

import { titleOf } from "./citation_marks.js";

/**
 * @typedef {import("../shared/chat_api.js").Answer} Answer
 */

/**
 * As plain text.
 *
 * @param {Answer} answer
 * @param {string} text of the answer as it is shown
 */
export function answerAsText(answer, text) {
  const sources = answer.citations.map((each) => `[${each.n}] ${titleOf(each)}: ${each.url}`);
  return [text.trim(), ...(sources.length > 0 ? [`Sources:\n${sources.join("\n")}`] : [])].join("\n\n");
}

/**
 * As Markdown, with links.
 *
 * @param {string} question
 * @param {Answer} answer
 */
export function answerAsMarkdown(question, answer) {
  const sources = answer.citations.map(
    (each) => `${each.n}. [${escaped(titleOf(each))}](<${linkOf(each.url)}>)`,
  );
  const parts = [`**${escaped(question.trim())}**`, answer.answer.trim()];
  if (sources.length > 0) parts.push(`Sources:\n\n${sources.join("\n")}`);
  return `${parts.join("\n\n")}\n`;
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/\s+/g, " ").replace(/[\\[\]*_`<>]/g, "\\$&");
}

/** @param {string} url */
function linkOf(url) {
  return url.replace(/[<>\s]/g, encodeURIComponent);
}

const BLOCKS = new Set("P LI PRE BLOCKQUOTE TR UL OL TABLE DIV".split(" "));

/**
 * The words of an answer, a line for each block; `mark` says what stands for "[1]".
 *
 * @param {Element} shown
 * @param {(n: string) => string} mark
 */
export function plainText(shown, mark) {
  let text = "";
  const visit = (/** @type {Node} */ node) => {
    if (node.nodeType === Node.TEXT_NODE) text += (node.nodeValue ?? "").replaceAll("\u00a0", " ");
    if (!(node instanceof Element)) return;
    if (node.matches(".citation, .unsupported-mark")) {
      const n = /** @type {HTMLElement} */ (node).dataset.n;
      const said = n === undefined ? "" : mark(n);
      text = said ? text + said : text.trimEnd();
      return;
    }
    if (node.localName === "br") text += "\n";
    if (node.localName === "li") text += node.parentElement?.localName === "ol" ? numberOf(node) : "- ";
    if (node.matches("td + td, th + th")) text += "\t";
    for (const child of node.childNodes) visit(child);
    if (BLOCKS.has(node.nodeName)) text = `${text.trimEnd()}\n${node.localName === "p" ? "\n" : ""}`;
  };
  visit(shown);
  return text.trim();
}

/** @param {Element} item */
function numberOf(item) {
  const list = item.parentElement;
  const start = Number(list?.getAttribute("start") ?? 1);
  return `${start + [...(list?.children ?? [])].indexOf(item)}. `;
}
