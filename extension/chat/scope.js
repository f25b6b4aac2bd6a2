/** Which part of the history is asked: the site in front, a span of time. */

import { browser } from "../shared/browser.js";
import { part, show } from "../shared/dom.js";
import { siteOf } from "../shared/url.js";

export class SiteChip {
  #chip;
  /** The site in front, or "". */
  #front = "";
  /** The site that questions are held to, or "". */
  #chosen = "";

  /** @param {HTMLElement} chip */
  constructor(chip) {
    this.#chip = chip;
    chip.addEventListener("click", () => {
      this.#chosen = this.#chosen ? "" : this.#front;
      this.#draw();
    });
    browser.tabs.onActivated.addListener(() => this.refresh());
    browser.tabs.onUpdated.addListener((_id, change, tab) => {
      if (tab.active && change.url) this.refresh();
    });
  }

  /** Looks which page is in front. */
  async refresh() {
    const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
    this.#front = siteOf(tab?.url ?? "");
    this.#draw();
  }

  /** @returns {{sites?: string[]}} */
  filter() {
    return this.#chosen ? { sites: [this.#chosen] } : {};
  }

  clear() {
    this.#chosen = "";
    this.#draw();
  }

  #draw() {
    const site = this.#chosen || this.#front;
    show(this.#chip, site !== "");
    this.#chip.setAttribute("aria-pressed", String(this.#chosen !== ""));
    part(this.#chip, "label").textContent = this.#chosen || "This site";
    this.#chip.title = `Only pages of ${site}`;
  }
}
