import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { HostRefusal } from "../../extension/background/host_errors.js";
import { Outbox } from "../../extension/background/outbox.js";
import { away } from "./history_fixture.js";

beforeEach(resetStub);

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

test("what a locked history cannot take goes in once it is unlocked", async () => {
  let locked = true;
  /** @type {any[]} */
  const delivered = [];
  const outbox = new Outbox(async (entry) => {
    if (locked) throw new HostRefusal({ message: "locked", data: { kind: "database_locked" } });
    delivered.push(entry);
  });
  await outbox.send(visitEntry(1));
  await outbox.drain();
  assert.equal(outbox.size, 1);
  locked = false;
  await outbox.drain();
  assert.deepEqual(delivered, [visitEntry(1)]);
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
