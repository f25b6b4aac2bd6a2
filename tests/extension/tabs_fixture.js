/** The worker's part of organizing tabs, over a strip and a host that the tests play. */

import { resetStub } from "./chrome_stub.js";
import { TabStrip } from "./tab_strip.js";

import { Outbox } from "../../extension/background/outbox.js";
import { TabEditor } from "../../extension/background/tabs/editing.js";
import { TabOrganizer } from "../../extension/background/tabs/organizer.js";

/**
 * @typedef {import("../../extension/shared/tabs_api.js").PlannedGroup} PlannedGroup
 * @typedef {import("../../extension/shared/tabs_api.js").TabCorrection} TabCorrection
 */

export class TabsWorld {
  /** @type {Array<{method: string, params: any}>} */
  asked = [];
  /** @type {Array<{event: string, data: any}>} */
  told = [];
  /** @type {Record<string, any>} */
  settings = {};
  /** @type {Record<string, (params: any) => any>} what the host answers, by method */
  answers = {};
  /** @type {TabOrganizer} */
  organizer = /** @type {any} */ (undefined);
  #corrections = 0;

  constructor() {
    resetStub();
    this.strip = new TabStrip();
    this.host = /** @type {any} */ ({
      request: async (/** @type {string} */ method, /** @type {any} */ params) => {
        this.asked.push({ method, params });
        const answer = this.answers[method];
        if (answer) return answer(params);
        if (method === "tabs.correct") return { learned: true, correction_id: ++this.#corrections };
        return { forgotten: 1 };
      },
    });
  }

  /** Starts the worker, as the browser does at any time. @param {number[]} [pauses] between tries, in milliseconds */
  async start(pauses = [0, 0, 0]) {
    this.outbox = new Outbox(async (entry) => {
      if (entry.kind === "correction") await this.organizer.corrections.deliver(entry);
      if (entry.kind === "forget") await this.host.request("tabs.forget", { ids: entry.ids });
    });
    this.organizer = new TabOrganizer({
      host: this.host,
      settings: /** @type {any} */ ({
        known: true,
        captureEnabled: true,
        pausedUntil: () => this.settings["capture.paused_until"] ?? 0,
        get: (/** @type {string} */ key, /** @type {any} */ fallback) => this.settings[key] ?? fallback,
      }),
      outbox: this.outbox,
      broadcast: (event, data) => this.told.push({ event, data }),
      editor: new TabEditor(pauses),
    });
    await Promise.all([this.outbox.load(), this.organizer.load()]);
  }

  /** @param {string} name @param {string[]} titles @param {Partial<PlannedGroup>} [values] @returns {PlannedGroup} */
  plan(name, titles, values = {}) {
    return {
      windowId: 1,
      name,
      color: "blue",
      tabIds: this.strip.ids(...titles),
      category: name,
      existingId: null,
      ...values,
    };
  }

  /** @param {PlannedGroup[]} groups @param {TabCorrection[]} [corrections] @returns {Promise<any>} */
  apply(groups, corrections = []) {
    return this.organizer.answer("apply", { groups, corrections });
  }

  /** @returns {Promise<any>} */
  undo() {
    return this.organizer.answer("undo", {});
  }

  /** @param {object} [params] @returns {Promise<any>} */
  read(params = {}) {
    return this.organizer.answer("read", { scope: "all", ...params });
  }

  /** @param {string} method */
  requests(method) {
    return this.asked.filter((request) => request.method === method).map((request) => request.params);
  }
}
