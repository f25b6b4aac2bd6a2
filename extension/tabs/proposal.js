/**
 * The groups that are proposed, as a person changes them before anything happens to their tabs.
 *
 * Each change makes a new state, so that the last one can always be taken back.
 */

/**
 * @typedef {import("../shared/tabs_api.js").Colour} Colour
 * @typedef {import("../shared/tabs_api.js").GroupBy} GroupBy
 * @typedef {import("../shared/tabs_api.js").GroupReply} GroupReply
 * @typedef {import("../shared/tabs_api.js").OpenWindow} OpenWindow
 * @typedef {import("../shared/tabs_api.js").TabPlan} TabPlan
 * @typedef {import("../shared/tabs_api.js").TabCorrection} TabCorrection
 *
 * @typedef {Object} ProposedTab
 * @property {number} id
 * @property {string} url
 * @property {string} title
 * @property {number} windowId
 * @property {number | null} confidence that it belongs into its category
 * @property {string} reason
 *
 * @typedef {Object} ProposedGroup
 * @property {string} key
 * @property {number} windowId
 * @property {string} name
 * @property {Colour} color
 * @property {string} reason
 * @property {string | null} category
 * @property {number | null} existingId
 * @property {number} open tabs that are in it already
 * @property {number[]} tabIds
 *
 * @typedef {{groups: ProposedGroup[], moved: ReadonlySet<number>}} State `moved`: tabs that a person has put elsewhere
 */

/** @type {Colour[]} */
export const COLOURS = ["blue", "red", "yellow", "green", "pink", "purple", "cyan", "orange", "grey"];
const NEW_NAME = "New group";

export class Proposal {
  /** @type {Map<number, ProposedTab>} */
  #tabs = new Map();
  /** @type {State[]} the last one is how things are */
  #states = [];
  /** @type {Map<number, string | null>} the category that each tab was first put into */
  #first = new Map();
  #made = 0;

  /**
   * @param {GroupBy} by
   * @param {Array<{window: OpenWindow, reply: GroupReply}>} answers one for each window
   */
  constructor(by, answers) {
    this.by = by;
    this.windowIds = answers.map(({ window }) => window.id);
    const groups = answers.flatMap(({ window, reply }) => this.#take(window, reply));
    this.#states = [{ groups, moved: new Set() }];
    for (const group of groups) for (const id of group.tabIds) this.#first.set(id, group.category);
  }

  get groups() {
    return this.#state.groups;
  }

  /** @param {number} windowId */
  groupsIn(windowId) {
    return this.groups.filter((group) => group.windowId === windowId);
  }

  /** The tabs of a window that stay as they are, in their order. @param {number} windowId */
  looseIn(windowId) {
    const placed = new Set(this.groups.flatMap((group) => group.tabIds));
    return [...this.#tabs.values()].filter((tab) => tab.windowId === windowId && !placed.has(tab.id));
  }

  /** @param {number} tabId @returns {ProposedTab} */
  tab(tabId) {
    const found = this.#tabs.get(tabId);
    if (!found) throw new Error(`Tab ${tabId} is not part of this`);
    return found;
  }

  /** The group that a tab is in. @param {number} tabId */
  groupOf(tabId) {
    return this.groups.find((group) => group.tabIds.includes(tabId));
  }

  get size() {
    return this.#tabs.size;
  }

  get canStepBack() {
    return this.#states.length > 1;
  }

  /** Takes the last change back. */
  stepBack() {
    if (this.canStepBack) this.#states.pop();
  }

  /**
   * Moves a tab to the end of another group of its window.
   *
   * @param {number} tabId
   * @param {string | null} key of the group; null: into none
   */
  move(tabId, key) {
    const target = this.groups.find((group) => group.key === key);
    if (key !== null && target?.windowId !== this.tab(tabId).windowId) return;
    if ((this.groupOf(tabId)?.key ?? null) === key) return;
    this.#change(
      (group) => {
        const without = group.tabIds.filter((id) => id !== tabId);
        return { ...group, tabIds: group.key === key ? [...without, tabId] : without };
      },
      [tabId],
    );
  }

  /** Moves a tab into a group of its own. @param {number} tabId @returns {string} the key of the group */
  moveToNew(tabId) {
    const { windowId } = this.tab(tabId);
    const used = new Set(this.groupsIn(windowId).map((group) => group.color));
    /** @type {ProposedGroup} */
    const made = {
      key: this.#nextKey(),
      windowId,
      name: NEW_NAME,
      color: COLOURS.find((color) => !used.has(color)) ?? "grey",
      reason: "",
      category: null,
      existingId: null,
      open: 0,
      tabIds: [tabId],
    };
    const groups = this.groups.map((group) => ({
      ...group,
      tabIds: group.tabIds.filter((id) => id !== tabId),
    }));
    const at = groups.findLastIndex((group) => group.windowId === windowId) + 1;
    groups.splice(at, 0, made);
    this.#push(groups, [tabId]);
    return made.key;
  }

  /** @param {string} key @param {string} name */
  rename(key, name) {
    this.#change((group) => (group.key === key ? { ...group, name } : group));
  }

  /** @param {string} key @param {Colour} color */
  recolour(key, color) {
    this.#change((group) => (group.key === key ? { ...group, color } : group));
  }

  /** Leaves a group out; its tabs stay as they are. @param {string} key */
  drop(key) {
    this.#push(this.groups.filter((group) => group.key !== key));
  }

  /** What is to be done, with what can be learned from it. @returns {TabPlan} */
  plan() {
    const groups = this.groups
      .filter((group) => group.tabIds.length > 0)
      .map(({ windowId, name, color, tabIds, category, existingId }) => ({
        windowId,
        name: name.trim() || category || NEW_NAME,
        color,
        tabIds: [...tabIds],
        category,
        existingId,
      }));
    return { groups, corrections: this.#corrections() };
  }

  /** Only what stands for categories teaches anything about them. @returns {TabCorrection[]} */
  #corrections() {
    if (this.by !== "category") return [];
    return [...this.#state.moved].flatMap((id) => {
      const from = this.#first.get(id) ?? null;
      const group = this.groupOf(id);
      const category = group?.category ?? null;
      // A group without a category says nothing about one.
      if (category === from || (group && category === null)) return [];
      const { url, title } = this.tab(id);
      return { url, title, category, ...(from === null ? {} : { from }) };
    });
  }

