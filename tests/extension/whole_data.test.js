import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Deletions } from "../../extension/background/deletions.js";
import { Outbox } from "../../extension/background/outbox.js";
import { SettingsCache } from "../../extension/background/settings_cache.js";
import { VisitLedger } from "../../extension/background/visit_ledger.js";
import { handleWhole, isLong } from "../../extension/background/whole_data.js";
import { resetStub } from "./chrome_stub.js";
import { away, fakeHost } from "./history_fixture.js";

const THEN = Date.now() - 60_000;

/** @param {Record<string, (params: any) => any>} [answers] */
async function wiring(answers = {}) {
  const host = fakeHost({
    "settings.get": () => ({ settings: [{ key: "capture.excluded_sites", value: ["bank.example"] }] }),
    "store.clear": () => ({ pages: 1 }),
    "store.restore": () => ({}),
    "store.delete_all": () => ({ removed: [], total_bytes: 0 }),
    ...answers,
  });
  const settings = new SettingsCache();
  const ledger = new VisitLedger();
  const deletions = new Deletions();
  const outbox = new Outbox(async () => {
    throw away();
  });
  const stopped = { count: 0 };
  const backfill = {
    async stop() {
      stopped.count += 1;
    },
  };
  const reload = () => Promise.all([settings.load(), ledger.load(), deletions.load(), outbox.load()]);
  await reload();
  await ledger.add({ url: "https://a.example/", title: "", visitedAt: THEN, transition: "link", due: THEN });
  await outbox.send({ kind: "visit", params: { url: "https://b.example/", visited_at: THEN } });
  await outbox.send({ kind: "removal", urls: ["https://c.example/"], all: false, removedAt: THEN });
  return { host, settings, ledger, deletions, outbox, backfill, reload, stopped };
}

beforeEach(() => {
  resetStub();
  stub.storage.local.values = { profileId: "p1", chatConversation: 4, visitWatermark: 5 };
});

test("a cleared database gets nothing back that was still on its way", async () => {
  const all = await wiring();
  await handleWhole(all, "store.clear", {}, {});
  assert.deepEqual(all.ledger.waiting(), []);
  assert.deepEqual(all.outbox.visitedUrls(), []);
  assert.ok(all.deletions.covers("https://open.example/", THEN));
  assert.ok(!all.deletions.covers("https://open.example/", Date.now() + 1000));
  assert.equal(all.stopped.count, 1);
  assert.equal(stub.storage.local.values.chatConversation, 4);
});

test("deleting all data leaves nothing in the extension's own storage but the random name", async () => {
  const all = await wiring();
  const before = Date.now();
  await handleWhole(all, "store.delete_all", { confirm: "delete all data" }, {});
  const { profileId, visitWatermark, settings, ...rest } = stub.storage.local.values;
  assert.equal(profileId, "p1");
  assert.ok(visitWatermark >= before, "visits from before are not found again in the browser's history");
  assert.deepEqual(settings, { "capture.excluded_sites": ["bank.example"] });
  assert.deepEqual(rest, {});
  assert.equal(all.outbox.size, 0);
  assert.deepEqual(all.ledger.waiting(), []);
  assert.ok(all.deletions.covers("https://open.example/", THEN), "an open tab does not bring it back");
  assert.doesNotMatch(JSON.stringify(stub.storage.session.values), /example/);
});

test("a deletion that the host refuses leaves the extension's storage as it was", async () => {
  const all = await wiring({
    "store.delete_all": () => {
      throw new Error("The disk is gone.");
    },
  });
  await assert.rejects(handleWhole(all, "store.delete_all", {}, {}), /The disk is gone/);
  assert.equal(stub.storage.local.values.chatConversation, 4);
  assert.equal(all.outbox.size, 1);
});

test("the extension goes by the settings of a restored database at once", async () => {
  const all = await wiring();
  await handleWhole(all, "store.restore", { name: "b.db" }, {});
  assert.deepEqual(all.settings.get("capture.excluded_sites", []), ["bank.example"]);
  assert.equal(all.outbox.size, 2);
});

test("what takes long is not given up after two minutes", () => {
  for (const method of ["store.export", "store.import", "store.vacuum", "store.delete_all", "models.clear"]) {
    assert.ok(isLong(method), method);
  }
  for (const method of ["store.stats", "store.health", "search.query", "models.list"]) {
    assert.ok(!isLong(method), method);
  }
});
