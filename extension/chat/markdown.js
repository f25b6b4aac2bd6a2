/**
 * The Markdown of answers as tokens. Addresses, HTML and link definitions in it stay plain text; the marks
 * of citations ("[1]", "[?]") are tokens of their own and go before every other meaning of brackets.
 */

import { Marked } from "../vendor/marked/marked.esm.js";

/**
 * @typedef {import("../vendor/marked/marked.esm.js").Token} Token
 */

const MARK = /^\[(\d{1,3}|\?)\]/;
const notKnown = () => undefined;

const marked = new Marked({
  gfm: true,
  extensions: [
    {
      name: "mark",
      level: "inline",
      start: (text) => {
        const at = text.indexOf("[");
        return at < 0 ? undefined : at;
      },
      tokenizer: (text) => {
        const found = MARK.exec(text);
        return found ? { type: "mark", raw: found[0], text: found[1] } : undefined;
      },
    },
  ],
  tokenizer: {
    def: notKnown,
    html: notKnown,
    tag: notKnown,
    reflink: notKnown,
    autolink: notKnown,
    url: notKnown,
  },
});

/**
 * The blocks of a text, without the empty lines between them.
 *
 * @param {string} markdown
 * @returns {Token[]}
 */
export function blocksOf(markdown) {
  return marked.lexer(markdown).filter(({ type }) => type !== "space");
}

/**
 * A text that is still growing, as it will most likely look: a mark or an escape that has only begun is left
 * out, and what was opened is closed.
 *
 * @param {string} markdown
 */
export function mended(markdown) {
  const text = markdown
    .replace(/(?<!\\)\\$/, "")
    .replace(/\s*(?<!\\)\[(\d{0,3}|\?)$/, "")
    .replace(/(?<![*\\])\*{1,2}$/, "");
  const block = text.slice(text.lastIndexOf("\n\n") + 1);
  if (/^ {0,3}(```|~~~)/m.test(text)) return text;
  if (count(block, /(?<!\\)`/g) % 2 === 1) return `${text}\``;
  return count(block, /(?<!\\)\*\*/g) % 2 === 1 ? `${text.trimEnd()}**` : text;
}

/** @param {string} text @param {RegExp} pattern */
function count(text, pattern) {
  return text.match(pattern)?.length ?? 0;
}
