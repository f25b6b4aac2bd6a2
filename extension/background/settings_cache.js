/**
 * The host's settings as last heard, kept across restarts of the worker.
 *
 * Until they have been heard once nothing is known of what must be left out, so nothing is captured.
 */

import { CAPTURE_ENABLED, EXCLUDED_SITES, PAUSED_UNTIL, UNTIL_RESUMED } from "../shared/setting_names.js";
import { SETTINGS } from "../shared/storage_names.js";
import { PauseLog } from "./pause_log.js";
import { readLocal, writeLocal } from "./storage.js";

export class SettingsCache {
  /** @type {Record<string, any> | null} */
  #values = null;
  #pauses = new PauseLog();
  #onChange;

  /** @param {() => void} [onChange] */
  constructor(onChange = () => {}) {
    this.#onChange = onChange;
  }

  /** Reads what was kept from last time. */
  async load() {
    this.#values = await readLocal(SETTINGS, null);
    await this.#pauses.load();
  }

  /** Whether the host's settings have ever been heard. */
  get known() {
    return this.#values !== null && EXCLUDED_SITES in this.#values;
  }

  /**
   * @template T
   * @param {string} key
   * @param {T} fallback
   * @returns {T}
   */
  get(key, fallback) {
    return this.#values?.[key] ?? fallback;
  }

  /** When capturing goes on: 0 when not paused, -1 when a person has to resume it. */
  pausedUntil(now = Date.now()) {
    const until = Number(this.get(PAUSED_UNTIL, 0));
    return until === UNTIL_RESUMED || until > now ? until : 0;
  }

  /** Whether capturing was paused at that time. @param {number} time milliseconds, UTC */
  wasPaused(time) {
    return this.#pauses.covers(time);
  }

  get captureEnabled() {
    return this.get(CAPTURE_ENABLED, true);
  }

  /**
   * Takes over values that the host or a person has set.
   *
   * @param {Record<string, any>} values
   */
  async apply(values) {
    this.#values = { ...this.#values, ...values };
    const noted = PAUSED_UNTIL in values ? this.#pauses.note(Number(values[PAUSED_UNTIL])) : undefined;
    this.#onChange();
    await noted;
    await writeLocal(SETTINGS, this.#values);
  }

  /**
   * Takes over a whole reply of `settings.get`.
   *
   * @param {{settings: Array<{key: string, value: any}>}} reply
   */
  async adopt(reply) {
    await this.apply(Object.fromEntries(reply.settings.map(({ key, value }) => [key, value])));
  }
}
