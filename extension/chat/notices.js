/** A notice inside the conversation, with the commands of a remedy set as code. */

import { commandLine } from "../shared/banners.js";
import { element } from "../shared/dom.js";

const COMMAND = /^(.*?)`?((?:ai-history|classify|python3?) [\w./:=@ -]+?)`?\.?$/su;

/**
 * @param {{title: string, text: string, fix: string, tone: string}} words
 * @param {HTMLElement[]} [buttons]
 */
export function noticeNode({ title, text, fix, tone }, buttons = []) {
  const body = [element("p", { class: "notice-title", text: title })];
  if (text) body.push(element("p", {}, codeNodes(text)));
  body.push(...fixNodes(fix));
  if (buttons.length > 0) body.push(element("div", { class: "button-row" }, buttons));
  return element("div", { class: `notice ${tone}`.trim(), attributes: { role: "group" } }, [
    element("span", { class: `icon icon-${tone === "" ? "info" : "alert"}` }),
    element("div", { class: "notice-body" }, body),
  ]);
}

/** What to do; a command at its end can be copied. @param {string} fix */
function fixNodes(fix) {
  if (!fix) return [];
  const [, words = fix, command] = COMMAND.exec(fix) ?? [];
  const shown = words ? [element("p", {}, codeNodes(words))] : [];
  return command ? [...shown, commandLine(command)] : shown;
}

/** What stands between backquotes is code. @param {string} text @returns {Array<Node | string>} */
function codeNodes(text) {
  return text
    .split(/`([^`]+)`/)
    .map((piece, index) => (index % 2 === 1 ? element("code", { text: piece }) : piece));
}
