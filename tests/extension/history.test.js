import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Backfill } from "../../extension/background/backfill.js";
import { Deletions } from "../../extension/background/deletions.js";
import { countedVisits } from "../../extension/background/history_visits.js";
import { HostRefusal, HostUnreachable } from "../../extension/background/host_errors.js";
import { Outbox } from "../../extension/background/outbox.js";
import { isExpiry, propagateRemoval } from "../../extension/background/removal.js";
import { resync } from "../../extension/background/resync.js";
import { SettingsCache } from "../../extension/background/settings_cache.js";
import { VisitLedger } from "../../extension/background/visit_ledger.js";
import { visitRecorder } from "../../extension/background/visit_recorder.js";

const DAY = 86_400_000;
const NOW = Date.now();

/** @param {Record<string, any>} [values] */
async function knownSettings(values = {}) {
  const settings = new SettingsCache();
  await settings.apply({ "capture.excluded_sites": [], ...values });
  return settings;
}

/**
 * @param {Record<string, (params: any) => any>} answers
 * @returns {{calls: Array<{method: string, params: any}>, request: (method: string, params?: object) => Promise<any>}}
 */
function fakeHost(answers) {
  /** @type {Array<{method: string, params: any}>} */
  const calls = [];
  return {
    calls,
    async request(method, params = {}) {
      calls.push({ method, params });
      return answers[method](params);
    },
  };
}

function away() {
  return new HostUnreachable({ kind: "exited", message: "gone" });
}

/** @param {string} url @param {number} time @param {string} [transition] */
function addPage(url, time, transition = "link") {
  stub.history.pages.push({ url, title: `Title of ${url}`, visits: [{ time, transition }] });
}

beforeEach(resetStub);

test("reloads and frames are no visits of their own", () => {
  const visits = /** @type {any} */ ([
    { visitTime: 30.5, transition: "reload" },
    { visitTime: 10.7, transition: "typed" },
    { visitTime: 20, transition: "auto_subframe" },
    { visitTime: 25, transition: "link" },
  ]);
  assert.deepEqual(countedVisits(visits), [
    { visitedAt: 10, transition: "typed" },
    { visitedAt: 25, transition: "link" },
  ]);
});

test("where there is nothing but reloads the first one counts", () => {
  const visits = /** @type {any} */ ([
    { visitTime: 20, transition: "reload" },
    { visitTime: 10, transition: "reload" },
  ]);
  assert.deepEqual(countedVisits(visits), [{ visitedAt: 10, transition: "reload" }]);
});

/** @param {ReturnType<typeof fakeHost>} host */
function importedUrls(host) {
  return host.calls.flatMap(({ params }) => params.items.map((/** @type {any} */ item) => item.url));
}

test("the import brings every entry exactly as often as needed, beyond the browser's default of 100 rows and 24 hours", async () => {
  for (let index = 0; index < 1730; index++) addPage(`https://example.com/${index}`, NOW - index * 3_600_000);
  const host = fakeHost({ "pages.import": () => ({ added: 1, updated: 0, skipped: 0 }) });
  const backfill = new Backfill({ host, settings: await knownSettings(), onState: () => {} });
  await backfill.start();
  assert.equal(new Set(importedUrls(host)).size, 1730);
  assert.equal(backfill.state.name, "done");
  assert.equal(backfill.state.imported, 1730);
  assert.ok(host.calls.every(({ params }) => params.items.length <= 500));
});

test("entries that share one time are not lost between pages", async () => {
  for (let index = 0; index < 1200; index++) addPage(`https://example.com/${index}`, NOW - 5 * DAY);
  const host = fakeHost({ "pages.import": () => ({}) });
  const backfill = new Backfill({ host, settings: await knownSettings(), onState: () => {} });
  await backfill.start();
  assert.equal(new Set(importedUrls(host)).size, 1200);
  assert.equal(backfill.state.name, "done");
  assert.ok(host.calls.every(({ params }) => params.items.length <= 500));
});

test("an old entry that was visited again lately does not turn the import back", async () => {
  for (let index = 0; index < 1100; index++) {
    addPage(`https://example.com/${index}`, NOW - 10 * DAY - index * 60_000);
    stub.history.pages[index].visits.push({ time: NOW - index, transition: "link" });
  }
  const host = fakeHost({ "pages.import": () => ({}) });
  const backfill = new Backfill({ host, settings: await knownSettings(), onState: () => {} });
  await backfill.start();
  assert.equal(backfill.state.name, "done");
  assert.equal(new Set(importedUrls(host)).size, 1100);
  assert.ok(stub.history.searches.length < 10);
  assert.ok(stub.history.searches.every(({ maxResults }) => maxResults === 500));
});

