import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Deletions } from "../../extension/background/deletions.js";
import { HostUnreachable } from "../../extension/background/host_errors.js";
import { Outbox } from "../../extension/background/outbox.js";
import { resync } from "../../extension/background/resync.js";
import { SettingsCache } from "../../extension/background/settings_cache.js";
import { VisitLedger } from "../../extension/background/visit_ledger.js";
import { visitRecorder } from "../../extension/background/visit_recorder.js";
import { addPage, away, fakeHost, knownSettings, NOW, strictHost } from "./history_fixture.js";

beforeEach(resetStub);

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
