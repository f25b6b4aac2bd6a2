/** One statement at a time: a second one ends the first, and whoever waits sees for how long. */

import { runSql } from "../shared/sql_api.js";

/**
 * @typedef {import("../shared/sql_api.js").RunParams} RunParams
 * @typedef {import("../shared/sql_api.js").RunResult} RunResult
 */

const TICK_MS = 1000;

export class StatementRunner {
  /** @type {AbortController | null} */
  #running = null;
  #onState;

  /** @param {(running: boolean, seconds: number) => void} onState also told every second while one runs */
  constructor(onState) {
    this.#onState = onState;
  }

  get running() {
    return this.#running !== null;
  }

  /**
   * @param {RunParams} params
   * @returns {Promise<RunResult | null>} null when another one took its place meanwhile
   * @throws {Error} an `AbortError` when it was cancelled
   */
  async run(params) {
    this.#running?.abort();
    const own = new AbortController();
    this.#running = own;
    const began = Date.now();
    this.#onState(true, 0);
    const ticking = setInterval(() => this.#onState(true, Math.round((Date.now() - began) / 1000)), TICK_MS);
    try {
      const result = await runSql(params, { signal: own.signal });
      return this.#running === own ? result : null;
    } catch (error) {
      if (this.#running !== own) return null;
      throw error;
    } finally {
      clearInterval(ticking);
      if (this.#running === own) {
        this.#running = null;
        this.#onState(false, 0);
      }
    }
  }

  /** Ends what runs. @returns {boolean} whether anything did */
  cancel() {
    this.#running?.abort();
    return this.#running !== null;
  }
}
