/**
 * Imports what the browser already has in its history: addresses, titles and counts.
 *
 * It goes back through time page by page. How far it has come is kept, so that it goes on from there
 * after a restart; handing over an entry twice changes nothing. An entry that the host does not take
 * is passed over, and spoils none of those sent with it.
 */

import { browser } from "../shared/browser.js";
import { BACKFILL } from "../shared/storage_names.js";
import { addressRefusal } from "./capture_rules.js";
import { HostRefusal } from "./host_errors.js";
import { readLocal, writeLocal } from "./storage.js";
import { cutTitle } from "./wire_limits.js";

const ENTRIES_A_PAGE = 500;
const MOST_ENTRIES_A_PAGE = 64_000;
const BLAMES_CONTENT = new Set(["invalid_params", "invalid_input", "too_large"]);

/**
 * @typedef {import("../shared/api.js").BackfillState} BackfillState
 * @typedef {import("../shared/browser.js").HistoryItem} HistoryItem
 */

/** @type {BackfillState} */
const NOT_BEGUN = { name: "none", imported: 0 };

export class Backfill {
  /** @type {BackfillState} */
  #state = NOT_BEGUN;
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
    this.#state = await readLocal(BACKFILL, NOT_BEGUN);
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
        const taken = await this.#handOver(fresh);
        const imported = this.#state.imported + taken;
        const skipped = (this.#state.skipped ?? 0) + fresh.length - taken;
        if (items.length < size) {
          await this.#become({ ...this.#state, imported, skipped, name: "done" });
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
        await this.#become({ ...this.#state, imported, skipped, reached: next });
      }
      await this.#become({ ...this.#state, name: "stopped" });
    } catch (error) {
      const problem = error instanceof Error ? error.message : "The import stopped.";
      await this.#become({ ...this.#state, name: "stopped", problem });
    }
  }

  /** @param {HistoryItem[]} items @returns {Promise<number>} how many the host took */
  async #handOver(items) {
    const entries = items
      .filter((item) => addressRefusal(item.url, this.#settings) === null)
      .map((item) => ({
        url: item.url,
        title: cutTitle(item.title ?? ""),
        last_visit_at: Math.floor(item.lastVisitTime ?? 0),
        visit_count: Math.max(1, item.visitCount ?? 1),
      }));
    let taken = 0;
    for (let at = 0; at < entries.length; at += ENTRIES_A_PAGE) {
      taken += await this.#import(entries.slice(at, at + ENTRIES_A_PAGE));
    }
    return taken;
  }

  /**
   * @param {object[]} entries which are halved, when the host refuses them, until the culprit is alone
   * @returns {Promise<number>} how many the host took
   */
  async #import(entries) {
    try {
      await this.#host.request("pages.import", { items: entries });
      return entries.length;
    } catch (error) {
      if (!(error instanceof HostRefusal && BLAMES_CONTENT.has(error.kind))) throw error;
    }
    if (entries.length === 1) return 0;
    const middle = Math.ceil(entries.length / 2);
    return (await this.#import(entries.slice(0, middle))) + (await this.#import(entries.slice(middle)));
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
