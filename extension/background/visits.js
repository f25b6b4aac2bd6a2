/** Follows the browser's history as it grows: each visit gets its page, or is recorded without one. */

import { browser } from "../shared/browser.js";
import { refusal, visitRefusal } from "./capture_rules.js";
import { countedVisits, isListed } from "./history_visits.js";

const PAGE_WAIT_MS = 25_000;

/**
 * @typedef {import("./visit_ledger.js").PendingVisit} PendingVisit
 */

export class VisitFollower {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #settings;
  #ledger;
  #record;
  #capture;

  /**
   * @param {Object} wiring
   * @param {import("./settings_cache.js").SettingsCache} wiring.settings
   * @param {import("./visit_ledger.js").VisitLedger} wiring.ledger
   * @param {import("./visit_recorder.js").RecordVisit} wiring.recordVisit
   * @param {{schedule(tabId: number): void, read(tabId: number): Promise<void>}} wiring.capture
   */
  constructor({ settings, ledger, recordVisit, capture }) {
    this.#settings = settings;
    this.#ledger = ledger;
    this.#record = recordVisit;
    this.#capture = capture;
  }

  /**
   * The browser has recorded a visit; the page itself may not have loaded yet.
   *
   * @param {import("../shared/browser.js").HistoryItem} item
   */
  async onVisited(item) {
    const url = item.url ?? "";
    const seenAt = Math.floor(item.lastVisitTime ?? Date.now());
    const why = refusal(url, this.#settings);
    // Before the settings are known the visit is left for the next look through the history.
    if (why === "unknown_settings") return;
    if (why) {
      await this.#ledger.settle(url, seenAt);
      return;
    }
    const visits = await browser.history.getVisits({ url });
    const latest = visits.reduce((a, b) => ((b.visitTime ?? 0) > (a.visitTime ?? 0) ? b : a), visits[0]);
    const counted = countedVisits(visits).at(-1);
    if (counted && latest && Math.floor(latest.visitTime ?? 0) === counted.visitedAt) {
      await this.#ledger.add({ url, title: item.title ?? "", ...counted, due: Date.now() + PAGE_WAIT_MS });
      this.#arm();
    } else {
      await this.#ledger.settle(url, seenAt);
    }
    for (const tab of await tabsAt(url)) this.#capture.schedule(tab);
  }

  /** Takes up the visits that an earlier worker left waiting. */
  async resume() {
    for (const visit of this.#ledger.waiting()) {
      for (const tab of await tabsAt(visit.url)) this.#capture.schedule(tab);
    }
    this.#arm();
  }

  /** Deals with the visits whose page has not come: one last look, then the visit alone. */
  async flush() {
    for (const visit of this.#ledger.due()) {
      for (const tab of await tabsAt(visit.url)) await this.#capture.read(tab);
      const still = this.#ledger.get(visit.url);
      if (still && still.visitedAt === visit.visitedAt) await this.#recordIfListed(visit);
    }
    this.#arm();
  }

  /** @param {PendingVisit} visit */
  async #recordIfListed(visit) {
    const refused = visitRefusal(visit.url, visit.visitedAt, this.#settings) !== null;
    if (refused || !(await isListed(visit.url, visit.visitedAt))) {
      await this.#ledger.settle(visit.url, visit.visitedAt);
      return;
    }
    const [item] = (await browser.history.search({ text: visit.url, startTime: 0, maxResults: 5 })).filter(
      (found) => found.url === visit.url,
    );
    await this.#record({ ...visit, title: item?.title || visit.title });
  }

  #arm() {
    clearTimeout(this.#timer);
    const due = this.#ledger.nextDue();
    if (due !== undefined) this.#timer = setTimeout(() => this.flush(), Math.max(0, due - Date.now()) + 50);
  }
}

/**
 * The tabs that show exactly this address.
 *
 * @param {string} url
 * @returns {Promise<number[]>}
 */
async function tabsAt(url) {
  const tabs = await browser.tabs.query({});
  return tabs.flatMap((tab) => (tab.url === url && tab.id !== undefined ? [tab.id] : []));
}
