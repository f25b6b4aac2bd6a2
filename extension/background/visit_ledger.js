/**
 * Which visits still wait for their page to be read, and up to when everything has been dealt with.
 *
 * The watermark is a time: every visit up to it was handed over or left out on purpose. When the
 * browser or the host goes away, the visits after it are found again in the browser's history.
 */

import { VISIT_WATERMARK } from "../shared/storage_names.js";
import { readLocal, readSession, writeLocal, writeSession } from "./storage.js";

const PENDING = "pendingVisits";

/**
 * @typedef {Object} PendingVisit
 * @property {string} url
 * @property {string} title
 * @property {number} visitedAt milliseconds, UTC
 * @property {string} transition
 * @property {number} due when it is handed over without its page, milliseconds, UTC
 */

export class VisitLedger {
  /** @type {Map<string, PendingVisit>} */
  #pending = new Map();
  #watermark = 0;
  /** Up to when everything missed has been found again. */
  #reached = 0;
  /** The latest visit that was dealt with as it came. */
  #settled = 0;
  #caughtUp = false;

  /** Reads what was kept; on the very first start the watermark is now. */
  async load() {
    const kept = await readSession(PENDING, /** @type {PendingVisit[]} */ ([]));
    this.#pending = new Map(kept.map((visit) => [visit.url, visit]));
    this.#watermark = await readLocal(VISIT_WATERMARK, 0);
    if (this.#watermark === 0) {
      this.#watermark = Date.now();
      await writeLocal(VISIT_WATERMARK, this.#watermark);
    }
    this.#reached = this.#watermark;
  }

  get watermark() {
    return this.#watermark;
  }

  /** The visit of this address that waits for its page. @param {string} url */
  get(url) {
    return this.#pending.get(url);
  }

  /** @param {PendingVisit} visit */
  async add(visit) {
    this.#pending.set(visit.url, visit);
    await this.#keep();
  }

  /**
   * The visit was handed over, or left out on purpose.
   *
   * @param {string} url
   * @param {number} visitedAt
   */
  async settle(url, visitedAt) {
    if ((this.#pending.get(url)?.visitedAt ?? 0) <= visitedAt) this.#pending.delete(url);
    this.#settled = Math.max(this.#settled, visitedAt);
    await this.#keep();
  }

  /** Forgets visits that a person has removed. @param {(url: string, visitedAt: number) => boolean} removed */
  async forget(removed) {
    for (const { url, visitedAt } of this.waiting()) {
      if (!removed(url, visitedAt)) continue;
      this.#pending.delete(url);
      this.#settled = Math.max(this.#settled, visitedAt);
    }
    await this.#keep();
  }

  /**
   * What was missed has been found again and handed over up to this time.
   *
   * @param {number} time milliseconds, UTC
   */
  async reach(time) {
    this.#reached = Math.max(this.#reached, time);
    await this.#keep();
  }

  /**
   * Nothing before this time is missing any more; from now on each visit is dealt with as it comes.
   *
   * @param {number} time milliseconds, UTC
   */
  async advance(time) {
    this.#caughtUp = true;
    await this.reach(time);
  }

  /** Every visit that waits for its page. */
  waiting() {
    return [...this.#pending.values()];
  }

  /** The visits whose page did not come in time. @param {number} [now] */
  due(now = Date.now()) {
    return this.waiting().filter((visit) => visit.due <= now);
  }

  /** When the next visit is due, or undefined. */
  nextDue() {
    const times = this.waiting().map((visit) => visit.due);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  async #keep() {
    const waiting = this.waiting();
    // Until what was missed has been looked for, a new visit says nothing about those before it.
    const latest = this.#caughtUp ? Math.max(this.#reached, this.#settled) : this.#reached;
    const oldest = Math.min(latest, ...waiting.map((visit) => visit.visitedAt - 1));
    await writeSession(PENDING, waiting);
    if (oldest > this.#watermark) {
      this.#watermark = oldest;
      await writeLocal(VISIT_WATERMARK, oldest);
    }
  }
}
