/** Reads the browser's own history: which visits count, and which entries it shows. */

import { browser } from "../shared/browser.js";

/**
 * @typedef {Object} CountedVisit
 * @property {number} visitedAt milliseconds, UTC
 * @property {string} transition
 */

/**
 * The visits that a person made: reloads (a restored session is one too) and frames that a page
 * filled by itself are left out. Where there is nothing but reloads, the first of them counts.
 *
 * @param {import("../shared/browser.js").VisitItem[]} visits
 * @returns {CountedVisit[]} oldest first
 */
export function countedVisits(visits) {
  const own = visits
    .filter((visit) => visit.transition !== "auto_subframe" && visit.visitTime !== undefined)
    .sort((a, b) => (a.visitTime ?? 0) - (b.visitTime ?? 0));
  const made = own.filter((visit) => visit.transition !== "reload");
  return (made.length > 0 ? made : own.slice(0, 1)).map((visit) => ({
    visitedAt: Math.floor(visit.visitTime ?? 0),
    transition: visit.transition,
  }));
}

/**
 * The visits of exactly this address that count, oldest first.
 *
 * @param {string} url
 */
export async function visitsOf(url) {
  return countedVisits(await browser.history.getVisits({ url }));
}

/**
 * Whether the browser's history still holds this visit; a person may have removed it meanwhile.
 *
 * @param {string} url
 * @param {number} visitedAt
 */
export async function isHeld(url, visitedAt) {
  const visits = await browser.history.getVisits({ url });
  return visits.some(({ visitTime = 0 }) => Math.floor(visitTime) === visitedAt);
}

/**
 * Whether the browser lists this visit in its history. It does not list the stations of a redirect.
 *
 * @param {string} url
 * @param {number} visitedAt
 */
export async function isListed(url, visitedAt) {
  const found = await browser.history.search({
    text: "",
    startTime: visitedAt - 1,
    endTime: visitedAt + 2,
    maxResults: 200,
  });
  return found.some((item) => item.url === url);
}
