/** One tab of the preview. */

import { faviconUrl } from "../shared/browser.js";
import { cloneTemplate, part, show } from "../shared/dom.js";
import { siteOf } from "../shared/url.js";
import { confidenceWords } from "./words.js";

const ICON_SIZE = 16;

/**
 * @typedef {import("./proposal.js").ProposedTab} ProposedTab
 *
 * @typedef {Object} RowActions
 * @property {(tabId: number) => void} open goes to the tab
 * @property {(tabId: number, anchor: HTMLElement) => void} chooseTarget asks where the tab is to go
 */

export class TabRow {
  /**
   * @param {ProposedTab} tab
   * @param {RowActions} actions
   */
  constructor({ id, url, title, confidence, reason }, actions) {
    this.id = id;
    this.element = cloneTemplate("tab-template");
    this.element.dataset.tab = String(id);
    this.title = title || url;
    this.name = part(this.element, "title");
    this.name.textContent = this.title;
    this.name.title = this.title;
    this.name.addEventListener("click", () => actions.open(id));
    const icon = /** @type {HTMLImageElement} */ (part(this.element, "favicon"));
    icon.src = faviconUrl(url, ICON_SIZE);
    part(this.element, "site").textContent = siteOf(url);
    const unsure = confidenceWords(confidence);
    part(this.element, "unsure").textContent = unsure;
    show(part(this.element, "unsure"), unsure !== "");
    this.#explain(reason);
    const move = part(this.element, "move");
    move.setAttribute("aria-label", `Move “${this.title}” to…`);
    move.addEventListener("click", () => actions.chooseTarget(id, move));
    this.setCurrent(false);
  }

  /** Whether its buttons are reached by the Tab key; the arrow keys lead to the others. @param {boolean} current */
  setCurrent(current) {
    for (const button of this.element.querySelectorAll("button")) button.tabIndex = current ? 0 : -1;
  }

  /** @param {string} reason */
  #explain(reason) {
    const why = part(this.element, "why");
    const words = part(this.element, "reason");
    show(why, reason !== "");
    words.textContent = reason;
    words.id = `why-${this.id}`;
    why.setAttribute("aria-controls", words.id);
    why.setAttribute("aria-label", `Why is “${this.title}” here?`);
    why.addEventListener("click", () => {
      show(words, words.hidden);
      why.setAttribute("aria-expanded", String(!words.hidden));
    });
  }
}
