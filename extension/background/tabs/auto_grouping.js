/**
 * Puts new tabs into groups by themselves, where a person has switched that on: into a group of ours
 * that stands for the tab's category, or into a new one together with other loose tabs of it.
 */

import { browser } from "../../shared/browser.js";
import { CAPTURE_ENABLED, TABS_AUTO_GROUP } from "../../shared/setting_names.js";
import { siteOf } from "../../shared/url.js";
import { readSession, writeSession } from "../storage.js";
import { cutTitle, fitsWire } from "../wire_limits.js";
import { addressOf, itemOf, reasonToLeave } from "./reading.js";
import { NO_GROUP, readStrips } from "./strip.js";
import { describeStrips } from "./undo_stack.js";

const DECLINED = "tabsLeftAlone";
const NEW = "newTabs";
/** Titles are often set only after a page has loaded. */
const REST_MS = 1200;
const MODEL_WAIT_MS = 10_000;
/** A group of one is none. */
const FEWEST = 2;

/**
 * @typedef {import("../../shared/tabs_api.js").CategorizeReply} CategorizeReply
 * @typedef {import("../../shared/tabs_api.js").Colour} Colour
 * @typedef {import("./strip.js").Strip} Strip
 * @typedef {import("./strip.js").StripTab} StripTab
 *
 * @typedef {Map<number, {category: string | null, url: string}>} Filing what was found for which page
 */

export class AutoGrouping {
  /** @type {Set<number>} tabs that have loaded something */
  #loaded = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Map<number, string>} sites of tabs that a person has taken out of a group */
  #declined = new Map();
  /** @type {Set<number>} tabs that were opened since this was switched on and the browser was started */
  #new = new Set();
  #wiring;

  /**
   * @param {Object} wiring
   * @param {Pick<import("../host_port.js").HostPort, "request">} wiring.host
   * @param {import("../settings_cache.js").SettingsCache} wiring.settings
   * @param {import("./editing.js").TabEditor} wiring.editor
   * @param {import("./own_groups.js").OwnGroups} wiring.own
   * @param {import("./undo_stack.js").UndoStack} wiring.undo
   * @param {() => void} wiring.onMade a group was made, and can be taken back
   */
  constructor(wiring) {
    this.#wiring = wiring;
  }

  async load() {
    this.#declined = new Map(await readSession(DECLINED, /** @type {Array<[number, string]>} */ ([])));
    this.#new = new Set(await readSession(NEW, /** @type {number[]} */ ([])));
  }

