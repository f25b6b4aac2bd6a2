/**
 * Carries a person's removals over to the archive, and keeps the browser's own clean-up out of it.
 *
 * The browser drops visits after 90 days and reports that like a removal by hand. It shows nothing
 * older either, so an address last visited before that cannot have been removed by hand alone. It
 * does so for each address by itself: one with a tracking parameter goes while its page lives on.
 */

import { HostRefusal } from "./host_errors.js";
import { fitsWire } from "./wire_limits.js";

const DAY = 86_400_000;
const BROWSER_KEEPS_MS = 90 * DAY;
/** Clean-up runs at intervals and clocks differ; half a day older than the limit is no doubt left. */
const SLACK_MS = DAY / 2;
const ADDRESSES_A_REQUEST = 200;
const LOOKUPS_AT_ONCE = 8;
const NOT_HELD = new Set(["not_found", "invalid_input", "invalid_params"]);

/**
 * Whether an address that vanished from the browser's history was last visited so long ago that the
 * browser has dropped it by itself.
 *
 * @param {number} lastVisitAt milliseconds, UTC
 * @param {number} removedAt milliseconds, UTC
 */
export function isExpiry(lastVisitAt, removedAt) {
  return removedAt - lastVisitAt >= BROWSER_KEEPS_MS - SLACK_MS;
}

/**
 * Deletes from the archive what a person has removed from the browser's history.
 *
 * @param {Pick<import("./host_port.js").HostPort, "request">} host
 * @param {{urls: string[], all: boolean, removedAt: number}} removal
 */
export async function propagateRemoval(host, { urls, all, removedAt }) {
  if (all) {
    await host.request("pages.delete", { all: true });
    return;
  }
  for (let at = 0; at < urls.length; at += ADDRESSES_A_REQUEST) {
    const wanted = await removedByHand(host, urls.slice(at, at + ADDRESSES_A_REQUEST), removedAt);
    if (wanted.length > 0) await host.request("pages.delete", { urls: wanted });
  }
}

/**
 * @param {Pick<import("./host_port.js").HostPort, "request">} host
 * @param {string[]} urls
 * @param {number} removedAt
 */
async function removedByHand(host, urls, removedAt) {
  /** @type {string[]} */
  const wanted = [];
  const waiting = urls.filter(fitsWire);
  const work = async () => {
    for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
      const lastVisitAt = await lastVisitOf(host, url);
      if (lastVisitAt !== null && !isExpiry(lastVisitAt, removedAt)) wanted.push(url);
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work));
  return wanted;
}

/**
 * @param {Pick<import("./host_port.js").HostPort, "request">} host
 * @param {string} url
 * @returns {Promise<number | null>} of exactly this address where that is known, else of its page; null
 *   where the archive does not hold the page
 */
async function lastVisitOf(host, url) {
  try {
    const page = await host.request("pages.get", { url, passage_limit: 0 });
    return page.url_last_visit_at ?? page.last_visit_at;
  } catch (error) {
    if (error instanceof HostRefusal && NOT_HELD.has(error.kind)) return null;
    throw error;
  }
}
