/**
 * Reads pages as a person visits them and hands them to the host.
 *
 * A page counts as visited when the browser's own history says so; that leaves out error pages,
 * previews and whatever else the browser does not record.
 */

import { browser } from "../shared/browser.js";
import { PASSWORD_PAGES } from "../shared/setting_names.js";
import { isWebUrl } from "../shared/url.js";
import { refusal } from "./capture_rules.js";
import { isHeld, visitsOf } from "./history_visits.js";
import { isAway } from "./host_errors.js";
import { readTab } from "./page_reader.js";
import { readSession, writeSession } from "./storage.js";
import { cutTitle, fitsWire } from "./wire_limits.js";

const SETTLE_MS = 700;
const SECOND_LOOK_MS = 10_000;
const CAPTURE_LIMIT_MS = 60_000;
const UNSENT = "unsentPages";
const MOST_UNSENT = 200;
const LONGEST_LANGUAGE = 100;

/**
 * @typedef {import("./page_reader.js").PageReading} PageReading
 * @typedef {import("./history_visits.js").CountedVisit} CountedVisit
 */

export class PageCapture {
  /** @type {Map<number, ReturnType<typeof setTimeout>>} */
  #timers = new Map();
  /** @type {Map<number, Promise<void>>} */
  #running = new Map();
  /** @type {Map<number, string>} what was last sent from a tab */
  #sent = new Map();
  /** @type {Map<number, string>} the visit for which a tab was last looked at twice */
  #looked = new Map();
  #host;
  #settings;
  #ledger;
  #deletions;
  #recordVisit;

  /**
   * @param {Object} wiring
   * @param {Pick<import("./host_port.js").HostPort, "request">} wiring.host
   * @param {import("./settings_cache.js").SettingsCache} wiring.settings
   * @param {import("./visit_ledger.js").VisitLedger} wiring.ledger
   * @param {import("./deletions.js").Deletions} wiring.deletions
   * @param {import("./visit_recorder.js").RecordVisit} wiring.recordVisit
   */
  constructor({ host, settings, ledger, deletions, recordVisit }) {
    this.#host = host;
    this.#settings = settings;
    this.#ledger = ledger;
    this.#deletions = deletions;
    this.#recordVisit = recordVisit;
  }

  /**
   * Reads the tab soon; calls that follow one another closely count as one.
   *
   * @param {number} tabId
   * @param {number} [delayMs]
   */
  schedule(tabId, delayMs = SETTLE_MS) {
    clearTimeout(this.#timers.get(tabId));
    this.#timers.set(
      tabId,
      setTimeout(() => {
        this.#timers.delete(tabId);
        this.read(tabId);
      }, delayMs),
    );
  }

