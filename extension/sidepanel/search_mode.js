/** The way to search, chosen under Advanced and remembered. */

import { browser } from "../shared/browser.js";
import { SEARCH_MODE } from "../shared/storage_names.js";

/**
 * @typedef {import("../shared/api.js").SearchMode} SearchMode
 */

/** @type {SearchMode} */
const DEFAULT_MODE = "hybrid-rerank";

export class ModeChoice {
  /** @type {SearchMode} */
  #mode = DEFAULT_MODE;
  #box;

  /**
   * @param {HTMLElement} box that holds the radio buttons
   * @param {() => void} onChange
   */
  constructor(box, onChange) {
    this.#box = box;
    box.addEventListener("change", (event) => {
      const chosen = /** @type {HTMLInputElement} */ (event.target);
      if (chosen.name !== "mode") return;
      this.#mode = /** @type {SearchMode} */ (chosen.value);
      browser.storage.local.set({ [SEARCH_MODE]: this.#mode });
      onChange();
    });
  }

  get mode() {
    return this.#mode;
  }

  /** Takes up what was chosen last time. */
  async load() {
    const kept = (await browser.storage.local.get(SEARCH_MODE))[SEARCH_MODE];
    const radios = /** @type {HTMLInputElement[]} */ ([...this.#box.querySelectorAll("input[name=mode]")]);
    const wanted =
      radios.find((radio) => radio.value === kept) ?? radios.find((r) => r.value === DEFAULT_MODE);
    if (!wanted) return;
    wanted.checked = true;
    this.#mode = /** @type {SearchMode} */ (wanted.value);
  }
}