  get #state() {
    return /** @type {State} */ (this.#states.at(-1));
  }

  /** @param {(group: ProposedGroup) => ProposedGroup} change @param {number[]} [moved] */
  #change(change, moved = []) {
    this.#push(this.groups.map(change), moved);
  }

  /** @param {ProposedGroup[]} groups @param {number[]} [moved] */
  #push(groups, moved = []) {
    this.#states.push({ groups, moved: new Set([...this.#state.moved, ...moved]) });
  }

  /** @param {OpenWindow} window @param {GroupReply} reply @returns {ProposedGroup[]} */
  #take(window, reply) {
    const verdicts = new Map(reply.tabs.map((tab) => [tab.id, tab]));
    for (const tab of window.tabs) {
      const verdict = verdicts.get(tab.id);
      // How sure it is that a tab belongs nowhere is of no use to anybody.
      const confidence = verdict?.category ? verdict.confidence : null;
      const reason = verdict?.reason ?? "";
      this.#tabs.set(tab.id, { ...tab, windowId: window.id, confidence, reason });
    }
    const proposed = reply.groups.map((group) => {
      const open = openGroupFor(window, group);
      return {
        key: this.#nextKey(),
        windowId: window.id,
        name: open?.name ?? group.name,
        color: open?.color ?? group.color,
        reason: group.reason,
        category: group.category ?? null,
        existingId: open?.id ?? null,
        open: open?.tabs.length ?? 0,
        tabIds: group.tab_ids.filter((id) => this.#tabs.has(id)),
      };
    });
    // Open groups that nothing was proposed for can still be chosen by hand.
    const others = window.groups.filter((open) => proposed.every((group) => group.existingId !== open.id));
    return [
      ...proposed,
      ...others.map(({ id, name, color, category, tabs }) => ({
        key: this.#nextKey(),
        windowId: window.id,
        name,
        color,
        reason: "",
        category,
        existingId: id,
        open: tabs.length,
        tabIds: [],
      })),
    ];
  }

  #nextKey() {
    this.#made += 1;
    return `group-${this.#made}`;
  }
}

/**
 * The open group that a proposed one goes into: the one that the host names, or one of ours for the
 * same category.
 *
 * @param {OpenWindow} window
 * @param {import("../shared/tabs_api.js").GroupItem} group
 */
function openGroupFor(window, { existing_id: existing, category }) {
  const named = window.groups.find((open) => open.id === existing);
  return named ?? window.groups.find((open) => open.own && category && open.category === category);
}