  /** @param {number} tabId */
  forgetTab(tabId) {
    clearTimeout(this.#timers.get(tabId));
    this.#timers.delete(tabId);
    this.#sent.delete(tabId);
    this.#looked.delete(tabId);
  }

  /**
   * Reads the tab now, after a reading of it that may be under way.
   *
   * @param {number} tabId
   * @returns {Promise<void>}
   */
  read(tabId) {
    const earlier = this.#running.get(tabId) ?? Promise.resolve();
    const reading = earlier.then(() => this.#readOnce(tabId)).catch(() => {});
    this.#running.set(tabId, reading);
    return reading.finally(() => {
      if (this.#running.get(tabId) === reading) this.#running.delete(tabId);
    });
  }

  /** Reads again, where they are still open, the pages that could not be sent. */
  async retryUnsent() {
    const unsent = new Set(await readSession(UNSENT, /** @type {string[]} */ ([])));
    if (unsent.size === 0) return;
    await writeSession(UNSENT, []);
    for (const tab of await browser.tabs.query({})) {
      if (tab.id !== undefined && unsent.has(tab.url ?? "")) this.schedule(tab.id);
    }
  }

  /** @param {string} url of a page that could not be sent */
  async #remember(url) {
    const unsent = await readSession(UNSENT, /** @type {string[]} */ ([]));
    await writeSession(UNSENT, [...new Set([...unsent, url])].slice(-MOST_UNSENT));
  }

  /** @param {number} tabId */
  async #readOnce(tabId) {
    const tab = await browser.tabs.get(tabId).catch(() => null);
    if (!tab?.url || refusal(tab.url, this.#settings, tab)) return;
    const visit = await this.#visitOf(tab.url);
    await this.#deletions.decided();
    if (!visit || this.#deletions.covers(tab.url, visit.visitedAt)) return;

    const allowPassword = this.#settings.get(PASSWORD_PAGES, false);
    const page = await readTab(tabId, { allowPassword });
    if (!page) return;
    // The page may have changed its address, and a person the settings, while it settled.
    if (refusal(page.url, this.#settings, tab)) return;
    const own = page.url === tab.url ? visit : await this.#visitOf(page.url);
    if (!own || (await this.#isGone(page.url, own))) return;
    if (page.hasPassword && !allowPassword) {
      await this.#ledger.settle(page.url, own.visitedAt);
      return;
    }
    if (page.html === null) {
      await this.#recordVisit({ ...own, url: page.url, title: page.title || tab.title || "" });
      return;
    }
    await this.#send(tab, page, own);
  }

  /**
   * Whether a person has removed the visit, here or in the browser, since the reading began.
   *
   * @param {string} url
   * @param {CountedVisit} visit
   */
  async #isGone(url, { visitedAt }) {
    await this.#deletions.decided();
    return !(await isHeld(url, visitedAt)) || this.#deletions.covers(url, visitedAt);
  }

  /** @param {string} url @returns {Promise<CountedVisit | undefined>} */
  async #visitOf(url) {
    return this.#ledger.get(url) ?? (await visitsOf(url)).at(-1);
  }

  /**
   * @param {import("../shared/browser.js").Tab} tab
   * @param {PageReading} page
   * @param {CountedVisit} visit
   */
  async #send(tab, page, visit) {
    const tabId = /** @type {number} */ (tab.id);
    const print = await fingerprint([page.url, String(visit.visitedAt), page.title, page.html ?? ""]);
    if (this.#sent.get(tabId) === print) return;
    try {
      await this.#host.request("pages.capture", captureParams(tab, page, visit), {
        limitMs: CAPTURE_LIMIT_MS,
      });
      // Deleted while the host was busy with it: the deletion may have come first there.
      if (await this.#isGone(page.url, visit)) {
        await this.#host.request("pages.delete", { urls: [page.url] });
        return;
      }
    } catch (error) {
      if (await this.#isGone(page.url, visit)) return;
      // Away: the visit is kept for later. Refused (too large, say): the visit is all there is to keep.
      await this.#recordVisit({ ...visit, url: page.url, title: page.title });
      if (isAway(error)) {
        await this.#remember(page.url);
        return;
      }
    }
    this.#sent.set(tabId, print);
    await this.#ledger.settle(page.url, visit.visitedAt);
    // A page that goes on loading by itself is looked at once more for each visit.
    const look = `${page.url} ${visit.visitedAt}`;
    if (this.#looked.get(tabId) === look) return;
    this.#looked.set(tabId, look);
    this.schedule(tabId, SECOND_LOOK_MS);
  }
}

/**
 * @param {import("../shared/browser.js").Tab} tab
 * @param {PageReading} page
 * @param {CountedVisit} visit
 */
function captureParams(tab, page, visit) {
  return {
    url: page.url,
    title: cutTitle(page.title || tab.title || ""),
    html: page.html,
    ...(page.lang.length > 0 && page.lang.length <= LONGEST_LANGUAGE ? { lang: page.lang } : {}),
    ...(isSendable(page.canonicalUrl) ? { canonical_url: page.canonicalUrl } : {}),
    ...(isSendable(page.referrer) ? { referrer: page.referrer } : {}),
    ...(isSendable(tab.favIconUrl) ? { favicon_url: tab.favIconUrl } : {}),
    visited_at: visit.visitedAt,
    transition: visit.transition,
    has_password: page.hasPassword,
    incognito: tab.incognito,
  };
}

/** @param {string | undefined} url beside that of the page itself */
function isSendable(url) {
  return url !== undefined && isWebUrl(url) && fitsWire(url);
}

/** @param {string[]} parts */
async function fingerprint(parts) {
  const bytes = new TextEncoder().encode(parts.join("\u0000"));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
