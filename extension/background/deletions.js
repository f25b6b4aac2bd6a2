/**
 * What a person has deleted in the archive, so that nothing still on its way stores it again.
 *
 * A deletion covers the visits made up to it; a page that is visited anew afterwards is stored anew.
 * It is kept until the browser is closed, in memory only: nothing of what was deleted goes to disk.
 */

import { siteOf } from "../shared/url.js";
import { readSession, writeSession } from "./storage.js";

const DELETIONS = "deletions";
const MOST_DELETIONS = 200;

/**
 * @typedef {{urls?: string[], domain?: string, from?: number, to?: number, all?: boolean}} Which
 * @typedef {Which & {at: number}} Deletion `at` is when it was made, milliseconds, UTC
 * @typedef {(url: string, visitedAt: number) => boolean} Covers
 */

export class Deletions {
  /** @type {Deletion[]} */
  #kept = [];
  /** @type {Promise<void>} */
  #decided = Promise.resolve();

  async load() {
    this.#kept = await readSession(DELETIONS, this.#kept);
  }

  /** @param {Which} which @param {number} at */
  async add({ urls, domain, from, to, all }, at) {
    this.#kept = [...this.#kept, { urls, domain, from, to, all, at }].slice(-MOST_DELETIONS);
    // Without room there the worker knows it for as long as it lives.
    await writeSession(DELETIONS, this.#kept).catch(() => {});
  }

  /** Nothing of what was deleted before is known any more. @param {Which} which @param {number} at */
  async restart(which, at) {
    this.#kept = [];
    await this.add(which, at);
  }

  /** Something is under way that may delete everything. @returns {() => void} says that it has ended */
  hold() {
    let end = () => {};
    const ended = new Promise((/** @type {(value: void) => void} */ resolve) => {
      end = resolve;
    });
    this.#decided = this.#decided.then(() => ended);
    return end;
  }

  /** Waits until it is known whether everything was deleted. */
  decided() {
    return this.#decided;
  }

  /** Whether this visit was deleted. @type {Covers} */
  covers = (url, visitedAt) =>
    this.#kept.some((deletion) => visitedAt <= deletion.at && matches(deletion, url, visitedAt));
}

/**
 * @param {Which} which
 * @param {string} url
 * @param {number} visitedAt
 */
function matches({ urls, domain, from, to, all }, url, visitedAt) {
  if (all || urls?.includes(url)) return true;
  if (domain && isWithin(siteOf(url), domain)) return true;
  if (typeof from !== "number" && typeof to !== "number") return false;
  return visitedAt >= (from ?? Number.NEGATIVE_INFINITY) && visitedAt < (to ?? Number.POSITIVE_INFINITY);
}

/** @param {string} site @param {string} domain as a person writes it, with all below it */
function isWithin(site, domain) {
  const bare = domain.trim().replace(/^\*?\./, "");
  const whole = siteOf(bare.includes("://") ? bare : `http://${bare}`);
  return whole !== "" && (site === whole || site.endsWith(`.${whole}`));
}
