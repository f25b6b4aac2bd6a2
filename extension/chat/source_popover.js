/** What a citation stands on, shown beside it under the pointer or the focus. */

import { dayDate } from "../shared/dates.js";
import { element } from "../shared/dom.js";
import { siteOf } from "../shared/url.js";
import { passageNodes } from "./passage_nodes.js";

/**
 * @typedef {import("./citation_marks.js").Reference} Reference
 */

const MOST_CHARACTERS = 600;
const EDGE = 8;
const OPEN_DELAY_MS = 120;
/** Long enough for the pointer to get from the mark to the passage. */
const CLOSE_DELAY_MS = 250;

export class SourcePopover {
  #box = element("div", {
    class: "popover",
    attributes: { role: "tooltip", id: "source-popover", hidden: "" },
  });
  /** @type {HTMLElement | null} */
  #anchor = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #find;

  /**
   * @param {HTMLElement} area that holds the citations
   * @param {(mark: HTMLElement) => {reference: Reference, gone: string} | undefined} find what a mark stands for,
   *     and what is known of its live page where that is gone
   */
  constructor(area, find) {
    this.#find = find;
    document.body.append(this.#box);
    area.addEventListener("pointerover", (event) => {
      const mark = markOf(event.target);
      if (mark && event.pointerType !== "touch") this.#later(OPEN_DELAY_MS, () => this.#open(mark));
    });
    area.addEventListener("pointerout", (event) => {
      if (markOf(event.target)) this.#closeLater();
    });
    area.addEventListener("focusin", (event) => {
      const mark = markOf(event.target);
      if (mark) this.#open(mark);
      else this.close();
    });
    area.addEventListener("click", (event) => {
      const mark = markOf(event.target);
      if (mark?.matches("button")) this.#open(mark);
    });
    area.addEventListener("focusout", () => this.#closeLater());
    area.addEventListener("scroll", () => this.close(), { passive: true });
    this.#box.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    this.#box.addEventListener("pointerleave", () => this.#closeLater());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#anchor) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.close();
    });
  }

  close() {
    clearTimeout(this.#timer);
    this.#anchor?.removeAttribute("aria-describedby");
    this.#anchor = null;
    this.#box.hidden = true;
  }

  #closeLater() {
    this.#later(CLOSE_DELAY_MS, () => {
      if (!this.#anchor || this.#anchor !== document.activeElement) this.close();
    });
  }

  /** @param {number} delay @param {() => void} action */
  #later(delay, action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, delay);
  }

  /** @param {HTMLElement} mark */
  #open(mark) {
    const found = this.#find(mark);
    if (!found?.reference.source || !mark.isConnected) return;
    clearTimeout(this.#timer);
    if (this.#anchor !== mark) this.#anchor?.removeAttribute("aria-describedby");
    this.#anchor = mark;
    this.#box.replaceChildren(...contents(found.reference, found.gone));
    this.#box.hidden = false;
    mark.setAttribute("aria-describedby", this.#box.id);
    this.#place(mark);
  }

  /** Below the mark where there is room, else above; never over an edge. @param {HTMLElement} mark */
  #place(mark) {
    const at = mark.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#box;
    const { clientWidth, clientHeight } = document.documentElement;
    const left = Math.max(EDGE, Math.min(at.left - EDGE, clientWidth - width - EDGE));
    const below = at.bottom + 6;
    const top = below + height > clientHeight - EDGE ? Math.max(EDGE, at.top - height - 6) : below;
    this.#box.style.left = `${left}px`;
    this.#box.style.top = `${top}px`;
  }
}

/** @param {Reference} reference @param {string} gone */
function contents({ title, quote, source }, gone) {
  if (!source) return [];
  const parts = [
    element("p", { class: "popover-title", text: title }),
    element("p", {
      class: "popover-place",
      text: `${siteOf(source.url)} · read on ${dayDate(source.visited_at)}`,
    }),
    element("blockquote", {}, [passageNodes(source.passage, quote, MOST_CHARACTERS)]),
  ];
  return [...parts, element("p", { class: "popover-note", text: gone || LIVE_PAGE })];
}

const LIVE_PAGE = "The live page may have changed; this is what you read.";

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
function markOf(target) {
  return target instanceof Element ? target.closest(".citation") : null;
}
