/**
 * What must still reach the host, in order, kept while the host is away.
 *
 * Removals and settings are never dropped. Visits are, oldest first, once there are too many; they
 * stay in the browser's own history and can be imported from there.
 */

import { OUTBOX } from "../shared/storage_names.js";
import { isLasting } from "./host_errors.js";
import { readLocal, writeLocal } from "./storage.js";

const MOST_VISITS = 500;

/**
 * @typedef {{kind: "visit", params: {url: string, title?: string, visited_at: number, transition?: string}}} VisitEntry
 * @typedef {{kind: "removal", urls: string[], all: boolean, removedAt: number}} RemovalEntry
 * @typedef {{kind: "settings", values: Record<string, any>}} SettingsEntry
 * @typedef {VisitEntry | RemovalEntry | SettingsEntry} OutboxEntry
 */

export class Outbox {
  /** @type {OutboxEntry[]} */
  #entries = [];
  /** @type {Promise<void> | null} */
  #draining = null;
  #deliver;

  /** @param {(entry: OutboxEntry) => Promise<void>} deliver hands one entry to the host */
  constructor(deliver) {
    this.#deliver = deliver;
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

  /** Forgets visits of removed addresses. @param {(url: string) => boolean} removed */
  async forget(removed) {
    this.#entries = this.#entries.filter((entry) => entry.kind !== "visit" || !removed(entry.params.url));
    await this.#keep();
  }

  /** Hands over what waits, in order, until it is all gone or the host is away. */
  drain() {
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  async #drainAll() {
    while (this.#entries.length > 0) {
      const entry = this.#entries[0];
      try {
        await this.#deliver(entry);
      } catch (error) {
        if (!isLasting(error)) return;
      }
      this.#entries = this.#entries.filter((other) => other !== entry);
      await this.#keep();
    }
  }

  #trim() {
    let surplus = this.#entries.filter((entry) => entry.kind === "visit").length - MOST_VISITS;
    this.#entries = this.#entries.filter((entry) => entry.kind !== "visit" || surplus-- <= 0);
  }

  async #keep() {
    await writeLocal(OUTBOX, this.#entries);
  }
}