  /** A tab was opened. @param {number} tabId */
  async created(tabId) {
    if (!this.#isOn()) return;
    this.#new.add(tabId);
    await writeSession(NEW, [...this.#new]);
  }

  /** A tab has loaded something. One that was there before is where a person left it. @param {number} tabId */
  loaded(tabId) {
    if (!this.#new.has(tabId) || !this.#isOn()) return;
    this.#loaded.add(tabId);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const tabIds = [...this.#loaded];
      this.#loaded.clear();
      // Without the host, or while a tab is dragged for long, the tabs just stay where they are.
      this.#place(tabIds).catch(() => {});
    }, REST_MS);
  }

  /** A person wants these tabs in no group, as long as they show the same site. @param {number[]} tabIds */
  async decline(tabIds) {
    for (const id of tabIds) {
      const tab = await browser.tabs.get(id).catch(() => undefined);
      if (tab) this.#declined.set(id, siteOf(tab.url ?? ""));
    }
    await this.#keep();
  }

  /** @param {number} tabId */
  async forgetTab(tabId) {
    this.#loaded.delete(tabId);
    if (this.#new.delete(tabId)) await writeSession(NEW, [...this.#new]);
    if (this.#declined.delete(tabId)) await this.#keep();
  }

  /** Off is off: without being asked nothing loads a model while nothing is to be remembered. */
  #isOn() {
    const { settings } = this.#wiring;
    return settings.get(TABS_AUTO_GROUP, false) && settings.get(CAPTURE_ENABLED, true);
  }

  async #keep() {
    await writeSession(DECLINED, [...this.#declined]);
  }

  /** @param {number[]} tabIds */
  async #place(tabIds) {
    const strips = (await readStrips()).filter(({ tabs }) => tabs.some((tab) => tabIds.includes(tab.id)));
    const loose = strips.flatMap((strip) => strip.tabs.filter((tab) => this.#isLoose(strip, tab)));
    if (!loose.some((tab) => tabIds.includes(tab.id))) return;
    const categories = await this.#categorize(loose);
    for (const id of tabIds) {
      const category = categories.get(id)?.category;
      if (category) await this.#wiring.editor.run(() => this.#join(id, category, categories));
    }
  }

  /**
   * @param {number} tabId
   * @param {string} category
   * @param {Filing} categories of all loose tabs
   */
  async #join(tabId, category, categories) {
    const { editor, own, undo, onMade } = this.#wiring;
    // Looked at again: the person may have done something meanwhile.
    const found = await this.#find(tabId);
    if (!found || !isStill(categories, found.tab, category)) return;
    const { strip, tab } = found;
    const group = strip.groups.find(
      (open) => !open.shared && own.has(open) && own.categoryOf(open.id) === category,
    );
    if (group) {
      // The tab in use must stay in sight.
      if (group.collapsed && tab.active) await editor.updateGroup(group.id, { collapsed: false });
      await editor.group([tabId], { groupId: group.id });
    } else {
      const same = strip.tabs.filter(
        (one) => this.#isLoose(strip, one) && isStill(categories, one, category),
      );
      if (same.length < FEWEST) return;
      const color = await this.#colourOf(category);
      const ids = same.map((one) => one.id);
      const windows = describeStrips([strip], own);
      await editor.group(ids, { windowId: strip.id }, async (groupId) => {
        const step = {
          at: Date.now(),
          made: [groupId],
          touched: [],
          groups: 1,
          tabs: ids.length,
          tokens: [],
        };
        await undo.push({ ...step, windows });
        await own.add(groupId, { title: category, category, windowId: strip.id });
        await editor.updateGroup(groupId, { title: category, color });
      });
      await undo.trim();
      onMade();
    }
    await own.settle();
  }

  /** @param {number} tabId @returns {Promise<{strip: Strip, tab: StripTab} | undefined>} */
  async #find(tabId) {
    for (const strip of await readStrips()) {
      const tab = strip.tabs.find((one) => one.id === tabId);
      if (tab) return this.#isLoose(strip, tab) ? { strip, tab } : undefined;
    }
    return undefined;
  }

  /** @param {Strip} strip @param {StripTab} tab */
  #isLoose(strip, tab) {
    if (!this.#new.has(tab.id)) return false;
    if (tab.groupId !== NO_GROUP || this.#declined.get(tab.id) === siteOf(tab.url ?? "")) return false;
    return fitsWire(tab.url ?? "") && reasonToLeave(strip, tab, this.#wiring.own, false) === null;
  }

  /** @param {StripTab[]} tabs @returns {Promise<Filing>} */
  async #categorize(tabs) {
    const items = tabs.map((tab) => ({ ...itemOf(tab), title: cutTitle(tab.title ?? "") }));
    const params = { tabs: items, wait_ms: MODEL_WAIT_MS };
    /** @type {CategorizeReply} */
    const reply = await this.#wiring.host.request("tabs.categorize", params);
    const urls = new Map(items.map((item) => [item.id, item.url]));
    return new Map(reply.tabs.map(({ id, category }) => [id, { category, url: urls.get(id) ?? "" }]));
  }

  /** @param {string} category @returns {Promise<Colour>} */
  async #colourOf(category) {
    const { categories } = await this.#wiring.host.request("categories.list", {});
    const found = categories.find((/** @type {{name: string}} */ one) => one.name === category);
    return found?.colour ?? "grey";
  }
}

/** Whether a tab shows the page that was found to be of a category. @param {Filing} filing @param {StripTab} tab @param {string} category */
function isStill(filing, tab, category) {
  const found = filing.get(tab.id);
  return found?.category === category && found.url === addressOf(tab);
}
