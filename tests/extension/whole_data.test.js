import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Deletions } from "../../extension/background/deletions.js";
import { HostRefusal } from "../../extension/background/host_errors.js";
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
  /** @type {any[]} */
  const delivered = [];
  let reachable = false;
  const reach = () => {
    reachable = true;
    return outbox.drain();
  };
  const outbox = new Outbox(async (entry) => {
    if (!reachable) throw away();
    delivered.push(entry);
  });
  const stopped = { count: 0, startedAgain: 0 };
  const backfill = {
    state: /** @type {import("../../extension/shared/api.js").BackfillState} */ ({
      name: "running",
      imported: 3,
    }),
    async stop() {
      stopped.count += 1;
    },
    async start() {
      stopped.startedAgain += 1;
    },
  };
  const reload = () => Promise.all([settings.load(), ledger.load(), deletions.load(), outbox.load()]);
  await reload();
  await ledger.add({ url: "https://a.example/", title: "", visitedAt: THEN, transition: "link", due: THEN });
  await outbox.send({ kind: "visit", params: { url: "https://b.example/", visited_at: THEN } });
  await outbox.send({ kind: "removal", urls: ["https://c.example/"], all: false, removedAt: THEN });
  return { host, settings, ledger, deletions, outbox, backfill, reload, stopped, delivered, reach };
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
  assert.deepEqual(all.stopped, { count: 1, startedAgain: 0 });
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

for (const method of ["store.clear", "store.delete_all"]) {
  test(`${method} that the host refuses loses nothing of what waits`, async () => {
    const all = await wiring({
      [method]: () => {
        throw new HostRefusal({ message: "Another copy is being made.", data: { kind: "not_ready" } });
      },
    });
    await assert.rejects(handleWhole(all, method, {}, {}), /Another copy/);
    assert.equal(stub.storage.local.values.chatConversation, 4);
    assert.ok(!all.deletions.covers("https://open.example/", THEN), "an open tab is still read");
    assert.equal(all.ledger.waiting().length, 1);
    assert.equal(all.stopped.startedAgain, 1);
    await all.reach();
    assert.deepEqual(
      all.delivered.map(({ kind }) => kind),
      ["visit", "removal"],
    );
  });
}

test("a host that is not there is not asked to clear, and nothing is lost", async () => {
  const all = await wiring();
  all.host.open = async () => {
    throw away();
  };
  await assert.rejects(handleWhole(all, "store.clear", {}, {}), /gone/);
  assert.deepEqual(all.host.calls, []);
  assert.equal(all.outbox.size, 2);
});

test("what was asked to go stays gone when nobody hears whether it went", async () => {
  const all = await wiring({
    "store.clear": () => {
      throw away();
    },
  });
  await assert.rejects(handleWhole(all, "store.clear", {}, {}), /gone/);
  assert.deepEqual(all.outbox.visitedUrls(), []);
  assert.ok(all.deletions.covers("https://open.example/", THEN));
});

test("nothing is handed over, and no page read, while a database is being cleared", async () => {
  /** @type {(value: object) => void} */
  let answer = () => {};
  const all = await wiring({
    "store.clear": () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const cleared = handleWhole(all, "store.clear", {}, {});
  while (all.host.calls.length === 0) await new Promise(setImmediate);
  await all.reach();
  assert.deepEqual(all.delivered, []);
  let decided = false;
  const waiting = all.deletions.decided().then(() => {
    decided = true;
    assert.ok(all.deletions.covers("https://open.example/", THEN));
  });
  await new Promise(setImmediate);
  assert.ok(!decided);
  answer({});
  await cleared;
  await waiting;
  await all.outbox.drain();
  assert.deepEqual(
    all.delivered.map(({ kind }) => kind),
    ["removal"],
  );
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
