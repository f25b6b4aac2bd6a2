import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Deletions } from "../../extension/background/deletions.js";
import { HostRefusal } from "../../extension/background/host_errors.js";
import { Outbox } from "../../extension/background/outbox.js";
import { Router } from "../../extension/background/router.js";
import { SettingsCache } from "../../extension/background/settings_cache.js";
import { VisitLedger } from "../../extension/background/visit_ledger.js";

const NOW = Date.now();
const PAGE = "https://a.org/page";
const TRACKED = "https://a.org/page?utm_source=x";
const BELOW = "https://sub.a.org/";
const OTHER = "https://nota.org/";

/** @type {Deletions} */
let deletions;
/** @type {VisitLedger} */
let ledger;
/** @type {Outbox} */
let outbox;
/** @type {Router} */
let router;
/** @type {(params: any) => any} */
let onDelete;

/** @param {string} url @param {number} visitedAt */
function waiting(url, visitedAt) {
  return { url, title: "", visitedAt, transition: "link", due: NOW + 60_000 };
}

beforeEach(async () => {
  resetStub();
  stub.storage.local.values.visitWatermark = NOW - 9000;
  deletions = new Deletions();
  ledger = new VisitLedger();
  await ledger.load();
  await ledger.advance(0);
  outbox = new Outbox(
    async () => {},
    () => true,
  );
  onDelete = () => ({ deleted: 1 });
  const host = /** @type {any} */ ({
    async request(/** @type {string} */ method, /** @type {any} */ params) {
      if (method === "pages.delete") return onDelete(params);
      if (params.url === TRACKED) return { url: PAGE };
      throw new HostRefusal({ message: "no", data: { kind: "not_found" } });
    },
  });
  const settings = new SettingsCache();
  const others = /** @type {any} */ ({ backfill: {}, organizer: {} });
  router = new Router({ host, settings, outbox, ledger, deletions, ...others });
  for (const [index, url] of [PAGE, TRACKED, BELOW, OTHER].entries()) {
    await ledger.add(waiting(url, NOW - 1000 - index));
    await outbox.send({ kind: "visit", params: { url, visited_at: NOW - 1000 - index } });
  }
});

const left = () => {
  assert.deepEqual(
    ledger.waiting().map(({ url }) => url),
    outbox.visitedUrls(),
  );
  return outbox.visitedUrls();
};

/** @param {object} params */
function remove(params) {
  return router.answer("pages.delete", params, /** @type {any} */ ({}));
}

test("deleting a page forgets what waits for it under any of its addresses", async () => {
  assert.deepEqual(await remove({ urls: [PAGE] }), { deleted: 1 });
  assert.deepEqual(left(), [BELOW, OTHER]);
});

test("deleting a site forgets what waits for it and the sites below it", async () => {
  await remove({ domain: "www.a.org" });
  assert.deepEqual(left(), [OTHER]);
});

test("deleting a span of time forgets what waits from it", async () => {
  await remove({ from: NOW - 1002, to: NOW - 1000 });
  assert.deepEqual(left(), [PAGE, OTHER]);
});

test("deleting everything forgets all that waits, and what comes to wait meanwhile", async () => {
  onDelete = async () => {
    assert.deepEqual(left(), [], "it was forgotten before the host was asked");
    await ledger.add(waiting(OTHER, NOW - 5));
    return { deleted: 4 };
  };
  await remove({ all: true });
  assert.deepEqual(ledger.waiting(), []);
});

test("a deletion holds for visits made before it, in a new worker too, and not for later ones", async () => {
  await remove({ urls: [PAGE] });
  const restarted = new Deletions();
  await restarted.load();
  assert.equal(restarted.covers(PAGE, NOW - 1000), true);
  assert.equal(restarted.covers(PAGE, Date.now() + 1), false);
  assert.equal(restarted.covers(OTHER, NOW - 1000), false);
  assert.doesNotMatch(JSON.stringify(stub.storage.local.values), /a\.org\/page/);
});

test("a visit that was forgotten is not found again in the browser's history", async () => {
  await ledger.settle(OTHER, NOW - 1003);
  await remove({ domain: "a.org" });
  assert.ok(ledger.watermark >= NOW - 1000);
});
