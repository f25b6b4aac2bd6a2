import { resetStub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { HostRefusal, HostUnreachable } from "../../extension/background/host_errors.js";
import { isExpiry, propagateRemoval } from "../../extension/background/removal.js";
import { away, DAY, fakeHost, NOW } from "./history_fixture.js";

beforeEach(resetStub);

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
