/** Keeps up with what a statement asks for while it is written. */

import { describeSql } from "../shared/sql_api.js";

/**
 * @typedef {import("../shared/sql_api.js").Description} Description
 */

const PAUSE_MS = 300;

export class StatementWatch {
  /** @type {{sql: string, answer: Promise<Description | null>} | null} */
  #latest = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | undefined} */
  #asking;
  #onDescribed;

  /** @param {(description: Description) => void} onDescribed */
  constructor(onDescribed) {
    this.#onDescribed = onDescribed;
  }

  /** Asks once the writing pauses. @param {string} sql */
  changed(sql) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.describe(sql), PAUSE_MS);
  }

  /**
   * What is known of this statement, asked for now if it was not yet.
   *
   * @param {string} sql
   * @returns {Promise<Description | null>} null while it cannot be understood
   */
  async describe(sql) {
    clearTimeout(this.#timer);
    if (sql.trim() === "") return null;
    if (this.#latest?.sql === sql) return this.#latest.answer;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const answer = describeSql({ sql }, { signal: asking.signal }).catch(() => null);
    this.#latest = { sql, answer };
    const description = await answer;
    if (this.#latest?.sql !== sql) return description;
    // What was not understood may be understood once the host is back, or a table is there.
    if (description) this.#onDescribed(description);
    else this.#latest = null;
    return description;
  }
}
