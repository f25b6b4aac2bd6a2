/** When capturing was paused, so that a visit is judged by its own time and not by when it is dealt with. */

import { UNTIL_RESUMED } from "../shared/setting_names.js";
import { PAUSES } from "../shared/storage_names.js";
import { readLocal, writeLocal } from "./storage.js";

const MOST_PAUSES = 50;

/**
 * @typedef {{from: number, to: number | null}} Pause milliseconds, UTC; `to` is null until a person resumes
 */

export class PauseLog {
  /** @type {Pause[]} */
  #pauses = [];

  async load() {
    this.#pauses = await readLocal(PAUSES, /** @type {Pause[]} */ ([]));
  }

  /**
   * Takes note of the setting as it is from now on; hearing the same again changes nothing.
   *
   * @param {number} until 0 not paused, -1 until resumed, else milliseconds, UTC
   * @param {number} [now]
   */
  async note(until, now = Date.now()) {
    const to = until === UNTIL_RESUMED ? null : until;
    const paused = to === null || to > now;
    const last = this.#pauses.at(-1);
    const running = last && (last.to === null || last.to > now) ? last : null;
    if (!paused && !running) return;
    if (running) running.to = paused ? to : now;
    else this.#pauses = [...this.#pauses, { from: now, to }].slice(-MOST_PAUSES);
    await writeLocal(PAUSES, this.#pauses);
  }

  /** Whether capturing was paused at that time. @param {number} time milliseconds, UTC */
  covers(time) {
    return this.#pauses.some(({ from, to }) => time >= from && (to === null || time < to));
  }
}