test("an import that was cut short goes on where it stopped, in a new worker too", async () => {
  for (let index = 0; index < 1600; index++) addPage(`https://example.com/${index}`, NOW - index * 3_600_000);
  const settings = await knownSettings();
  let pagesLeft = 2;
  const dying = fakeHost({
    "pages.import": () => {
      if (pagesLeft-- === 0) throw away();
      return {};
    },
  });
  const first = new Backfill({ host: dying, settings, onState: () => {} });
  await first.start();
  assert.equal(first.state.name, "stopped");
  assert.equal(first.state.problem, "gone");

  const host = fakeHost({ "pages.import": () => ({}) });
  const second = new Backfill({ host, settings, onState: () => {} });
  await second.load();
  await second.start();
  assert.equal(second.state.name, "done");
  assert.ok(importedUrls(host).length <= 1600 - 2 * 499, "the beginning is not sent again");
  assert.equal(new Set([...importedUrls(dying), ...importedUrls(host)]).size, 1600);
});

test("an import can be stopped", async () => {
  for (let index = 0; index < 3000; index++) addPage(`https://example.com/${index}`, NOW - index * 3_600_000);
  const host = fakeHost({
    "pages.import": () => {
      backfill.stop();
      return {};
    },
  });
  const backfill = new Backfill({ host, settings: await knownSettings(), onState: () => {} });
  await backfill.start();
  assert.equal(backfill.state.name, "stopped");
  assert.equal(host.calls.length, 1);
});

test("the import leaves out excluded sites, local addresses and what is no web page", async () => {
  addPage("https://my.bank.example/", NOW - 1000);
  addPage("http://localhost:3000/", NOW - 2000);
  addPage("about:blank", NOW - 3000);
  addPage("https://example.com/ok", NOW - 4000);
  const host = fakeHost({ "pages.import": () => ({}) });
  const settings = await knownSettings({ "capture.excluded_sites": ["bank.example"] });
  await new Backfill({ host, settings, onState: () => {} }).start();
  assert.deepEqual(importedUrls(host), ["https://example.com/ok"]);
});

/** A host that, like the real one, refuses a whole request for one bad entry. @param {string} bad */
function strictHost(bad) {
  const refuseBad = (/** @type {any} */ params) => {
    if (JSON.stringify(params).includes(bad)) {
      throw new HostRefusal({ code: -32602, message: "bad", data: { kind: "invalid_params" } });
    }
    return {};
  };
  return fakeHost({ "pages.import": refuseBad, "pages.visit": refuseBad });
}

test("one entry that the host refuses costs the import only that entry", async () => {
  for (let index = 0; index < 40; index++) addPage(`https://example.com/${index}/`, NOW - index * 1000);
  const host = strictHost("/17/");
  const backfill = new Backfill({ host, settings: await knownSettings(), onState: () => {} });
  await backfill.start();
  assert.deepEqual(
    { name: backfill.state.name, imported: backfill.state.imported, skipped: backfill.state.skipped },
    { name: "done", imported: 39, skipped: 1 },
  );
});

test("an address too long for the host is left out of the import and counted, a long title is cut", async () => {
  addPage(`https://example.com/${"x".repeat(65_536)}`, NOW - 2000);
  addPage("https://example.com/", NOW - 1000);
  stub.history.pages[1].title = `${"t".repeat(1999)}😀${"t".repeat(200_000)}`;
  const host = fakeHost({ "pages.import": () => ({}) });
  const backfill = new Backfill({ host, settings: await knownSettings(), onState: () => {} });
  await backfill.start();
  assert.deepEqual(importedUrls(host), ["https://example.com/"]);
  assert.equal(host.calls[0].params.items[0].title, "t".repeat(1999));
  assert.deepEqual([backfill.state.imported, backfill.state.skipped], [1, 1]);
});

test("the browser's own clean-up after 90 days is told from a removal by hand", () => {
  assert.equal(isExpiry(NOW - 91 * DAY, NOW), true);
  assert.equal(isExpiry(NOW - 90 * DAY, NOW), true);
  assert.equal(isExpiry(NOW - 89 * DAY, NOW), false);
  assert.equal(isExpiry(NOW - 1000, NOW), false);
});

