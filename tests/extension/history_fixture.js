/** A browser's history, and hosts that answer as a test wants, for tests of what the worker does with it. */

import { stub } from "./chrome_stub.js";

import { HostRefusal, HostUnreachable } from "../../extension/background/host_errors.js";
import { SettingsCache } from "../../extension/background/settings_cache.js";

export const DAY = 86_400_000;
export const NOW = Date.now();

/** @param {Record<string, any>} [values] */
export async function knownSettings(values = {}) {
  const settings = new SettingsCache();
  await settings.apply({ "capture.excluded_sites": [], ...values });
  return settings;
}

/**
 * @param {Record<string, (params: any) => any>} answers
 * @returns {{calls: Array<{method: string, params: any}>, open: () => Promise<void>, request: (method: string, params?: object) => Promise<any>}}
 */
export function fakeHost(answers) {
  /** @type {Array<{method: string, params: any}>} */
  const calls = [];
  return {
    calls,
    async open() {},
    async request(method, params = {}) {
      calls.push({ method, params });
      return answers[method](params);
    },
  };
}

export function away() {
  return new HostUnreachable({ kind: "exited", message: "gone" });
}

/** @param {string} url @param {number} time @param {string} [transition] */
export function addPage(url, time, transition = "link") {
  stub.history.pages.push({ url, title: `Title of ${url}`, visits: [{ time, transition }] });
}

/** A host that, like the real one, refuses a whole request for one bad entry. @param {string} bad */
export function strictHost(bad) {
  const refuseBad = (/** @type {any} */ params) => {
    if (JSON.stringify(params).includes(bad)) {
      throw new HostRefusal({ code: -32602, message: "bad", data: { kind: "invalid_params" } });
    }
    return {};
  };
  return fakeHost({ "pages.import": refuseBad, "pages.visit": refuseBad });
}
