/**
 * Which groups the extension made. Every other group is a person's and is not touched.
 *
 * The browser numbers its groups anew at each start, so a group is known again by its title and its
 * pages. A group that a person has given another title is theirs from then on.
 */

import { OWN_TAB_GROUPS } from "../../shared/storage_names.js";
import { readLocal, readSession, writeLocal, writeSession } from "../storage.js";
import { fingerprint } from "./fingerprints.js";
import { NO_GROUP, readStrips } from "./strip.js";

const REGISTRY = "ownTabGroups";
const PLACES = "tabPlaces";
const MOVES = "tabMoves";
const MOST_MARKS = 200;
/** So much of a group's pages must be the same for it to be known again. */
const SAME_SHARE = 0.5;

/**
 * @typedef {import("./strip.js").Strip} Strip
 * @typedef {import("./strip.js").TabGroup} TabGroup
 *
 * @typedef {{title: string, category: string | null, windowId: number}} OwnGroup
 * @typedef {{groupId: number, category: string | null}} Departure the group that a tab has left
 * @typedef {{title: string, category: string | null, pages: string[], id?: number}} Mark `pages` are fingerprints
 */

export class OwnGroups {
  /** @type {Map<number, OwnGroup>} by the browser's id */
  #groups = new Map();
  /** @type {Map<number, number>} where each tab was last, as far as it was in a group */
  #places = new Map();
  /** @type {Map<number, Departure>} tabs that may not have come to rest yet */
  #moves = new Map();
  /** @type {Set<number>} tabs that the extension has moved since things were last taken note of */
  #moved = new Set();
  /** @type {Mark[]} */
  #marks = [];

