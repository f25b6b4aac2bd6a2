/** Follows what a person does in the tab strip: a tab that goes from one category's group to another's is a correction. */

import { browser } from "../../shared/browser.js";
import { isWebUrl } from "../../shared/url.js";
import { NO_GROUP } from "./strip.js";

/** A tab that is dragged passes through every group on its way; only where it comes to rest counts. */
const REST_MS = 800;

/**
 * @typedef {import("../../shared/tabs_api.js").Learned} Learned
 */

export class StripMoves {
  /** @type {Map<number, ReturnType<typeof setTimeout>>} */
  #timers = new Map();
  #wiring;

  /**
   * @param {Object} wiring
   * @param {import("./editing.js").TabEditor} wiring.editor
   * @param {import("./own_groups.js").OwnGroups} wiring.own
   * @param {import("./corrections.js").Corrections} wiring.corrections
   * @param {(learned: Learned) => void} wiring.onLearned
   * @param {(tabId: number) => void} wiring.onTakenOut a tab was taken out of a group of ours
   */
  constructor(wiring) {
    this.#wiring = wiring;
  }

  /** Goes on with what a stopped worker was following. */
  resume() {
    for (const id of this.#wiring.own.moving) this.#await(id);
  }

  /** A tab is in another group than before, whoever has put it there. @param {number} tabId */
  changed(tabId) {
    this.#wiring.own.depart(tabId).catch(() => {});
    this.#await(tabId);
  }

  /** @param {number} tabId */
  #await(tabId) {
    clearTimeout(this.#timers.get(tabId));
    this.#timers.set(
      tabId,
      setTimeout(() => {
        this.#timers.delete(tabId);
        this.#follow(tabId).catch(() => {});
      }, REST_MS),
    );
  }

  /** @param {number} tabId */
  forgetTab(tabId) {
    clearTimeout(this.#timers.get(tabId));
    this.#timers.delete(tabId);
    this.#wiring.own.forgetMove(tabId).catch(() => {});
  }

  /** @param {number} tabId */
  async #follow(tabId) {
    const { editor, own, corrections, onLearned, onTakenOut } = this.#wiring;
    await editor.idle();
    const tab = await browser.tabs.get(tabId);
    const { groupId: left, category: from } = await own.arrive(tabId, tab.groupId);
    // What the extension did itself is known by now, so there is nothing new in it.
    if (tab.groupId === left || from === null) return;
    if (tab.groupId === NO_GROUP) {
      onTakenOut(tabId);
      return;
    }
    const former = await browser.tabGroups.get(left).catch(() => undefined);
    // A group that a person has renamed stands for no category; one that lost its last tab is gone.
    if (former && !own.has(former)) return;
    if (!own.has(await browser.tabGroups.get(tab.groupId))) return;
    const category = own.categoryOf(tab.groupId);
    const { url = "", title = "" } = tab;
    if (category === null || category === from || !isWebUrl(url)) return;
    const token = await corrections.learn({ url, title, category, from });
    if (token) onLearned({ token, title: title || url, category, from });
  }
}
