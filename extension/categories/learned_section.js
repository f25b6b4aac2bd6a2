/** The section of the settings page that shows what was learned from a person, and forgets it. */

import { correctTab, forgetCorrections, listCorrections } from "../shared/categories_api.js";
import { countText } from "../shared/dates.js";
import { byId, show } from "../shared/dom.js";
import { correctionRow, correctionText, markUndone } from "./correction_row.js";
import { SectionNotice } from "./section_notice.js";

/**
 * @typedef {import("../shared/categories_api.js").Correction} Correction
 */

/** How many are shown at first, and more at a time. */
const SHOWN = 20;
/** The host hands over no more at once. */
const MOST_AT_ONCE = 1000;

export class LearnedSection {
  /** @type {Correction[]} */
  #corrections = [];
  #total = 0;
  #shown = SHOWN;
  #ready = false;
  #asked = 0;
  #say;
  #changed;
  #notice;

  /**
   * @param {(text: string) => void} say reads something out
   * @param {() => void} changed corrections were taken back or put back
   */
  constructor(say, changed) {
    this.#say = say;
    this.#changed = changed;
    this.#notice = new SectionNotice(byId("learned-notice"));
    search().addEventListener("input", () => this.#find());
    byId("learned-more").addEventListener("click", () => this.#more());
    byId("learned-forget").addEventListener("click", () => this.#ask(true));
    byId("learned-forget-no").addEventListener("click", () => this.#ask(false));
    byId("learned-forget-yes").addEventListener("click", () => this.#forgetAll());
  }

  /** Reads what was learned when the host has come. @param {import("../shared/api.js").ExtensionState} state */
  onState({ host }) {
    const was = this.#ready;
    this.#ready = host.name === "ready";
    if (this.#ready && !was) this.refresh();
    if (host.name === "down") this.#notice.tell("What was learned is shown when AI History is back.");
  }

  async refresh() {
    const ticket = ++this.#asked;
    try {
      const { corrections, total } = await listCorrections({ limit: SHOWN, offset: 0 });
      if (ticket !== this.#asked) return;
      this.#corrections = corrections;
      this.#total = total;
      this.#shown = SHOWN;
      this.#notice.clear();
      this.#draw();
    } catch (error) {
      if (ticket === this.#asked) this.#notice.fail(error, () => this.refresh());
    }
  }

  async #more() {
    const before = byId("learned-list").children.length;
    await this.#read(this.#shown + SHOWN);
    this.#shown += SHOWN;
    this.#draw();
    const first = byId("learned-list").children[before];
    /** @type {HTMLElement | null | undefined} */ (first?.querySelector("button"))?.focus();
  }

  async #find() {
    const ticket = ++this.#asked;
    this.#shown = SHOWN;
    if (search().value.trim() !== "") await this.#read(this.#total);
    // Somebody who types on does not want to see what came before.
    if (ticket === this.#asked) this.#draw();
  }

  /** Fetches until so many are known. @param {number} wanted */
  async #read(wanted) {
    try {
      while (this.#corrections.length < Math.min(wanted, this.#total)) {
        const offset = this.#corrections.length;
        const limit = Math.min(MOST_AT_ONCE, wanted - offset);
        const { corrections, total } = await listCorrections({ limit, offset });
        if (corrections.length === 0) return;
        const known = new Set(this.#corrections.map(({ id }) => id));
        this.#corrections.push(...corrections.filter(({ id }) => !known.has(id)));
        this.#total = total;
      }
    } catch (error) {
      this.#notice.fail(error);
    }
  }

  #draw() {
    const words = search().value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.#corrections.filter((correction) => {
      const text = correctionText(correction);
      return words.every((word) => text.includes(word));
    });
    const rows = found.slice(0, this.#shown);
    byId("learned-list").replaceChildren(...rows.map((correction) => this.#row(correction)));
    const all = words.length === 0 ? this.#total : found.length;
    show(byId("learned-body"), this.#total > 0);
    show(byId("learned-none"), this.#total === 0);
    show(byId("learned-more"), all > rows.length);
    byId("learned-count").textContent = this.#countWords(words.length > 0, found.length, rows.length, all);
    byId("learned-question").textContent =
      `Forget ${this.#total === 1 ? "this correction" : `all ${countText(this.#total)} corrections`}? ` +
      "Tabs are then sorted as if you had never said anything. This cannot be undone.";
  }

  /** @param {boolean} searching @param {number} found @param {number} shown @param {number} all */
  #countWords(searching, found, shown, all) {
    if (searching && found === 0) return "No correction has these words.";
    const what = all === 1 ? "1 correction" : `${countText(all)} corrections`;
    return shown < all ? `${shown} of ${what}` : what;
  }

  /** @param {Correction} correction */
  #row(correction) {
    return correctionRow(correction, (row) => this.#undo(correction, row));
  }

  /** @param {Correction} correction @param {HTMLElement} row */
  async #undo(correction, row) {
    try {
      await forgetCorrections({ ids: [correction.id] });
      this.#corrections = this.#corrections.filter(({ id }) => id !== correction.id);
      this.#total -= 1;
      markUndone(row, correction, () => this.#putBack(correction));
      this.#notice.clear();
      this.#say("Undone.");
      this.#changed();
    } catch (error) {
      this.#notice.fail(error);
    }
  }

  /** @param {Correction} correction */
  async #putBack(correction) {
    try {
      await correctTab(correction);
      await this.refresh();
      this.#say("Put back.");
      /** @type {HTMLElement | null} */ (byId("learned-list").querySelector("button"))?.focus();
      this.#changed();
    } catch (error) {
      this.#notice.fail(error);
    }
  }

  async #forgetAll() {
    show(byId("learned-forget-confirm"), false);
    try {
      const { forgotten } = await forgetCorrections({ all: true });
      await this.refresh();
      this.#say(`Forgot ${countText(forgotten)} ${forgotten === 1 ? "correction" : "corrections"}.`);
      byId("learned-title").focus();
      this.#changed();
    } catch (error) {
      this.#notice.fail(error);
    }
  }

  /** @param {boolean} open */
  #ask(open) {
    show(byId("learned-forget-confirm"), open);
    byId(open ? "learned-forget-no" : "learned-forget").focus();
  }
}

/** @returns {HTMLInputElement} */
function search() {
  return byId("learned-search");
}
