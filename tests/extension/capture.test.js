import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { PageCapture } from "../../extension/background/capture.js";
import { addressRefusal, refusal } from "../../extension/background/capture_rules.js";
import { Deletions } from "../../extension/background/deletions.js";
import { HostRefusal, HostUnreachable } from "../../extension/background/host_errors.js";
import { SettingsCache } from "../../extension/background/settings_cache.js";
import { looksLikeSignIn } from "../../extension/background/sign_in.js";
import { VisitLedger } from "../../extension/background/visit_ledger.js";
import { visitRecorder } from "../../extension/background/visit_recorder.js";
import { VisitFollower } from "../../extension/background/visits.js";

const URL_A = "https://example.com/a";
const VISITED = 1_700_000_000_000;

/** @type {SettingsCache} */
let settings;
/** @type {VisitLedger} */
let ledger;
/** @type {Deletions} */
let deletions;
/** @type {any[]} */
let sent;
/** @type {any[]} */
let recorded;
/** @type {(params: any) => any} */
let hostAnswer;
/** @type {PageCapture} */
let capture;
/** @type {VisitFollower} */
let follower;

/** @param {Partial<import("../../extension/background/page_reader.js").PageReading>} [values] */
function reading(values = {}) {
  return {
    url: URL_A,
    title: "A",
    lang: "en",
    contentType: "text/html",
    hasPassword: false,
    html: "<p>text</p>",
    truncated: false,
    ...values,
  };
}

beforeEach(async () => {
  resetStub();
  sent = [];
  recorded = [];
  hostAnswer = () => ({ page_id: 1, status: "stored" });
  settings = new SettingsCache();
  await settings.apply({ "capture.excluded_sites": ["bank.example"] });
  deletions = new Deletions();
  ledger = new VisitLedger();
  await ledger.load();
  await ledger.advance(0);
  const outbox = /** @type {any} */ ({
    send: async (/** @type {any} */ entry) => recorded.push(entry.params),
  });
  const recordVisit = visitRecorder({ ledger, outbox, deletions });
  const host = {
    async request(/** @type {string} */ method, /** @type {any} */ params) {
      sent.push({ method, params });
      return hostAnswer(params);
    },
  };
  capture = new PageCapture({ host, settings, ledger, deletions, recordVisit });
  follower = new VisitFollower({ settings, ledger, recordVisit, capture });
  stub.tabs.all = [
    { id: 7, url: URL_A, title: "Tab title", incognito: false, favIconUrl: "https://example.com/i.png" },
  ];
  stub.history.pages = [{ url: URL_A, title: "A", visits: [{ time: VISITED + 0.4, transition: "link" }] }];
  stub.scripting.read = () => reading();
});

test("a page is not sent before it is known whether everything was deleted", async (context) => {
  context.after(() => capture.forgetTab(7));
  const decide = deletions.hold();
  const reading = capture.read(7);
  await new Promise(setImmediate);
  assert.deepEqual(sent, []);
  await deletions.add({ all: true }, VISITED + 1);
  decide();
  await reading;
  assert.deepEqual(sent, []);
});

test("a visited page is read and sent with the time of its visit", async (context) => {
  context.after(() => capture.forgetTab(7));
  await capture.read(7);
  assert.deepEqual(sent, [
    {
      method: "pages.capture",
      params: {
        url: URL_A,
        title: "A",
        html: "<p>text</p>",
        lang: "en",
        favicon_url: "https://example.com/i.png",
        visited_at: VISITED,
        transition: "link",
        has_password: false,
        incognito: false,
      },
    },
  ]);
});

test("nothing beside the page is sent in a size for which the host would refuse the page", async (context) => {
  context.after(() => capture.forgetTab(7));
  const long = `https://example.com/${"x".repeat(65_536)}`;
  stub.tabs.all[0].favIconUrl = long;
  stub.scripting.read = () =>
    reading({ title: "t".repeat(200_000), lang: "x".repeat(101), canonicalUrl: long, referrer: long });
  await capture.read(7);
  const { title, lang, canonical_url, referrer, favicon_url } = sent[0].params;
  assert.equal(title.length, 2000);
  assert.deepEqual(
    [lang, canonical_url, referrer, favicon_url],
    [undefined, undefined, undefined, undefined],
  );
});

test("an unchanged page is not sent twice for one visit", async (context) => {
  context.after(() => capture.forgetTab(7));
  await capture.read(7);
  await capture.read(7);
  assert.equal(sent.length, 1);
  stub.scripting.read = () => reading({ html: "<p>text that came late</p>" });
  await capture.read(7);
  assert.equal(sent.length, 2);
  assert.equal(sent[1].params.visited_at, VISITED);
});

