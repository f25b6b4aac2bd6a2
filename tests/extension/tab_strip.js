/** Windows, tabs and groups that behave as the browser's do, put in place of the stub's. */

import { stub } from "./chrome_stub.js";

const NONE = -1;

/**
 * @typedef {{id: number, windowId: number, url: string, title: string, pinned: boolean, groupId: number, active: boolean, highlighted: boolean}} StripTab
 * @typedef {{id: number, windowId: number, title: string, color: string, collapsed: boolean, shared: boolean}} StripGroup
 */

export class TabStrip {
  /** @type {Map<number, StripTab[]>} */
  windows = new Map();
  /** @type {StripGroup[]} */
  groups = [];
  /** @type {string[]} what was done, in order */
  calls = [];
  /** So many changes are refused, as while a person drags a tab. */
  held = 0;
  /** @type {(name: string) => unknown} comes before each change */
  intercept = () => undefined;
  #nextTab = 1;
  #nextGroup = 5000;

  constructor() {
    const { windows, groups } = this;
    Object.assign(stub, {
      windows: {
        getAll: async () =>
          [...windows.keys()].map((id) => ({ id, incognito: false, tabs: this.listed(id) })),
        getCurrent: async () => ({ id: [...windows.keys()][0] }),
        update: async () => {},
      },
      tabGroups: {
        query: async ({ windowId } = /** @type {any} */ ({})) =>
          structuredClone(groups.filter((group) => windowId === undefined || group.windowId === windowId)),
        get: async (/** @type {number} */ id) => structuredClone(this.group(id)),
        update: (/** @type {number} */ id, /** @type {object} */ values) =>
          this.#change("update", () => Object.assign(this.group(id), values)),
        move: (/** @type {number} */ id, /** @type {{index: number}} */ { index }) =>
          this.#change("moveGroup", () => this.#shift((tab) => tab.groupId === id, index)),
      },
    });
    Object.assign(stub.tabs, {
      query: async () => [...windows.keys()].flatMap((id) => this.listed(id)),
      get: async (/** @type {number} */ id) => structuredClone(this.tab(id)),
      group: (/** @type {any} */ options) => this.#change("group", () => this.#group(options)),
      ungroup: (/** @type {number[]} */ ids) =>
        this.#change("ungroup", () => {
          for (const id of ids) this.tab(id);
          for (const id of ids) this.#ungroup(id);
        }),
      move: (/** @type {number} */ id, /** @type {{index: number}} */ { index }) =>
        this.#change("move", () => this.#moveTab(id, index)),
    });
  }

  /** Opens a window with a tab for each title. @param {number} id @param {string[]} titles */
  open(id, titles) {
    this.windows.set(id, []);
    for (const title of titles) this.add(id, title);
    const [first] = this.#in(id);
    if (first) Object.assign(first, { active: true, highlighted: true });
  }

  /** @param {number} windowId @param {string} title @param {Partial<StripTab>} [values] */
  add(windowId, title, values = {}) {
    const tab = {
      id: this.#nextTab++,
      windowId,
      url: `https://${title}.example/`,
      title,
      pinned: false,
      groupId: NONE,
      active: false,
      highlighted: false,
      ...values,
    };
    this.#in(windowId).push(tab);
    return tab.id;
  }

  /** Makes a group as a person would. @param {string} title @param {number[]} tabIds @param {Partial<StripGroup>} [values] */
  make(title, tabIds, values = {}) {
    const id = this.#group({
      tabIds,
      createProperties: { windowId: this.tab(/** @type {number} */ (tabIds[0])).windowId },
    });
    Object.assign(this.group(id), { title, ...values });
    return id;
  }

  /** A person puts a tab into a group, or out of every one. @param {number} tabId @param {number} groupId */
  drag(tabId, groupId) {
    if (groupId === NONE) this.#ungroup(tabId);
    else this.#group({ tabIds: [tabId], groupId });
  }

  /** @param {number} tabId */
  close(tabId) {
    const list = this.#in(this.tab(tabId).windowId);
    list.splice(
      list.findIndex((tab) => tab.id === tabId),
      1,
    );
    this.#sweep();
  }

  /** @param {number} id @returns {StripTab} */
  tab(id) {
    const found = [...this.windows.values()].flat().find((tab) => tab.id === id);
    if (!found) throw new Error(`No tab with id: ${id}.`);
    return found;
  }

  /** @param {string} title */
  named(title) {
    const found = [...this.windows.values()].flat().find((tab) => tab.title === title);
    if (!found) throw new Error(`No tab is called ${title}`);
    return found.id;
  }

  /** @param {string[]} titles */
  ids(...titles) {
    return titles.map((title) => this.named(title));
  }

  /** @param {number} id @returns {StripGroup} */
  group(id) {
    const found = this.groups.find((group) => group.id === id);
    if (!found) throw new Error(`No group with id: ${id}.`);
    return found;
  }

  /** @param {string} title */
  groupNamed(title) {
    return this.groups.find((group) => group.title === title);
  }

  /** The titles of a group's tabs. @param {string} title */
  members(title) {
    const group = this.groupNamed(title);
    return group
      ? this.#in(group.windowId).flatMap((tab) => (tab.groupId === group.id ? [tab.title] : []))
      : [];
  }

  /** A window as the browser lists it. @param {number} windowId */
  listed(windowId) {
    return structuredClone(this.#in(windowId)).map((tab, index) => ({ ...tab, index }));
  }

  /** Everything about windows, tabs and groups that a person sees. */
  picture() {
    return [...this.windows.keys()].map((id) => ({
      id,
      tabs: this.#in(id).map((tab) => [
        tab.title,
        tab.pinned ? "pinned" : "",
        this.groups.find((group) => group.id === tab.groupId)?.title ?? "",
      ]),
      groups: this.groups
        .filter((group) => group.windowId === id)
        .map(({ title, color, collapsed }) => ({ title, color, collapsed }))
        .sort((a, b) => a.title.localeCompare(b.title)),
    }));
  }

  /** @param {number} windowId @returns {StripTab[]} */
  #in(windowId) {
    const list = this.windows.get(windowId);
    if (!list) throw new Error(`No window with id: ${windowId}.`);
    return list;
  }

  /**
   * @template T
   * @param {string} name
   * @param {() => T} action
   * @returns {Promise<T>}
   */
  async #change(name, action) {
    this.calls.push(name);
    await this.intercept(name);
    if (this.held > 0) {
      this.held -= 1;
      throw new Error("Tabs cannot be edited right now (user may be dragging a tab).");
    }
    const result = action();
    this.#sweep();
    return result;
  }

  /** @param {{tabIds: number[], groupId?: number, createProperties?: {windowId: number}}} options @returns {number} */
  #group({ tabIds, groupId, createProperties }) {
    const tabs = tabIds.map((id) => this.tab(id));
    const windowId = createProperties?.windowId ?? this.group(groupId ?? NONE).windowId;
    let id = groupId;
    if (id === undefined) {
      id = this.#nextGroup++;
      this.groups.push({ id, windowId, title: "", color: "grey", collapsed: false, shared: false });
    }
    const list = this.#in(windowId);
    for (const tab of tabs) {
      if (tab.groupId === id) continue;
      tab.pinned = false;
      const last = list.findLastIndex((other) => other.groupId === id && other !== tab);
      tab.groupId = id;
      if (last >= 0) this.#place(list, tab, last + (list.indexOf(tab) > last ? 1 : 0));
    }
    this.#sweep();
    return id;
  }

  /** A tab that leaves its group ends up beside it. @param {number} tabId */
  #ungroup(tabId) {
    const tab = this.tab(tabId);
    if (tab.groupId === NONE) return;
    const list = this.#in(tab.windowId);
    const last = list.findLastIndex((other) => other.groupId === tab.groupId);
    tab.groupId = NONE;
    this.#place(list, tab, last);
    this.#sweep();
  }

  /** @param {number} tabId @param {number} index */
  #moveTab(tabId, index) {
    const tab = this.tab(tabId);
    const list = this.#in(tab.windowId);
    this.#place(list, tab, index);
    const [left, right] = [list[index - 1]?.groupId ?? NONE, list[index + 1]?.groupId ?? NONE];
    if (left === right) tab.groupId = left;
    else if (tab.groupId !== left && tab.groupId !== right) tab.groupId = NONE;
  }

  /** @param {(tab: StripTab) => boolean} taken @param {number} index */
  #shift(taken, index) {
    for (const list of this.windows.values()) {
      const moving = list.filter(taken);
      if (moving.length === 0) continue;
      const others = list.filter((tab) => !taken(tab));
      const [left, right] = [others[index - 1], others[index]];
      if (left && right && left.groupId !== NONE && left.groupId === right.groupId) {
        throw new Error("Cannot move the group to an index that is in the middle of another group.");
      }
      list.splice(0, list.length, ...others.slice(0, index), ...moving, ...others.slice(index));
    }
  }

  /** @param {StripTab[]} list @param {StripTab} tab @param {number} index */
  #place(list, tab, index) {
    list.splice(list.indexOf(tab), 1);
    list.splice(index, 0, tab);
  }

  /** A group without tabs is no more. */
  #sweep() {
    const used = new Set([...this.windows.values()].flat().map((tab) => tab.groupId));
    this.groups.splice(0, this.groups.length, ...this.groups.filter((group) => used.has(group.id)));
  }
}
