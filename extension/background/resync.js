/** Finds, in the browser's own history, the visits that were missed while the host or the worker was away. */

import { browser } from "../shared/browser.js";
import { visitRefusal } from "./capture_rules.js";
import { visitsOf } from "./history_visits.js";
import { isLasting } from "./host_errors.js";
import { cutTitle } from "./wire_limits.js";

const MOST_ENTRIES = 10_000;

/**
 * Hands over every visit since the ledger's watermark, oldest first. A visit that the host already
 * has is recognised there by its address and time. What was visited during a pause is left out.
 *
 * @param {Object} wiring
 * @param {Pick<import("./host_port.js").HostPort, "request">} wiring.host
 * @param {import("./settings_cache.js").SettingsCache} wiring.settings
 * @param {import("./visit_ledger.js").VisitLedger} wiring.ledger
 * @param {import("./deletions.js").Deletions} wiring.deletions what has been deleted is not found again
 * @param {import("./visit_recorder.js").RecordVisit} wiring.recordVisit keeps what the host takes only after a pause
 * @returns {Promise<string[]>} the addresses whose pages were missed
 */
export async function resync({ host, settings, ledger, deletions, recordVisit }) {
  const began = Date.now();
  const since = ledger.watermark;
  const items = await browser.history.search({ text: "", startTime: since, maxResults: MOST_ENTRIES });
  const missed = [];
  for (const { url = "", title = "" } of items) {
    if (ledger.get(url)) continue;
    for (const visit of await visitsOf(url)) {
      if (visit.visitedAt <= since || visit.visitedAt > began) continue;
      if (deletions.covers(url, visit.visitedAt)) continue;
      const why = visitRefusal(url, visit.visitedAt, settings);
      if (why === null || why === "sign_in") missed.push({ url, title, why, ...visit });
    }
  }
  missed.sort((a, b) => a.visitedAt - b.visitedAt);
  for (const { url, title, why, visitedAt, transition } of missed) {
    // A page like this is recorded only once it has been looked at.
    if (why === "sign_in") continue;
    if (settings.pausedUntil() !== 0) {
      await recordVisit({ url, title, visitedAt, transition });
      await ledger.reach(visitedAt);
      continue;
    }
    try {
      await host.request("pages.visit", { url, title: cutTitle(title), visited_at: visitedAt, transition });
    } catch (error) {
      // What the host will never take must not hold up everything after it.
      if (!isLasting(error)) throw error;
    }
    await ledger.settle(url, visitedAt);
    await ledger.reach(visitedAt);
  }
  await ledger.advance(began);
  return [...new Set(missed.map((visit) => visit.url))];
}