/** @param {Record<string, number>} lastVisits */
function archive(lastVisits) {
  return fakeHost({
    "pages.get": ({ url }) => {
      if (!(url in lastVisits)) throw new HostRefusal({ message: "no", data: { kind: "not_found" } });
      return { last_visit_at: lastVisits[url] };
    },
    "pages.delete": () => ({ deleted: 1 }),
  });
}

test("what a person removed is deleted, what the browser dropped by itself stays", async () => {
  const host = archive({ "https://a.org/": NOW - DAY, "https://b.org/": NOW - 90.2 * DAY });
  const urls = ["https://a.org/", "https://b.org/", "https://unknown.org/"];
  await propagateRemoval(host, { urls, all: false, removedAt: NOW });
  assert.deepEqual(
    host.calls.filter(({ method }) => method === "pages.delete").map(({ params }) => params),
    [{ urls: ["https://a.org/"] }],
  );
});

/** @param {Record<string, {page: number, own: number | null}>} visits */
function archiveOfVariants(visits) {
  return fakeHost({
    "pages.get": ({ url }) => ({ last_visit_at: visits[url].page, url_last_visit_at: visits[url].own }),
    "pages.delete": () => ({ deleted: 1 }),
  });
}

test("an address that the browser drops by age leaves the page, which lives on under another address", async () => {
  const host = archiveOfVariants({
    "https://a.org/?utm_source=x": { page: NOW - DAY, own: NOW - 90.1 * DAY },
    "https://a.org/": { page: NOW - DAY, own: NOW - DAY },
    "https://b.org/": { page: NOW - DAY, own: null },
  });
  const urls = ["https://a.org/?utm_source=x"];
  await propagateRemoval(host, { urls, all: false, removedAt: NOW });
  assert.ok(host.calls.every(({ method }) => method === "pages.get"));
  urls.push("https://a.org/", "https://b.org/");
  await propagateRemoval(host, { urls, all: false, removedAt: NOW });
  assert.deepEqual(host.calls.at(-1), {
    method: "pages.delete",
    params: { urls: ["https://a.org/", "https://b.org/"] },
  });
});

test("an address that is too long to be held does not keep the others from being removed", async () => {
  const host = archive({ "https://a.org/": NOW - DAY });
  const urls = [`https://a.org/${"x".repeat(65_536)}`, "https://a.org/"];
  await propagateRemoval(host, { urls, all: false, removedAt: NOW });
  assert.deepEqual(
    host.calls.map(({ params }) => params.url ?? params.urls),
    ["https://a.org/", ["https://a.org/"]],
  );
});

test("a removal that had to wait for the host is judged by the day it was made", async () => {
  const host = archive({ "https://a.org/": NOW - 95 * DAY });
  await propagateRemoval(host, { urls: ["https://a.org/"], all: false, removedAt: NOW - 10 * DAY });
  assert.equal(host.calls.at(-1)?.method, "pages.delete");
});

test("clearing the whole history clears the archive", async () => {
  const host = archive({});
  await propagateRemoval(host, { urls: [], all: true, removedAt: NOW });
  assert.deepEqual(host.calls, [{ method: "pages.delete", params: { all: true } }]);
});

test("a host that goes away in the middle of a removal leaves it to be tried again", async () => {
  const host = fakeHost({
    "pages.get": () => {
      throw away();
    },
  });
  await assert.rejects(
    propagateRemoval(host, { urls: ["https://a.org/"], all: false, removedAt: NOW }),
    HostUnreachable,
  );
});

/** @param {number} n */
function visitEntry(n) {
  return /** @type {const} */ ({ kind: "visit", params: { url: `https://example.com/${n}`, visited_at: n } });
}

test("what is sent while the host is away is handed over in order when it is back", async () => {
  let reachable = false;
  /** @type {any[]} */
  const delivered = [];
  const deliver = async (/** @type {any} */ entry) => {
    if (!reachable) throw away();
    delivered.push(entry);
  };
  const outbox = new Outbox(deliver);
  await outbox.send(visitEntry(1));
  await outbox.send({ kind: "removal", urls: ["https://x.org/"], all: false, removedAt: 5 });
  await outbox.send(visitEntry(2));
  await outbox.drain();
  assert.equal(delivered.length, 0);

  reachable = true;
  const later = new Outbox(deliver);
  await later.load();
  await later.drain();
  assert.deepEqual(
    delivered.map((entry) => entry.kind),
    ["visit", "removal", "visit"],
  );
  assert.equal(later.size, 0);
});