  async load() {
    this.#groups = new Map(await readSession(REGISTRY, /** @type {Array<[number, OwnGroup]>} */ ([])));
    this.#places = new Map(await readSession(PLACES, /** @type {Array<[number, number]>} */ ([])));
    this.#moves = new Map(await readSession(MOVES, /** @type {Array<[number, Departure]>} */ ([])));
    this.#marks = await readLocal(OWN_TAB_GROUPS, []);
    // Numbers from before a restart mean nothing.
    if (this.#groups.size === 0) this.#marks = this.#marks.map(({ id: _, ...mark }) => mark);
  }

  /** Whether the extension made this group and a person has left it as it was named. @param {TabGroup} group */
  has({ id, title = "" }) {
    return this.#groups.get(id)?.title === title;
  }

  /** The category that a group stood for when it was made. @param {number} groupId */
  categoryOf(groupId) {
    return this.#groups.get(groupId)?.category ?? null;
  }

  /** The group that a tab was in when it was last looked at. @param {number} tabId */
  placeOf(tabId) {
    return this.#places.get(tabId) ?? NO_GROUP;
  }

  /** Tabs whose moves have not been followed to their end. */
  get moving() {
    return [...this.#moves.keys()];
  }

  /** A tab has left its group; until `arrive` it stands in the books where it was. @param {number} tabId */
  async depart(tabId) {
    if (this.#moves.has(tabId)) return;
    const groupId = this.placeOf(tabId);
    this.#moves.set(tabId, { groupId, category: this.categoryOf(groupId) });
    await writeSession(MOVES, [...this.#moves]);
  }

  /** @param {number} tabId @param {number} groupId where it has come to rest @returns {Promise<Departure>} */
  async arrive(tabId, groupId) {
    const before = this.placeOf(tabId);
    const departure = this.#moves.get(tabId);
    await this.forgetMove(tabId);
    this.#places.set(tabId, groupId);
    await writeSession(PLACES, [...this.#places]);
    if (departure?.groupId === before) return departure;
    return { groupId: before, category: this.categoryOf(before) };
  }

  /** @param {number} tabId */
  async forgetMove(tabId) {
    if (this.#moves.delete(tabId)) await writeSession(MOVES, [...this.#moves]);
  }

  /** The extension itself moves these. @param {number[]} tabIds */
  moves(tabIds) {
    for (const id of tabIds) this.#moved.add(id);
  }

  /** @param {number} groupId @param {OwnGroup} group */
  async add(groupId, { title, category, windowId }) {
    this.#groups.set(groupId, { title, category, windowId });
    await writeSession(REGISTRY, [...this.#groups]);
  }

  /** Knows groups again that the browser has brought back under other numbers. @param {Strip[]} strips */
  async recognise(strips) {
    const asleep = this.#marks.filter((mark) => mark.id === undefined);
    if (asleep.length === 0) return;
    for (const { id: windowId, tabs, groups } of strips) {
      for (const group of groups) {
        if (this.#groups.has(group.id)) continue;
        const members = tabs.filter((tab) => tab.groupId === group.id);
        const pages = await Promise.all(members.map((tab) => fingerprint(tab.url ?? "")));
        const mark = asleep.find((one) => one.id === undefined && isSame(one, group.title ?? "", pages));
        if (!mark) continue;
        mark.id = group.id;
        await this.add(group.id, { title: mark.title, category: mark.category, windowId });
        for (const tab of members) this.#places.set(tab.id, group.id);
      }
    }
  }

  /** Takes note of how things are now; to be called after each change and now and then. */
  async settle() {
    if (this.#groups.size === 0 && this.#marks.length === 0) return;
    const strips = await readStrips();
    await this.recognise(strips);
    const windows = new Set(strips.map((strip) => strip.id));
    /** @type {Mark[]} */
    const marks = [];
    const slept = [];
    const open = new Map(strips.flatMap((strip) => strip.groups.map((group) => [group.id, strip])));
    for (const [id, group] of this.#groups) {
      const strip = open.get(id);
      if (strip) {
        group.windowId = strip.id;
        const members = strip.tabs.filter((tab) => tab.groupId === id);
        const pages = await Promise.all(members.map((tab) => fingerprint(tab.url ?? "")));
        marks.push({ title: group.title, category: group.category, pages, id });
        continue;
      }
      this.#groups.delete(id);
      // Closed with its window it may come back; otherwise a person has dissolved it.
      const mark = this.#marks.find((one) => one.id === id);
      if (mark && !windows.has(group.windowId)) slept.push({ ...mark, id: undefined });
    }
    const waiting = this.#marks.filter((mark) => mark.id === undefined);
    this.#takePlaces(strips);
    await this.#keep([...marks, ...slept, ...waiting].slice(0, MOST_MARKS));
  }

  /** What a person is just moving is left to whoever follows it. @param {Strip[]} strips */
  #takePlaces(strips) {
    for (const id of this.#moved) this.#moves.delete(id);
    this.#moved.clear();
    /** @type {Map<number, number>} */
    const places = new Map();
    for (const tab of strips.flatMap(({ tabs }) => tabs)) {
      const groupId = this.#moves.get(tab.id)?.groupId ?? tab.groupId;
      if (groupId !== NO_GROUP) places.set(tab.id, groupId);
    }
    this.#places = places;
  }

  /** @param {Mark[]} marks */
  async #keep(marks) {
    const before = JSON.stringify(this.#marks);
    this.#marks = marks;
    await writeSession(REGISTRY, [...this.#groups]);
    await writeSession(PLACES, [...this.#places]);
    await writeSession(MOVES, [...this.#moves]);
    if (JSON.stringify(marks) !== before) await writeLocal(OWN_TAB_GROUPS, marks);
  }
}

/** @param {Mark} mark @param {string} title @param {string[]} pages */
function isSame(mark, title, pages) {
  if (mark.title !== title || pages.length === 0) return false;
  const known = new Set(mark.pages);
  const common = new Set(pages.filter((page) => known.has(page))).size;
  return common >= SAME_SHARE * Math.max(known.size, new Set(pages).size);
}
