/**
 * Imports what the browser already has in its history: addresses, titles and counts.
 *
 * It goes back through time page by page. How far it has come is kept, so that it goes on from there
 * after a restart; handing over an entry twice changes nothing.
 */

import { browser } from "../shared/browser.js";
import { BACKFILL } from "../shared/storage_names.js";
import { addressRefusal } from "./capture_rules.js";
import { readLocal, writeLocal } from "./storage.js";

const ENTRIES_A_PAGE = 500;
const MOST_ENTRIES_A_PAGE = 64_000;

/**
 * @typedef {import("../shared/api.js").BackfillState} BackfillState
 * @typedef {import("../shared/browser.js").HistoryItem} HistoryItem
 */

export class Backfill {
  /** @type {BackfillState} */
  #state = { name: "none", imported: 0 };
  /** @type {Promise<void> | null} */
  #running = null;
  #stopping = false;
  #host;
  #settings;
  #onState;

  /**
   * @param {Object} wiring
   * @param {Pick<import("./host_port.js").HostPort, "request">} wiring.host
   * @param {import("./settings_cache.js").SettingsCache} wiring.settings
   * @param {(state: BackfillState) => void} wiring.onState
   */
  constructor({ host, settings, onState }) {
    this.#host = host;
    this.#settings = settings;
    this.#onState = onState;
  }

  async load() {
    this.#state = await readLocal(BACKFILL, this.#state);
  }

  get state() {
    return this.#state;
  }

  /** Goes on with an import that a restart cut short. */
  resume() {
    if (this.#state.name === "running") this.start();
  }

  /**
   * Starts, or goes on where it stopped; after a finished import it begins anew.
   *
   * @returns {Promise<void>} settles when it has ended
   */
  start() {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Stops after the page under way; the place is kept. */
  async stop() {
    this.#stopping = true;
    await this.#running;
  }

  async #run() {
    this.#stopping = false;
    const goingOn = this.#state.name !== "done" && this.#state.reached !== undefined;
    await this.#become(
      goingOn ? { ...this.#state, problem: undefined, name: "running" } : { name: "running", imported: 0 },
    );
    try {
      let size = ENTRIES_A_PAGE;
      /** @type {Set<string>} */
      let previous = new Set();
      while (!this.#stopping) {
        const endTime = this.#state.reached ?? Date.now() + 1;
        const items = await browser.history.search({ text: "", startTime: 0, endTime, maxResults: size });
        const fresh = items.filter((item) => item.id && !previous.has(item.id));
        const imported = this.#state.imported + (await this.#handOver(fresh));
        if (items.length < size) {
          await this.#become({ ...this.#state, imported, name: "done" });
          return;
        }
        const oldest = await timeInWindow(items[items.length - 1], endTime);
        // One millisecond of overlap, so that entries sharing the border's time are not lost.
        let next = Math.min(oldest + 1, endTime);
        if (next >= endTime && fresh.length === 0) {
          if (size >= MOST_ENTRIES_A_PAGE) next = endTime - 1;
          size = Math.min(size * 2, MOST_ENTRIES_A_PAGE);
        }
        previous = new Set(items.map((item) => item.id));
        await this.#become({ ...this.#state, imported, reached: next });
      }
      await this.#become({ ...this.#state, name: "stopped" });
    } catch (error) {
      const problem = error instanceof Error ? error.message : "The import stopped.";
      await this.#become({ ...this.#state, name: "stopped", problem });
    }
  }

  /** @param {HistoryItem[]} items @returns {Promise<number>} how many were handed over */
  async #handOver(items) {
    const entries = items
      .filter((item) => addressRefusal(item.url, this.#settings) === null)
      .map((item) => ({
        url: item.url,
        title: item.title ?? "",
        last_visit_at: Math.floor(item.lastVisitTime ?? 0),
        visit_count: Math.max(1, item.visitCount ?? 1),
      }));
    for (let at = 0; at < entries.length; at += ENTRIES_A_PAGE) {
      await this.#host.request("pages.import", { items: entries.slice(at, at + ENTRIES_A_PAGE) });
    }
    return entries.length;
  }

  /** @param {BackfillState} state */
  async #become(state) {
    this.#state = state;
    await writeLocal(BACKFILL, state);
    this.#onState(state);
  }
}

/**
 * When the entry was visited before the end of the window. The browser states the time of the very
 * last visit, which may lie after it.
 *
 * @param {HistoryItem} item
 * @param {number} endTime
 */
async function timeInWindow(item, endTime) {
  const last = item.lastVisitTime ?? 0;
  if (last < endTime) return last;
  const visits = await browser.history.getVisits({ url: item.url ?? "" });
  const inside = visits.map((visit) => visit.visitTime ?? 0).filter((time) => time < endTime);
  return inside.length > 0 ? Math.max(...inside) : endTime;
}