test("an entry that the host will never take does not block the others", async () => {
  /** @type {any[]} */
  const delivered = [];
  const outbox = new Outbox(async (entry) => {
    if (entry.kind === "visit" && entry.params.visited_at === 1) {
      throw new HostRefusal({ message: "bad", data: { kind: "invalid_input" } });
    }
    delivered.push(entry);
  });
  await outbox.send(visitEntry(1));
  await outbox.send(visitEntry(2));
  await outbox.drain();
  assert.deepEqual(delivered, [visitEntry(2)]);
});

test("a full disk keeps the entry for later", async () => {
  const outbox = new Outbox(async () => {
    throw new HostRefusal({ message: "full", data: { kind: "disk_full" } });
  });
  await outbox.send(visitEntry(1));
  await outbox.drain();
  assert.equal(outbox.size, 1);
});

test("too many waiting visits push out the oldest, never a removal", async () => {
  const outbox = new Outbox(async () => {
    throw away();
  });
  await outbox.send({ kind: "removal", urls: ["https://x.org/"], all: false, removedAt: 5 });
  for (let n = 0; n < 520; n++) await outbox.send(visitEntry(n));
  assert.equal(outbox.size, 501);
  const kept = stub.storage.local.values.outbox;
  assert.equal(kept[0].kind, "removal");
  assert.equal(kept[1].params.visited_at, 20);
});

test("visits of removed pages do not come back out of the outbox", async () => {
  const outbox = new Outbox(async () => {
    throw away();
  });
  await outbox.send(visitEntry(1));
  await outbox.send(visitEntry(2));
  await outbox.forget((url) => url === "https://example.com/1");
  assert.deepEqual(stub.storage.local.values.outbox, [visitEntry(2)]);
});

async function noRecord() {
  assert.fail("outside a pause the host takes visits itself");
}

/** @param {number} watermark */
async function ledgerAt(watermark) {
  stub.storage.local.values.visitWatermark = watermark;
  const ledger = new VisitLedger();
  await ledger.load();
  return ledger;
}

test("visits made while the host was away are found again, once, and oldest first", async () => {
  addPage("https://example.com/before", NOW - 9000);
  addPage("https://example.com/late", NOW - 1000);
  addPage("https://example.com/early", NOW - 5000, "typed");
  addPage("https://bank.example/", NOW - 2000);
  const host = fakeHost({ "pages.visit": () => ({ page_id: 1 }) });
  const settings = await knownSettings({ "capture.excluded_sites": ["bank.example"] });
  const ledger = await ledgerAt(NOW - 8000);
  assert.deepEqual(
    await resync({ host, settings, ledger, deletions: new Deletions(), recordVisit: noRecord }),
    ["https://example.com/early", "https://example.com/late"],
  );
  assert.deepEqual(host.calls[0].params, {
    url: "https://example.com/early",
    title: "Title of https://example.com/early",
    visited_at: NOW - 5000,
    transition: "typed",
  });
  host.calls.length = 0;
  await resync({ host, settings, ledger, deletions: new Deletions(), recordVisit: noRecord });
  assert.deepEqual(host.calls, []);
});

test("a host that goes away during that leaves the rest for the next time", async () => {
  addPage("https://example.com/1", NOW - 5000);
  addPage("https://example.com/2", NOW - 4000);
  let left = 1;
  const host = fakeHost({
    "pages.visit": () => {
      if (left-- === 0) throw away();
      return {};
    },
  });
  const settings = await knownSettings();
  const ledger = await ledgerAt(NOW - 8000);
  await assert.rejects(
    resync({ host, settings, ledger, deletions: new Deletions(), recordVisit: noRecord }),
    HostUnreachable,
  );
  left = 5;
  host.calls.length = 0;
  await resync({
    host,
    settings,
    deletions: new Deletions(),
    recordVisit: noRecord,
    ledger: await ledgerAt(stub.storage.local.values.visitWatermark),
  });
  assert.deepEqual(
    host.calls.map(({ params }) => params.url),
    ["https://example.com/2"],
  );
});

