/** Deletes pages in the archive, together with what is still on its way there. */

import { browser } from "../shared/browser.js";
import { isWebUrl } from "../shared/url.js";
import { HostRefusal } from "./host_errors.js";
import { fitsWire } from "./wire_limits.js";

const LOOKUPS_AT_ONCE = 8;

/**
 * @typedef {import("./deletions.js").Which} Which
 *
 * @typedef {Object} Wiring
 * @property {Pick<import("./host_port.js").HostPort, "request">} host
 * @property {import("./deletions.js").Deletions} deletions
 * @property {import("./visit_ledger.js").VisitLedger} ledger
 * @property {import("./outbox.js").Outbox} outbox
 */

/**
 * What waits is forgotten before, so that it cannot overtake the deletion, and after it, for what came
 * to wait meanwhile.
 *
 * @param {Wiring} wiring
 * @param {Which} which
 * @param {import("./host_port.js").CallOptions} [context]
 * @returns {Promise<any>} what the host answers
 */
export async function deletePages({ host, deletions, ledger, outbox }, which, context) {
  const at = Date.now();
  const urls = which.urls?.length ? await withOtherAddresses(host, which.urls, ledger, outbox) : which.urls;
  await deletions.add({ ...which, urls }, at);
  const forget = async () => {
    await ledger.forget(deletions.covers);
    await outbox.forget(deletions.covers);
  };
  await forget();
  try {
    return await host.request("pages.delete", which, context);
  } finally {
    await forget();
  }
}

/**
 * The pages are named as the archive has them; a tab may show one under another address (with a
 * tracking parameter, say), and only the archive knows which belong together.
 *
 * @param {Wiring["host"]} host
 * @param {string[]} urls
 * @param {Wiring["ledger"]} ledger
 * @param {Wiring["outbox"]} outbox
 */
async function withOtherAddresses(host, urls, ledger, outbox) {
  const named = new Set(urls);
  const tabs = await browser.tabs.query({});
  const waiting = [...ledger.waiting().map(({ url }) => url), ...outbox.visitedUrls()];
  const candidates = [...new Set([...tabs.map(({ url = "" }) => url), ...waiting])].filter(
    (url) => isWebUrl(url) && fitsWire(url) && !named.has(url),
  );
  const all = new Set(urls);
  const work = async () => {
    for (let url = candidates.shift(); url !== undefined; url = candidates.shift()) {
      if (named.has((await findPage(host, url)) ?? "")) all.add(url);
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work));
  return [...all];
}

/**
 * @param {Wiring["host"]} host
 * @param {string} url
 * @returns {Promise<string | null>} the address under which the archive has the page
 */
async function findPage(host, url) {
  try {
    return (await host.request("pages.get", { url, passage_limit: 0 })).url;
  } catch (error) {
    if (error instanceof HostRefusal) return null;
    throw error;
  }
}
