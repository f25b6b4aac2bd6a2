import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Backfill } from "../../extension/background/backfill.js";
import { countedVisits } from "../../extension/background/history_visits.js";
import { addPage, away, DAY, fakeHost, knownSettings, NOW, strictHost } from "./history_fixture.js";

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
