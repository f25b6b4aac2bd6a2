/** The words of an answer as they grow: blocks that are finished are never touched again. */

import { element } from "../shared/dom.js";
import { blocksOf, mended } from "./markdown.js";
import { blockNode } from "./markdown_nodes.js";
import { morphElement } from "./morph.js";

/**
 * @typedef {{raw: string, type: string, marks: string, element: Element}} Block
 */

export class AnswerText {
  element = element("div", { class: "answer-text" });
  /** @type {Block[]} */
  #blocks = [];

  /**
   * Shows this text.
   *
   * @param {string} markdown
   * @param {import("./citation_marks.js").CitationMarks} marks
   * @param {{growing?: boolean}} [options] whether more may follow
   */
  write(markdown, marks, { growing = false } = {}) {
    const tokens = blocksOf(growing ? mended(markdown) : markdown);
    tokens.forEach((token, index) => {
      const known = this.#blocks[index];
      const raw = token.raw.trimEnd();
      if (known && known.raw === raw && known.type === token.type && known.marks === marks.key) return;
      const made = blockNode(token, marks.make);
      if (known) this.#blocks[index] = { ...known, element: morphElement(known.element, made) };
      else this.element.append(made);
      const shown = known ? this.#blocks[index].element : made;
      this.#blocks[index] = { raw, type: token.type, marks: marks.key, element: shown };
    });
    for (const { element: gone } of this.#blocks.splice(tokens.length)) gone.remove();
  }
}
