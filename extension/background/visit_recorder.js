/** Hands over a visit without its page. */

import { cutTitle } from "./wire_limits.js";

/**
 * @typedef {(visit: {url: string, title?: string, visitedAt: number, transition: string}) => Promise<void>} RecordVisit
 */

/**
 * The visit counts as settled as soon as it lies in the outbox, which outlives the worker.
 *
 * @param {Object} wiring
 * @param {import("./visit_ledger.js").VisitLedger} wiring.ledger
 * @param {import("./outbox.js").Outbox} wiring.outbox
 * @param {import("./deletions.js").Deletions} wiring.deletions what has been deleted is not recorded
 * @returns {RecordVisit}
 */
export function visitRecorder({ ledger, outbox, deletions }) {
  return async ({ url, title, visitedAt, transition }) => {
    const params = { url, ...(title ? { title: cutTitle(title) } : {}), visited_at: visitedAt, transition };
    if (!deletions.covers(url, visitedAt)) await outbox.send({ kind: "visit", params });
    await ledger.settle(url, visitedAt);
  };
}
