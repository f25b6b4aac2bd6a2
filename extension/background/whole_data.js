/**
 * What a person does with the whole of their data: it takes long, and what waits in the extension has to
 * agree with what becomes of the archive.
 */

import { PROFILE_ID } from "../shared/storage_names.js";
import { readLocal, restartStorage } from "./storage.js";

const DAY_MS = 86_400_000;
/** Taken back, it is still heard whether it had come to its end. */
const CANCEL_WAIT_MS = 60_000;
const DELETE_ALL = "store.delete_all";
/** After these nothing older than they are may come in again. */
const EMPTYING = new Set(["store.clear", DELETE_ALL]);
/** After these the settings are others. */
const REPLACING = new Set(["store.import", "store.restore", ...EMPTYING]);

/**
 * @typedef {Object} Wiring
 * @property {Pick<import("./host_port.js").HostPort, "request">} host
 * @property {Pick<import("./settings_cache.js").SettingsCache, "adopt">} settings
 * @property {import("./deletions.js").Deletions} deletions
 * @property {import("./visit_ledger.js").VisitLedger} ledger
 * @property {import("./outbox.js").Outbox} outbox
 * @property {Pick<import("./backfill.js").Backfill, "stop">} backfill
 * @property {() => Promise<unknown>} reload reads everything anew that is kept in the extension's storage
 */

/** Whether this is one of the requests that may take as long as they need. @param {string} method */
export function isLong(method) {
  return (
    REPLACING.has(method) ||
    /^(store\.(export|upload|backup|check|vacuum|rebuild)|models\.clear|sql\.export|encryption\.)/.test(
      method,
    )
  );
}

/**
 * @param {Wiring} wiring
 * @param {string} method
 * @param {object} params
 * @param {import("./host_port.js").CallOptions} context
 * @returns {Promise<any>} what the host answers
 */
export async function handleWhole(wiring, method, params, context) {
  const { host, deletions, ledger, outbox, backfill } = wiring;
  const at = Date.now();
  const forget = async () => {
    await ledger.forget(deletions.covers);
    await outbox.forget(deletions.covers);
  };
  if (EMPTYING.has(method)) {
    await backfill.stop();
    await deletions.add({ all: true }, at);
    await forget();
  }
  // Who closes the page has still asked for everything to go.
  const { signal, onProgress } = context;
  const options = method === DELETE_ALL ? { onProgress } : { signal, onProgress };
  const result = await host.request(method, params, {
    ...options,
    limitMs: DAY_MS,
    cancelWaitMs: CANCEL_WAIT_MS,
  });
  if (method === DELETE_ALL) await forgetOwn(wiring, at);
  else if (EMPTYING.has(method)) await forget();
  if (REPLACING.has(method)) await rereadSettings(wiring);
  return result;
}

/**
 * Empties the extension's own storage. The random name of the profile stays: it says nothing about
 * anybody, and the connection that is open goes by it.
 *
 * @param {Wiring} wiring
 * @param {number} at
 */
async function forgetOwn({ deletions, reload }, at) {
  const name = await readLocal(PROFILE_ID, "");
  await restartStorage(name ? { [PROFILE_ID]: name } : {});
  // That everything up to now was deleted has to be known on, so that no open tab brings it back.
  await deletions.restart({ all: true }, at);
  await reload();
}

/** @param {Wiring} wiring */
async function rereadSettings({ host, settings }) {
  // The next connection hears them, should this one break.
  await host
    .request("settings.get", {})
    .then((reply) => settings.adopt(reply))
    .catch(() => {});
}