test("what was visited before a pause is kept for its end, what was visited during it is left out", async (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: NOW - 5000 });
  const settings = await knownSettings({ "capture.paused_until": 0 });
  await settings.apply({ "capture.paused_until": -1 });
  context.mock.timers.setTime(NOW);
  addPage("https://example.com/before", NOW - 6000);
  addPage("https://example.com/during", NOW - 4000);
  /** @type {any[]} */
  const delivered = [];
  const deliver = async (/** @type {any} */ entry) => delivered.push(entry.params?.url ?? entry.kind);
  const outbox = new Outbox(/** @type {any} */ (deliver), () => settings.pausedUntil() !== 0);
  const ledger = await ledgerAt(NOW - 8000);
  const deletions = new Deletions();
  await resync({
    host: fakeHost({}),
    settings,
    ledger,
    deletions,
    recordVisit: visitRecorder({ ledger, outbox, deletions }),
  });
  await outbox.drain();
  assert.deepEqual([delivered, outbox.size], [[], 1]);

  await settings.apply({ "capture.paused_until": 0 });
  await outbox.send({ kind: "settings", values: { "capture.paused_until": 0 } });
  await outbox.drain();
  assert.deepEqual(delivered, ["settings", "https://example.com/before"]);
});

test("visits made during a pause stay out when the history is looked through after it, in a new worker too", async (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: NOW - 5000 });
  const first = await knownSettings({ "capture.paused_until": NOW - 3000 });
  await first.apply({ "capture.paused_until": NOW - 3000 });
  context.mock.timers.setTime(NOW);
  addPage("https://example.com/during", NOW - 4000);
  addPage("https://example.com/after", NOW - 2000);
  const host = fakeHost({ "pages.visit": () => ({}) });
  const settings = new SettingsCache();
  await settings.load();
  await resync({
    host,
    settings,
    ledger: await ledgerAt(NOW - 8000),
    deletions: new Deletions(),
    recordVisit: noRecord,
  });
  assert.deepEqual(
    host.calls.map(({ params }) => params.url),
    ["https://example.com/after"],
  );
});

test("a sign-in page that was missed is left to be looked at where it is still open", async () => {
  addPage("https://example.com/login", NOW - 4000);
  const host = fakeHost({});
  const ledger = await ledgerAt(NOW - 8000);
  const settings = await knownSettings();
  assert.deepEqual(
    await resync({ host, settings, ledger, deletions: new Deletions(), recordVisit: noRecord }),
    ["https://example.com/login"],
  );
  assert.deepEqual(host.calls, []);
});

test("a missed visit that the host refuses for good, or cannot hold, is passed over once and for all", async () => {
  addPage("https://example.com/bad", NOW - 5000);
  addPage(`https://example.com/${"x".repeat(65_536)}`, NOW - 4500);
  addPage("https://example.com/good", NOW - 4000);
  const host = strictHost("/bad");
  const ledger = await ledgerAt(NOW - 8000);
  await resync({
    host,
    settings: await knownSettings(),
    ledger,
    deletions: new Deletions(),
    recordVisit: noRecord,
  });
  assert.deepEqual(
    host.calls.map(({ params }) => params.url),
    ["https://example.com/bad", "https://example.com/good"],
  );
  assert.ok(ledger.watermark >= NOW);
});

test("a visit made before the missed ones have been looked for does not hide them", async () => {
  addPage("https://example.com/missed", NOW - 5000);
  const ledger = await ledgerAt(NOW - 8000);
  await ledger.settle("https://example.com/new", NOW - 1000);
  assert.equal(ledger.watermark, NOW - 8000);
  const host = fakeHost({ "pages.visit": () => ({ page_id: 1 }) });
  const settings = await knownSettings();
  await resync({ host, settings, ledger, deletions: new Deletions(), recordVisit: noRecord });
  assert.deepEqual(
    host.calls.map(({ params }) => params.url),
    ["https://example.com/missed"],
  );
  assert.ok(ledger.watermark >= NOW);
});

test("the watermark never passes a visit that still waits for its page", async () => {
  const ledger = await ledgerAt(1000);
  await ledger.advance(1000);
  const waiting = { url: "https://a.org/", title: "", visitedAt: 2000, transition: "link", due: 9000 };
  await ledger.add(waiting);
  await ledger.settle("https://b.org/", 5000);
  assert.equal(ledger.watermark, 1999);
  await ledger.settle("https://a.org/", 2000);
  assert.equal(ledger.watermark, 5000);
});

test("a visit that waits survives the worker", async () => {
  const waiting = { url: "https://a.org/", title: "", visitedAt: 2000, transition: "link", due: 9000 };
  await (await ledgerAt(1000)).add(waiting);
  const restarted = await ledgerAt(1000);
  assert.deepEqual(restarted.get("https://a.org/"), waiting);
  assert.deepEqual(restarted.due(9000), [waiting]);
  assert.equal(restarted.nextDue(), 9000);
});
