/** Finds, in the browser's own history, the visits that were missed while the host or the worker was away. */

import { browser } from "../shared/browser.js";
import { refusal } from "./capture_rules.js";
import { visitsOf } from "./history_visits.js";
import { isLasting } from "./host_errors.js";
import { cutTitle } from "./wire_limits.js";

const MOST_ENTRIES = 10_000;

/**
 * Hands over every visit since the ledger's watermark, oldest first. A visit that the host already
 * has is recognised there by its address and time.
 *
 * @param {Object} wiring
 * @param {Pick<import("./host_port.js").HostPort, "request">} wiring.host
 * @param {import("./settings_cache.js").SettingsCache} wiring.settings
 * @param {import("./visit_ledger.js").VisitLedger} wiring.ledger
 * @returns {Promise<string[]>} the addresses that were handed over
 */
export async function resync({ host, settings, ledger }) {
  const began = Date.now();
  const since = ledger.watermark;
  const items = await browser.history.search({ text: "", startTime: since, maxResults: MOST_ENTRIES });
  const missed = [];
  for (const { url = "", title = "" } of items) {
    if (refusal(url, settings) || ledger.get(url)) continue;
    for (const visit of await visitsOf(url)) {
      if (visit.visitedAt > since && visit.visitedAt <= began) missed.push({ url, title, ...visit });
    }
  }
  missed.sort((a, b) => a.visitedAt - b.visitedAt);
  for (const { url, title, visitedAt, transition } of missed) {
    try {
      await host.request("pages.visit", { url, title: cutTitle(title), visited_at: visitedAt, transition });
    } catch (error) {
      // What the host will never take must not hold up everything after it.
      if (!isLasting(error)) throw error;
    }
    await ledger.settle(url, visitedAt);
  }
  await ledger.advance(began);
  return [...new Set(missed.map((visit) => visit.url))];
}
