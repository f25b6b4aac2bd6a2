/** Answers the pages: a few things the extension knows itself, everything else from the host. */

import { PAUSED_UNTIL } from "../shared/setting_names.js";
import { deletePages } from "./page_deletion.js";
import { handleWhole, isLong } from "./whole_data.js";

/**
 * @typedef {import("../shared/api.js").ExtensionState} ExtensionState
 * @typedef {import("./page_ports.js").RequestContext} RequestContext
 */

const TABS_METHODS = "extension.tabs.";
const DAY_MS = 86_400_000;
/** These take long, and go on when the page that began them is closed. */
const LASTING = new Set(["models.download", "models.load", "models.verify"]);
/** A long answer of a large model on a slow machine. */
const CHAT_LIMIT_MS = 900_000;
/** How long the host may take to hand over what it has when a question is taken back. */
const CHAT_STOP_MS = 10_000;
/** A statement has a limit of its own, ten minutes at most; the host ends it a little later at the latest. */
const STATEMENT_LIMIT_MS = 660_000;
/** @type {Record<string, import("./host_port.js").CallOptions>} */
const LIMITS = {
  "chat.ask": { limitMs: CHAT_LIMIT_MS, cancelWaitMs: CHAT_STOP_MS },
  "sql.run": { limitMs: STATEMENT_LIMIT_MS },
};

export class Router {
  #host;
  #settings;
  #outbox;
  #backfill;
  #deletion;
  #organizer;
  #whole;
  #isLocked;

  /**
   * @param {Object} wiring
   * @param {import("./host_port.js").HostPort} wiring.host
   * @param {import("./settings_cache.js").SettingsCache} wiring.settings
   * @param {import("./outbox.js").Outbox} wiring.outbox
   * @param {import("./backfill.js").Backfill} wiring.backfill
   * @param {import("./visit_ledger.js").VisitLedger} wiring.ledger
   * @param {import("./deletions.js").Deletions} wiring.deletions
   * @param {Pick<import("./tabs/organizer.js").TabOrganizer, "answer">} wiring.organizer
   * @param {() => Promise<unknown>} [wiring.reload] reads everything anew that is kept in the extension's storage
   * @param {() => boolean} [wiring.isLocked] whether the host's database waits to be unlocked
   */
  constructor({
    host,
    settings,
    outbox,
    backfill,
    ledger,
    deletions,
    organizer,
    reload = async () => {},
    isLocked = () => false,
  }) {
    this.#isLocked = isLocked;
    this.#host = host;
    this.#settings = settings;
    this.#outbox = outbox;
    this.#backfill = backfill;
    this.#organizer = organizer;
    this.#deletion = { host, deletions, ledger, outbox };
    this.#whole = { ...this.#deletion, settings, backfill, reload };
  }

  /** @type {Record<string, (params: any) => Promise<unknown>>} */
  #own = {
    "extension.state": async () => {},
    "extension.retry": () => this.#host.open({ now: true }).catch(() => {}),
    "extension.pause": ({ until }) => this.#pause(until),
    "extension.backfill.start": async () => {
      await this.#host.open();
      this.#backfill.start();
    },
    "extension.backfill.stop": () => this.#backfill.stop(),
  };

  /**
   * @param {string} method
   * @param {object} params
   * @param {RequestContext} context
   * @returns {Promise<any>}
   */
  async answer(method, params, context) {
    const own = this.#own[method];
    if (own) {
      await own(params);
      return this.state();
    }
    if (method.startsWith(TABS_METHODS)) {
      return this.#organizer.answer(method.slice(TABS_METHODS.length), params);
    }
    if (method === "pages.delete") return deletePages(this.#deletion, params, context);
    if (isLong(method)) return handleWhole(this.#whole, method, params, context);
    if (LASTING.has(method)) {
      return this.#host.request(method, params, { onProgress: context.onProgress, limitMs: DAY_MS });
    }
    const result = await this.#host.request(method, params, { ...context, ...LIMITS[method] });
    // The pages act on the settings at once; the extension must not lag behind them.
    if (method === "settings.get" || method === "settings.update") await this.#settings.adopt(result);
    return result;
  }

  /** @returns {ExtensionState} */
  state() {
    return {
      host: this.#host.state,
      locked: this.#isLocked(),
      pausedUntil: this.#settings.pausedUntil(),
      captureEnabled: this.#settings.captureEnabled,
      backfill: this.#backfill.state,
    };
  }

  /** @param {number} until */
  async #pause(until) {
    const values = { [PAUSED_UNTIL]: until };
    await this.#settings.apply(values);
    await this.#outbox.send({ kind: "settings", values });
  }
}
