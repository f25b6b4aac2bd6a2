/**
 * Every change to the tab strip goes through here: one at a time, in batches, tried again while a
 * person drags a tab.
 */

import { browser } from "../../shared/browser.js";

/**
 * @typedef {import("../../shared/tabs_api.js").Colour} Colour
 */

/** So many tabs in one call: the strip stays usable in between. */
const BATCH = 50;
/** Pauses between tries, in milliseconds; together about as long as a person drags a tab. */
const PAUSES_MS = [100, 200, 400, 800, 1500, 2500, 2500];

/** The browser does not let go of its tabs. */
export class TabsHeld extends Error {
  fix = "Let go of the tab that is being dragged, then try again.";

  constructor() {
    super("The browser does not allow changes to its tabs at the moment.");
    this.name = "TabsHeld";
  }
}

export class TabEditor {
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  #pauses;
  /** @type {(tabIds: number[]) => void} is told of tabs that are about to be moved */
  onMove = () => {};

  /** @param {number[]} [pauses] milliseconds between tries */
  constructor(pauses = PAUSES_MS) {
    this.#pauses = pauses;
  }

  /**
   * Runs an action of several changes when no other is running.
   *
   * @template T
   * @param {() => Promise<T>} action
   * @returns {Promise<T>}
   */
  run(action) {
    const running = this.#last.then(action);
    this.#last = running.catch(() => {});
    return running;
  }

  /** Comes when everything that has begun by now is done. */
  async idle() {
    await this.#last;
  }

  /**
   * Puts tabs into a group, a new one where none is named.
   *
   * @param {number[]} tabIds those that have been closed are left out
   * @param {{groupId: number} | {windowId: number}} where
   * @param {(groupId: number) => Promise<void>} [onGroup] is told of the group as soon as it is there
   * @returns {Promise<number | undefined>} the group; undefined when none of the tabs is left
   */
  async group(tabIds, where, onGroup = async () => {}) {
    const createProperties = "windowId" in where ? where : undefined;
    let groupId = "groupId" in where ? where.groupId : undefined;
    for (const batch of batches(tabIds)) {
      const into = groupId === undefined ? { createProperties } : { groupId };
      const made = await this.#onTabs(batch, (ids) => browser.tabs.group({ tabIds: ids, ...into }));
      if (made !== undefined && groupId === undefined) await onGroup(made);
      groupId ??= made;
    }
    return groupId;
  }

  /** @param {number[]} tabIds */
  async ungroup(tabIds) {
    for (const batch of batches(tabIds)) await this.#onTabs(batch, (ids) => browser.tabs.ungroup(ids));
  }

  /** @param {number} tabId @param {number} index */
  async moveTab(tabId, index) {
    this.onMove([tabId]);
    await this.#insist(() => browser.tabs.move(tabId, { index }));
  }

  /** @param {number} groupId @param {number} index */
  async moveGroup(groupId, index) {
    await this.#insist(() => browser.tabGroups.move(groupId, { index }));
  }

  /** @param {number} groupId @param {{title?: string, color?: Colour, collapsed?: boolean}} values */
  async updateGroup(groupId, values) {
    await this.#insist(() => browser.tabGroups.update(groupId, values));
  }

  /**
   * @template T
   * @param {number[]} tabIds
   * @param {(ids: [number, ...number[]]) => Promise<T>} action
   * @returns {Promise<T | undefined>}
   */
  async #onTabs(tabIds, action) {
    let [first, ...rest] = tabIds;
    while (first !== undefined) {
      const ids = /** @type {[number, ...number[]]} */ ([first, ...rest]);
      this.onMove(ids);
      try {
        return await this.#insist(() => action(ids));
      } catch (error) {
        const left = await stillOpen(ids);
        // Only a tab that is gone is a reason to try with the others.
        if (left.length === ids.length) throw error;
        [first, ...rest] = left;
      }
    }
    return undefined;
  }

  /**
   * @template T
   * @param {() => Promise<T>} change
   * @returns {Promise<T>}
   */
  async #insist(change) {
    for (const pause of this.#pauses) {
      try {
        return await change();
      } catch (error) {
        if (!isHeld(error)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    try {
      return await change();
    } catch (error) {
      throw isHeld(error) ? new TabsHeld() : error;
    }
  }
}

/** @param {unknown} error */
function isHeld(error) {
  return error instanceof Error && /cannot be edited right now/i.test(error.message);
}

/** @param {number[]} tabIds */
async function stillOpen(tabIds) {
  const open = new Set((await browser.tabs.query({})).map((tab) => tab.id));
  return tabIds.filter((id) => open.has(id));
}

/** @param {number[]} tabIds */
function* batches(tabIds) {
  for (let at = 0; at < tabIds.length; at += BATCH) yield tabIds.slice(at, at + BATCH);
}
