/** Everything that the extension does with tab groups, wired together; answers the tabs page. */

import { TABS_COLLAPSE } from "../../shared/setting_names.js";
import { readSession, writeSession } from "../storage.js";
import { applyGroups } from "./application.js";
import { AutoGrouping } from "./auto_grouping.js";
import { Corrections } from "./corrections.js";
import { TabEditor } from "./editing.js";
import { OwnGroups } from "./own_groups.js";
import { readTabs } from "./reading.js";
import { restoreStrips } from "./restoration.js";
import { StripMoves } from "./strip_moves.js";
import { UndoStack } from "./undo_stack.js";

const BEGINNING = "tabsBeginning";
/** A key combination is no longer meant when the page comes up later than this. */
const BEGINNING_MS = 30_000;

/**
 * @typedef {import("../../shared/tabs_api.js").TabPlan} TabPlan
 * @typedef {import("../../shared/tabs_api.js").TabsState} TabsState
 */

export class TabOrganizer {
  #own = new OwnGroups();
  #undo = new UndoStack();
  #settings;
  #broadcast;

  /**
   * @param {Object} wiring
   * @param {import("../host_port.js").HostPort} wiring.host
   * @param {import("../settings_cache.js").SettingsCache} wiring.settings
   * @param {import("../outbox.js").Outbox} wiring.outbox
   * @param {(event: string, data: any) => void} wiring.broadcast tells the pages
   * @param {TabEditor} [wiring.editor]
   */
  constructor({ host, settings, outbox, broadcast, editor = new TabEditor() }) {
    this.#settings = settings;
    this.#broadcast = broadcast;
    this.editor = editor;
    editor.onMove = (tabIds) => this.#own.moves(tabIds);
    this.corrections = new Corrections({ host, outbox, settings });
    this.auto = new AutoGrouping({
      host,
      settings,
      editor,
      own: this.#own,
      undo: this.#undo,
      onMade: () => broadcast("tabs.changed", this.state()),
    });
    this.moves = new StripMoves({
      editor,
      own: this.#own,
      corrections: this.corrections,
      onLearned: (learned) => broadcast("tabs.learned", learned),
      onTakenOut: (tabId) => this.auto.decline([tabId]),
    });
  }

  async load() {
    await Promise.all([this.#own.load(), this.#undo.load(), this.corrections.load(), this.auto.load()]);
    this.moves.resume();
  }

  /** Takes note of the groups as they are; for groups that came or went without the extension. */
  async settle() {
    await this.editor.run(() => this.#own.settle());
  }

  /** @param {number} tabId @param {{status?: string, groupId?: number, url?: string}} change */
  onUpdated(tabId, change) {
    if (change.groupId !== undefined) this.moves.changed(tabId);
    if (change.status === "complete") this.auto.loaded(tabId);
  }

  /** @param {number} tabId */
  async onCreated(tabId) {
    await this.auto.created(tabId);
  }

  /** @param {number} tabId */
  async onRemoved(tabId) {
    this.moves.forgetTab(tabId);
    await this.auto.forgetTab(tabId);
  }

  /** A key combination asks to organize this window; the page there begins when it can. @param {number} windowId */
  async begin(windowId) {
    await writeSession(BEGINNING, { windowId, at: Date.now() });
    this.#broadcast("tabs.begin", { windowId });
  }

  /** @type {Record<string, (params: any) => Promise<unknown>>} */
  #methods = {
    read: (params) => readTabs(this.#own, params),
    apply: (params) => this.#apply(params),
    undo: () => this.#takeBack(),
    state: async () => this.state(),
    begin: (params) => this.#takeBeginning(params),
    unlearn: ({ tokens }) => this.corrections.forget(tokens),
  };

  /**
   * @param {string} method without `extension.tabs.`
   * @param {any} params
   * @returns {Promise<any>}
   */
  async answer(method, params) {
    const action = this.#methods[method];
    if (!action) throw new Error(`There is no method extension.tabs.${method}`);
    return (await action(params)) ?? {};
  }

  /** @returns {TabsState} */
  state() {
    const last = this.#undo.last;
    return { undo: last ? { at: last.at, groups: last.groups, tabs: last.tabs } : null };
  }

  /** @param {TabPlan} plan */
  async #apply({ groups, corrections }) {
    return this.editor.run(async () => {
      const collapse = this.#settings.get(TABS_COLLAPSE, false);
      const onProgress = (/** @type {number} */ done, /** @type {number} */ total) =>
        this.#broadcast("tabs.progress", { done, total });
      const { outcome, entry } = await applyGroups(this.#workshop, groups, { collapse, onProgress });
      for (const correction of corrections) {
        const token = await this.corrections.learn(correction);
        if (token) entry.tokens.push(token);
      }
      outcome.learned = entry.tokens.length;
      outcome.unlearned = corrections.length - entry.tokens.length;
      if (entry.tokens.length > 0 && this.#undo.last !== entry) await this.#undo.push(entry);
      await this.#undo.trim();
      this.#broadcast("tabs.changed", this.state());
      return outcome;
    });
  }

  async #takeBack() {
    return this.editor.run(async () => {
      const entry = this.#undo.last;
      if (!entry) return { tabs: 0, closed: 0, moved: 0, opened: 0 };
      const outcome = await restoreStrips(this.#workshop, entry);
      if (!outcome.problem) {
        await this.corrections.forget(entry.tokens);
        await this.auto.decline(entry.windows.flatMap(({ tabs }) => looseTabs(tabs)));
      }
      this.#broadcast("tabs.changed", this.state());
      return outcome;
    });
  }

  get #workshop() {
    return { editor: this.editor, own: this.#own, undo: this.#undo };
  }

  /** @param {{windowId: number}} params */
  async #takeBeginning({ windowId }) {
    const wanted = await readSession(BEGINNING, /** @type {{windowId: number, at: number} | null} */ (null));
    const begin = wanted?.windowId === windowId && Date.now() - wanted.at < BEGINNING_MS;
    if (begin) await writeSession(BEGINNING, null);
    return { begin };
  }
}

/** @param {import("./undo_stack.js").TabBefore[]} tabs */
function looseTabs(tabs) {
  return tabs.flatMap((tab) => (tab.groupId === -1 && !tab.pinned ? [tab.id] : []));
}
