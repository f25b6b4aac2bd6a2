/**
 * What a person says about where tabs belong, on its way to the host; it can be taken back at any time.
 *
 * A correction goes by way of the outbox, so it is learned even when the host is away. Its token stands
 * for it wherever it is by then.
 */

import { refusal } from "../capture_rules.js";
import { readSession, writeSession } from "../storage.js";
import { cutTitle } from "../wire_limits.js";

const LEARNED = "learnedCorrections";
const WITHDRAWN = "withdrawnCorrections";
const MOST_KEPT = 500;

/**
 * @typedef {import("../../shared/tabs_api.js").TabCorrection} TabCorrection
 * @typedef {import("../outbox.js").CorrectionEntry} CorrectionEntry
 */

export class Corrections {
  /** @type {Map<string, number>} the host's row by token */
  #rows = new Map();
  /** @type {Set<string>} */
  #withdrawn = new Set();
  #host;
  #outbox;
  #settings;

  /**
   * @param {Object} wiring
   * @param {Pick<import("../host_port.js").HostPort, "request">} wiring.host
   * @param {Pick<import("../outbox.js").Outbox, "send" | "withdraw">} wiring.outbox
   * @param {import("../settings_cache.js").SettingsCache} wiring.settings
   */
  constructor({ host, outbox, settings }) {
    this.#host = host;
    this.#outbox = outbox;
    this.#settings = settings;
  }

  async load() {
    this.#rows = new Map(await readSession(LEARNED, /** @type {Array<[string, number]>} */ ([])));
    this.#withdrawn = new Set(await readSession(WITHDRAWN, /** @type {string[]} */ ([])));
  }

  /**
   * A correction keeps an address, so it is made only where a visit would be kept, too.
   *
   * @param {TabCorrection} correction
   * @returns {Promise<string | null>} its token; null where nothing may be kept
   */
  async learn(correction) {
    if (refusal(correction.url, this.#settings) !== null) return null;
    const token = crypto.randomUUID();
    const params = { ...correction, title: cutTitle(correction.title) };
    await this.#outbox.send({ kind: "correction", token, at: Date.now(), params });
    return token;
  }

  /** Hands one over. @param {CorrectionEntry} entry */
  async deliver({ token, params }) {
    const { correction_id: id } = await this.#host.request("tabs.correct", params);
    if (typeof id !== "number") return;
    // Taken back while it was on its way.
    if (this.#withdrawn.has(token)) {
      await this.#outbox.send({ kind: "forget", ids: [id] });
      return;
    }
    this.#rows.set(token, id);
    this.#rows = new Map([...this.#rows].slice(-MOST_KEPT));
    await writeSession(LEARNED, [...this.#rows]);
  }

  /** Takes corrections back. @param {string[]} tokens */
  async forget(tokens) {
    if (tokens.length === 0) return;
    for (const token of tokens) this.#withdrawn.add(token);
    this.#withdrawn = new Set([...this.#withdrawn].slice(-MOST_KEPT));
    await writeSession(WITHDRAWN, [...this.#withdrawn]);
    await this.#outbox.withdraw(tokens);
    const ids = tokens.flatMap((token) => this.#rows.get(token) ?? []);
    for (const token of tokens) this.#rows.delete(token);
    await writeSession(LEARNED, [...this.#rows]);
    if (ids.length > 0) await this.#outbox.send({ kind: "forget", ids });
  }
}