test("nothing of a page is read where its address is not to be captured", async () => {
  const cases = [
    { url: "https://bank.example/account" },
    { url: "http://192.168.1.1/" },
    { url: "about:blank" },
    { url: URL_A, incognito: true },
  ];
  for (const values of cases) {
    stub.tabs.all = [{ id: 7, title: "", incognito: false, ...values }];
    stub.history.pages = [{ url: values.url, title: "", visits: [{ time: VISITED, transition: "link" }] }];
    await capture.read(7);
  }
  assert.deepEqual(stub.scripting.calls, []);
  assert.deepEqual(sent, []);
});

test("nothing is read while paused, switched off, or before the settings are known", async () => {
  await settings.apply({ "capture.paused_until": -1 });
  await capture.read(7);
  await settings.apply({ "capture.paused_until": Date.now() + 60_000 });
  await capture.read(7);
  await settings.apply({ "capture.paused_until": 0, "capture.enabled": false });
  await capture.read(7);
  assert.equal(refusal(URL_A, new SettingsCache()), "unknown_settings");
  const pausedFirst = new SettingsCache();
  await pausedFirst.apply({ "capture.paused_until": 0 });
  assert.equal(addressRefusal(URL_A, pausedFirst), "unknown_settings");
  assert.deepEqual(stub.scripting.calls, []);
});

test("a pause that has run out no longer holds", async () => {
  await settings.apply({ "capture.paused_until": 5000 });
  assert.equal(refusal(URL_A, settings, { now: 4999 }), "paused");
  assert.equal(refusal(URL_A, settings, { now: 5000 }), null);
});

test("a page with a password field is left out altogether, unless the settings allow it", async (context) => {
  context.after(() => capture.forgetTab(7));
  stub.scripting.read = ({ args: [{ allowPassword }] }) =>
    reading({ hasPassword: true, html: allowPassword ? "<p>x</p>" : null });
  await capture.read(7);
  assert.deepEqual([sent, recorded], [[], []]);
  await settings.apply({ "capture.password_pages": true });
  await capture.read(7);
  assert.equal(sent[0].params.has_password, true);
});

test("a document that is no text is recorded as a visit", async () => {
  stub.scripting.read = () => reading({ contentType: "application/pdf", html: null, title: "Paper" });
  await capture.read(7);
  assert.deepEqual(recorded, [{ url: URL_A, title: "Paper", visited_at: VISITED, transition: "link" }]);
  assert.deepEqual(sent, []);
});

test("a page that the browser's history does not hold is not read", async () => {
  stub.history.pages = [];
  await capture.read(7);
  assert.deepEqual(stub.scripting.calls, []);
});

test("a page that turned into an excluded one while it settled is not sent", async () => {
  const url = "https://bank.example/";
  stub.history.pages.push({ url, title: "", visits: [{ time: VISITED, transition: "link" }] });
  stub.scripting.read = () => reading({ url });
  await capture.read(7);
  assert.deepEqual([sent, recorded], [[], []]);
});

test("with the host away the visit is kept", async () => {
  hostAnswer = () => {
    throw new HostUnreachable({ kind: "exited", message: "gone" });
  };
  await capture.read(7);
  assert.deepEqual(recorded, [{ url: URL_A, title: "A", visited_at: VISITED, transition: "link" }]);
});

test("a page that a locked history cannot take is noted, and read again once it is unlocked", async (context) => {
  hostAnswer = () => {
    throw new HostRefusal({ message: "locked", data: { kind: "database_locked" } });
  };
  await capture.read(7);
  assert.deepEqual(
    recorded.map((visit) => visit.url),
    [URL_A],
  );
  /** @type {number[]} */
  const scheduled = [];
  context.mock.method(PageCapture.prototype, "schedule", (/** @type {number} */ tab) => scheduled.push(tab));
  await capture.retryUnsent();
  assert.deepEqual(scheduled, [7]);
});

test("a page that could not be sent is read again when the host is back, in a new worker too", async (context) => {
  hostAnswer = () => {
    throw new HostUnreachable({ kind: "exited", message: "gone" });
  };
  await capture.read(7);
  hostAnswer = () => ({ page_id: 1, status: "stored" });
  sent = [];
  /** @type {number[]} */
  const scheduled = [];
  context.mock.method(PageCapture.prototype, "schedule", (/** @type {number} */ tab) => scheduled.push(tab));
  await capture.retryUnsent();
  assert.deepEqual(scheduled, [7]);
  await capture.retryUnsent();
  assert.deepEqual(scheduled, [7]);
});

test("a visit that an earlier worker left waiting gets its page at once", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  await ledger.add({ url: URL_A, title: "T", visitedAt: VISITED, transition: "link", due: Date.now() });
  /** @type {number[]} */
  const scheduled = [];
  context.mock.method(capture, "schedule", (/** @type {number} */ tab) => scheduled.push(tab));
  await follower.resume();
  assert.deepEqual(scheduled, [7]);
});

test("a page that the host refuses is recorded as a visit and not sent again", async (context) => {
  context.after(() => capture.forgetTab(7));
  hostAnswer = () => {
    throw new HostRefusal({ message: "too large", data: { kind: "too_large" } });
  };
  await capture.read(7);
  await capture.read(7);
  assert.equal(sent.length, 1);
  assert.equal(recorded.length, 1);
});

