/**
 * What must still reach the host, in order, kept while the host is away.
 *
 * Removals, settings and corrections are never dropped. Visits are, oldest first, once there are too many; they
 * stay in the browser's own history and can be imported from there.
 *
 * The host takes no visit while capturing is paused, so those from before wait for the end of the pause.
 * Settings go first: visits are to meet the host in the state in which they were let through here.
 */

import { OUTBOX } from "../shared/storage_names.js";
import { isLasting } from "./host_errors.js";
import { readLocal, writeLocal } from "./storage.js";

const MOST_VISITS = 500;

/**
 * @typedef {{kind: "visit", params: {url: string, title?: string, visited_at: number, transition?: string}}} VisitEntry
 * @typedef {{kind: "removal", urls: string[], all: boolean, removedAt: number}} RemovalEntry
 * @typedef {{kind: "settings", values: Record<string, any>}} SettingsEntry
 * @typedef {{kind: "correction", token: string, at: number, params: import("../shared/tabs_api.js").TabCorrection}} CorrectionEntry
 * @typedef {{kind: "forget", ids: number[]}} ForgetEntry
 * @typedef {VisitEntry | RemovalEntry | SettingsEntry | CorrectionEntry | ForgetEntry} OutboxEntry
 */

export class Outbox {
  /** @type {OutboxEntry[]} */
  #entries = [];
  /** @type {Promise<void> | null} */
  #draining = null;
  #holders = 0;
  #deliver;
  #holdsVisits;

  /**
   * @param {(entry: OutboxEntry) => Promise<void>} deliver hands one entry to the host
   * @param {() => boolean} [holdsVisits] whether visits have to wait
   */
  constructor(deliver, holdsVisits = () => false) {
    this.#deliver = deliver;
    this.#holdsVisits = holdsVisits;
  }

  async load() {
    this.#entries = await readLocal(OUTBOX, []);
  }

  get size() {
    return this.#entries.length;
  }

  /**
   * Keeps the entry; handing over begins, and is not waited for.
   *
   * @param {OutboxEntry} entry
   */
  async send(entry) {
    this.#entries.push(entry);
    this.#trim();
    await this.#keep();
    this.drain().catch(() => {});
  }

  /** The addresses of the visits that wait. */
  visitedUrls() {
    return this.#entries.flatMap((entry) => (entry.kind === "visit" ? [entry.params.url] : []));
  }

  /** Forgets visits that a person has removed. @param {(url: string, visitedAt: number) => boolean} removed */
  async forget(removed) {
    this.#entries = this.#entries.filter((entry) => {
      if (entry.kind === "visit") return !removed(entry.params.url, entry.params.visited_at);
      return entry.kind !== "correction" || !removed(entry.params.url, entry.at);
    });
    await this.#keep();
  }

  /** Takes corrections back that have not been handed over. @param {string[]} tokens */
  async withdraw(tokens) {
    this.#entries = this.#entries.filter(
      (entry) => entry.kind !== "correction" || !tokens.includes(entry.token),
    );
    await this.#keep();
  }

  /** Hands nothing over for now. @returns {() => void} hands over again */
  hold() {
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
      this.drain().catch(() => {});
    };
  }

  /** Hands over what waits, in order, until it is all gone or the host is away. */
  drain() {
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  async #drainAll() {
    for (let entry = this.#next(); entry; entry = this.#next()) {
      const delivered = entry;
      try {
        await this.#deliver(delivered);
      } catch (error) {
        if (!isLasting(error)) return;
      }
      this.#entries = this.#entries.filter((other) => other !== delivered);
      await this.#keep();
    }
  }

  /** @returns {OutboxEntry | undefined} */
  #next() {
    if (this.#holders > 0) return undefined;
    const settings = this.#entries.find((entry) => entry.kind === "settings");
    if (settings) return settings;
    const held = this.#holdsVisits();
    return this.#entries.find((entry) => entry.kind !== "visit" || !held);
  }

  #trim() {
    let surplus = this.#entries.filter((entry) => entry.kind === "visit").length - MOST_VISITS;
    this.#entries = this.#entries.filter((entry) => entry.kind !== "visit" || surplus-- <= 0);
  }

  async #keep() {
    await writeLocal(OUTBOX, this.#entries);
  }
}
