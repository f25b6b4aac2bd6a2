/**
 * What a person does with the whole of their data: it takes long, and what waits in the extension has to
 * agree with what becomes of the archive.
 */

import { PROFILE_ID } from "../shared/storage_names.js";
import { HostRefusal } from "./host_errors.js";
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
 * @property {Pick<import("./host_port.js").HostPort, "open" | "request">} host
 * @property {Pick<import("./settings_cache.js").SettingsCache, "adopt">} settings
 * @property {import("./deletions.js").Deletions} deletions
 * @property {import("./visit_ledger.js").VisitLedger} ledger
 * @property {import("./outbox.js").Outbox} outbox
 * @property {Pick<import("./backfill.js").Backfill, "start" | "state" | "stop">} backfill
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
  // Who closes the page has still asked for everything to go.
  const signal = method === DELETE_ALL ? undefined : context.signal;
  const ask = () =>
    wiring.host.request(method, params, {
      signal,
      onProgress: context.onProgress,
      limitMs: DAY_MS,
      cancelWaitMs: CANCEL_WAIT_MS,
    });
  const result = await (EMPTYING.has(method) ? empty(wiring, method, ask, signal) : ask());
  if (REPLACING.has(method)) await rereadSettings(wiring);
  return result;
}

/**
 * What waits is held meanwhile, and goes only when everything has gone: a host that is busy refuses, and
 * then nothing was deleted.
 *
 * @param {Wiring} wiring
 * @param {string} method
 * @param {() => Promise<any>} ask
 * @param {AbortSignal} [signal]
 */
async function empty(wiring, method, ask, signal) {
  const { host, deletions, ledger, outbox, backfill } = wiring;
  const at = Date.now();
  await host.open();
  signal?.throwIfAborted();
  const releases = [outbox.hold(), deletions.hold()];
  const importing = backfill.state.name === "running";
  const forget = async () => {
    await deletions.add({ all: true }, at);
    await ledger.forget(deletions.covers);
    await outbox.forget(deletions.covers);
  };
  try {
    await backfill.stop();
    const result = await ask();
    if (method === DELETE_ALL) await forgetOwn(wiring, at);
    else await forget();
    return result;
  } catch (error) {
    // Only a refusal says for sure that nothing was deleted; what a person asked to go stays gone otherwise.
    if (!(error instanceof HostRefusal)) await forget();
    else if (importing) backfill.start().catch(() => {});
    throw error;
  } finally {
    for (const release of releases) release();
  }
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