/** @param {string} url @param {number} time */
function visited(url, time) {
  return follower.onVisited({ id: "1", url, title: "T", lastVisitTime: time });
}

test("a visit waits for its page, and is recorded alone when none comes", async () => {
  stub.tabs.all = [];
  await visited(URL_A, VISITED);
  assert.equal(ledger.get(URL_A)?.visitedAt, VISITED);
  await follower.flush();
  assert.deepEqual(recorded, [], "it is not due yet");
  await ledger.add({ url: URL_A, title: "T", visitedAt: VISITED, transition: "link", due: 0 });
  await follower.flush();
  assert.deepEqual(recorded, [{ url: URL_A, title: "A", visited_at: VISITED, transition: "link" }]);
  assert.equal(ledger.get(URL_A), undefined);
});

test("a station of a redirect, which the browser does not list, is no visit", async () => {
  stub.tabs.all = [];
  stub.history.search = async () => [];
  await ledger.add({ url: URL_A, title: "", visitedAt: VISITED, transition: "link", due: 0 });
  await follower.flush();
  assert.deepEqual(recorded, []);
  assert.equal(ledger.get(URL_A), undefined);
});

test("a reload makes no new visit", async () => {
  stub.tabs.all = [];
  stub.history.pages[0].visits.push({ time: VISITED + 9000, transition: "reload" });
  await visited(URL_A, VISITED + 9000);
  assert.equal(ledger.get(URL_A), undefined);
});

test("a visit made while paused is not made up for afterwards", async () => {
  await settings.apply({ "capture.paused_until": -1 });
  const later = Date.now() + 5000;
  stub.history.pages = [{ url: URL_A, title: "A", visits: [{ time: later, transition: "link" }] }];
  await visited(URL_A, later);
  assert.equal(ledger.get(URL_A), undefined);
  assert.equal(ledger.watermark, later);
});

test("a visit that waits when a pause begins is not lost to it", async () => {
  stub.tabs.all = [];
  const before = Date.now() - 1000;
  stub.history.pages[0].visits[0].time = before;
  await ledger.add({ url: URL_A, title: "T", visitedAt: before, transition: "link", due: 0 });
  await settings.apply({ "capture.paused_until": -1 });
  await follower.flush();
  assert.deepEqual(recorded, [{ url: URL_A, title: "A", visited_at: before, transition: "link" }]);
});

test("a sign-in page that was left before it could be looked at is not recorded, unless such pages are allowed", async () => {
  stub.tabs.all = [];
  const url = "https://example.com/account/sign-in";
  stub.history.pages.push({ url, title: "S", visits: [{ time: VISITED, transition: "link" }] });
  const waiting = { url, title: "S", visitedAt: VISITED, transition: "link", due: 0 };
  await ledger.add(waiting);
  await follower.flush();
  assert.deepEqual(recorded, []);
  assert.equal(ledger.get(url), undefined);
  await settings.apply({ "capture.password_pages": true });
  await ledger.add(waiting);
  await follower.flush();
  assert.equal(recorded.length, 1);
});

test("sign-in pages are told by their address from pages about signing in", () => {
  const forms = [
    "https://example.com/login",
    "https://example.com/Sign-In?next=/",
    "https://example.com/users/sign_in.html",
    "https://example.com/wp-login.php",
    "https://example.com/auth/realms/x",
    "https://example.com/reset-password/abc",
    "https://example.com/#/login",
    "https://login.example.com/",
  ];
  const others = [
    "https://example.com/",
    "https://example.com/how-to-sign-in-to-your-router",
    "https://example.com/authors/ada",
    "https://example.com/plugins/blogging",
    "https://example.com/search?q=login",
    "https://example.com/page#login",
    "not an address",
  ];
  assert.deepEqual(
    forms.filter((url) => !looksLikeSignIn(url)),
    [],
  );
  assert.deepEqual(others.filter(looksLikeSignIn), []);
});

test("a page that is deleted or removed from the browser's history while it settles is not stored", async () => {
  stub.scripting.read = async () => {
    await deletions.add({ domain: "example.com" }, Date.now());
    return reading();
  };
  await capture.read(7);
  deletions = new Deletions();
  stub.scripting.read = () => {
    stub.history.pages = [];
    return reading({ html: null });
  };
  await capture.read(7);
  assert.deepEqual([sent, recorded], [[], []]);
});

test("a page that is deleted while the host stores it is deleted once more, and no second look follows", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  hostAnswer = () => deletions.add({ urls: [URL_A] }, Date.now());
  await capture.read(7);
  context.mock.timers.tick(60_000);
  await capture.read(7);
  assert.deepEqual(
    sent.map(({ method, params }) => [method, params.urls]),
    [
      ["pages.capture", undefined],
      ["pages.delete", [URL_A]],
    ],
  );
});
