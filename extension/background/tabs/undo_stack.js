/**
 * What can be taken back, the latest first: how the strips were before each organizing.
 *
 * Kept until the browser is closed; the numbers in it mean nothing afterwards.
 */

import { readSession, writeSession } from "../storage.js";

const NAME = "tabUndo";
const MOST_STEPS = 5;

/**
 * @typedef {import("../../shared/tabs_api.js").Colour} Colour
 * @typedef {import("./strip.js").Strip} Strip
 *
 * @typedef {{id: number, title: string, color: Colour, collapsed: boolean, own: boolean, category: string | null}} GroupBefore
 * @typedef {{id: number, groupId: number, pinned: boolean}} TabBefore
 * @typedef {{id: number, tabs: TabBefore[], groups: GroupBefore[]}} WindowBefore
 *
 * @typedef {Object} UndoEntry
 * @property {number} at milliseconds, UTC
 * @property {WindowBefore[]} windows
 * @property {number[]} made groups that were made since
 * @property {number[]} touched groups that were there and took tabs in, or were folded
 * @property {number} groups
 * @property {number} tabs
 * @property {string[]} tokens of the corrections that came with it
 */

export class UndoStack {
  /** @type {UndoEntry[]} */
  #entries = [];

  async load() {
    this.#entries = await readSession(NAME, []);
  }

  /** What would be taken back now. */
  get last() {
    return this.#entries.at(-1);
  }

  /** Nothing older goes until `trim`: it is not known yet whether anything will be done. @param {UndoEntry} entry */
  async push(entry) {
    this.#entries = [...this.#entries, entry];
    await this.keep();
  }

  /** Lets the oldest steps go; to be called when something was done. */
  async trim() {
    this.#entries = this.#entries.slice(-MOST_STEPS);
    await this.keep();
  }

  /** @param {UndoEntry} entry */
  async drop(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    await this.keep();
  }

  /** A group had to be made anew, and has another number since. @param {number} before @param {number} now */
  renumber(before, now) {
    const swap = (/** @type {number} */ id) => (id === before ? now : id);
    for (const entry of this.#entries) {
      entry.made = entry.made.map(swap);
      entry.touched = entry.touched.map(swap);
      for (const { tabs, groups } of entry.windows) {
        for (const tab of tabs) tab.groupId = swap(tab.groupId);
        for (const group of groups) group.id = swap(group.id);
      }
    }
  }

  /** Keeps what was written into an entry. */
  async keep() {
    await writeSession(NAME, this.#entries);
  }
}

/**
 * @param {Strip[]} strips
 * @param {import("./own_groups.js").OwnGroups} own
 * @returns {WindowBefore[]}
 */
export function describeStrips(strips, own) {
  return strips.map(({ id, tabs, groups }) => ({
    id,
    tabs: tabs.map((tab) => ({ id: tab.id, groupId: tab.groupId, pinned: tab.pinned })),
    groups: groups.map((group) => ({
      id: group.id,
      title: group.title ?? "",
      color: group.color,
      collapsed: group.collapsed,
      own: own.has(group),
      category: own.categoryOf(group.id),
    })),
  }));
}
