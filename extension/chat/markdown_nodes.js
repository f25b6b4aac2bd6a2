/** Turns the tokens of an answer into nodes. What is not known here is shown as the text it is. */

import { element } from "../shared/dom.js";

/**
 * @typedef {import("./markdown.js").Token} Token
 * @typedef {(text: string) => Node | string} MakeMark makes the node for the inside of a mark
 */

const MARKS = ".citation, .unsupported-mark";

/**
 * One block of an answer.
 *
 * @param {Token} token
 * @param {MakeMark} mark
 * @returns {HTMLElement}
 */
export function blockNode(token, mark) {
  switch (token.type) {
    case "paragraph":
    case "text":
      return element("p", {}, inlineNodes(token, mark));
    case "heading":
      return element("p", { class: "heading" }, inlineNodes(token, mark));
    case "code":
      return element("pre", {}, [element("code", { text: token.text })]);
    case "blockquote":
      return element("blockquote", {}, blockNodes(token.tokens, mark));
    case "list":
      return listNode(/** @type {any} */ (token), mark);
    case "table":
      return tableNode(/** @type {any} */ (token), mark);
    case "hr":
      return element("hr");
    default:
      return element("p", { text: token.raw });
  }
}

/** @param {Token[] | undefined} tokens @param {MakeMark} mark */
function blockNodes(tokens, mark) {
  return (tokens ?? []).filter(({ type }) => type !== "space").map((token) => blockNode(token, mark));
}

/** @param {any} token @param {MakeMark} mark */
function listNode(token, mark) {
  const items = token.items.map((/** @type {any} */ item) => element("li", {}, itemNodes(item, mark)));
  if (!token.ordered) return element("ul", {}, items);
  const start = Number(token.start);
  return element("ol", start === 1 ? {} : { attributes: { start: String(start) } }, items);
}

/** The lines of a tight list stand in the item itself. @param {any} item @param {MakeMark} mark */
function itemNodes(item, mark) {
  return item.tokens.flatMap((/** @type {Token} */ token) => {
    if (token.type === "space") return [];
    if (token.type === "checkbox") return [token.raw];
    return token.type === "text" ? inlineNodes(token, mark) : [blockNode(token, mark)];
  });
}

/** @param {any} token @param {MakeMark} mark */
function tableNode(token, mark) {
  const row = (/** @type {"th" | "td"} */ tag, /** @type {any[]} */ cells) =>
    element(
      "tr",
      {},
      cells.map((cell) => element(tag, {}, inlineNodes(cell, mark))),
    );
  const table = element("table", {}, [
    element("thead", {}, [row("th", token.header)]),
    element(
      "tbody",
      {},
      token.rows.map((/** @type {any[]} */ cells) => row("td", cells)),
    ),
  ]);
  return element("div", { class: "table" }, [table]);
}

/**
 * @param {any} token whose `tokens` stand in a line
 * @param {MakeMark} mark
 * @returns {Array<Node | string>}
 */
function inlineNodes(token, mark) {
  if (!token.tokens) return [token.text ?? token.raw];
  const box = document.createDocumentFragment();
  for (const child of token.tokens) box.append(...inlineNode(child, mark));
  keepMarksWithWords(box);
  underlineUnsupported(box);
  return [...box.childNodes];
}

/** @param {any} token @param {MakeMark} mark @returns {Array<Node | string>} */
function inlineNode(token, mark) {
  switch (token.type) {
    case "mark":
      return [mark(token.text)];
    case "strong":
    case "em":
    case "del":
      return [element(token.type, {}, inlineNodes(token, mark))];
    case "codespan":
      return [element("code", { text: token.text })];
    case "br":
      return [element("br")];
    case "link":
      // Only citations link; of any other link the words are left.
      return inlineNodes(token, mark);
    case "image":
    case "escape":
      return [token.text];
    case "text":
      return inlineNodes(token, mark);
    default:
      return [token.raw];
  }
}

/** No mark begins a line of its own. @param {DocumentFragment} box */
function keepMarksWithWords(box) {
  for (const node of box.childNodes) {
    const before = node.previousSibling;
    if (!(node instanceof HTMLElement) || !node.matches(MARKS) || before?.nodeType !== Node.TEXT_NODE)
      continue;
    before.nodeValue = (before.nodeValue ?? "").replace(/\s+$/u, "\u00a0");
  }
}

/** The words of a sentence that no page says, from the mark before it on. @param {DocumentFragment} box */
function underlineUnsupported(box) {
  for (const mark of box.querySelectorAll(".unsupported-mark")) {
    if (mark.parentNode !== box) continue;
    const words = element("span", { class: "unsupported" });
    for (let before = mark.previousSibling; before && !isMark(before); before = mark.previousSibling) {
      words.prepend(before);
    }
    const [space] = /^\s*/.exec(words.textContent ?? "") ?? [""];
    const first = words.firstChild;
    if (space && first?.nodeType === Node.TEXT_NODE) {
      first.textContent = (first.textContent ?? "").slice(space.length);
      mark.before(space);
    }
    mark.before(words);
    const last = words.lastChild;
    if (last?.nodeType === Node.TEXT_NODE && last.nodeValue?.endsWith("\u00a0")) {
      last.nodeValue = last.nodeValue.slice(0, -1);
      mark.before("\u00a0");
    }
  }
}

/** @param {Node} node */
function isMark(node) {
  return node instanceof HTMLElement && (node.matches(MARKS) || node.localName === "br");
}
