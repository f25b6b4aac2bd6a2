/**
 * The statements that were run here, the latest first. They hold a person's words, so at first they are kept
 * no longer than the browser is open, and in memory only; a person may have them kept longer, or not at all.
 */

import { browser } from "../shared/browser.js";
import { SQL_HISTORY, SQL_HISTORY_KEEP } from "../shared/storage_names.js";

/**
 * @typedef {{sql: string, values: Record<string, string>, at: number}} HistoryEntry
 * @typedef {"no" | "session" | "always"} Keep
 */

const MOST = 50;

export class SqlHistory {
  /** @type {HistoryEntry[]} */
  entries = [];
  /** @type {Keep} */
  keep = "session";

  async load() {
    const kept = await browser.storage.local.get([SQL_HISTORY, SQL_HISTORY_KEEP]);
    const keep = kept[SQL_HISTORY_KEEP];
    this.keep = keep === "no" || keep === "always" ? keep : "session";
    const session = this.keep === "session" ? await browser.storage.session.get([SQL_HISTORY]) : kept;
    const entries = session[SQL_HISTORY];
    this.entries = Array.isArray(entries) ? entries : [];
  }

  /** @param {string} sql @param {Record<string, string>} values @param {number} [at] */
  async add(sql, values, at = Date.now()) {
    // Another page may have added to it, or everything may have been deleted meanwhile.
    await this.load();
    if (this.keep === "no") return;
    const same = (/** @type {HistoryEntry} */ entry) =>
      entry.sql === sql && JSON.stringify(entry.values) === JSON.stringify(values);
    this.entries = [{ sql, values, at }, ...this.entries.filter((entry) => !same(entry))].slice(0, MOST);
    await this.#write();
  }

  /** @param {Keep} keep */
  async choose(keep) {
    await this.load();
    this.keep = keep;
    if (keep === "no") this.entries = [];
    await browser.storage.local.set({ [SQL_HISTORY_KEEP]: keep });
    await this.#write();
  }

  async clear() {
    this.entries = [];
    await this.#write();
  }

  /** In one place at most. */
  async #write() {
    const { local, session } = browser.storage;
    await local.set({ [SQL_HISTORY]: this.keep === "always" ? this.entries : [] });
    await session.set({ [SQL_HISTORY]: this.keep === "session" ? this.entries : [] });
  }
}
