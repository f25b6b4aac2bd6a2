/**
 * The extension's worker: wiring, and the listeners that wake it.
 *
 * Every listener is registered at once, as the browser asks, and waits for `ready`: nothing here
 * relies on the worker having lived before.
 */

import { browser } from "../shared/browser.js";
import { PAUSED_UNTIL } from "../shared/setting_names.js";
import { Backfill } from "./backfill.js";
import { updateBadge } from "./badge.js";
import { PageCapture } from "./capture.js";
import { Deletions } from "./deletions.js";
import { HostPort } from "./host_port.js";
import { createMenu, registerCommands } from "./menu.js";
import { Outbox } from "./outbox.js";
import { PagePorts } from "./page_ports.js";
import { ensurePreferences, introduction } from "./profile.js";
import { propagateRemoval } from "./removal.js";
import { resync } from "./resync.js";
import { Router } from "./router.js";
import { SettingsCache } from "./settings_cache.js";
import { TabOrganizer } from "./tabs/organizer.js";
import { VisitLedger } from "./visit_ledger.js";
import { visitRecorder } from "./visit_recorder.js";
import { VisitFollower } from "./visits.js";

const UPKEEP_ALARM = "upkeep";
const PAUSE_ALARM = "pause-ends";

/** A pause that began elsewhere is known only when the host of this connection has told its settings. */
let settingsHeard = false;
/** The history is encrypted, and nobody has unlocked it yet. */
let locked = false;
const settings = new SettingsCache(changed);
const ledger = new VisitLedger();
const deletions = new Deletions();
const host = new HostPort({ helloParams: introduction, onState: hostChanged, onNotification: heard });
const outbox = new Outbox(deliver, () => !settingsHeard || settings.pausedUntil() !== 0);
const recordVisit = visitRecorder({ ledger, outbox, deletions });
const capture = new PageCapture({ host, settings, ledger, deletions, recordVisit });
const visits = new VisitFollower({ settings, ledger, recordVisit, capture });
const backfill = new Backfill({ host, settings, onState: changed });
const broadcast = (/** @type {string} */ event, /** @type {any} */ data) => pages.broadcast(event, data);
const organizer = new TabOrganizer({ host, settings, outbox, broadcast });
const reload = async () => {
  await loadKept();
  // Pages let go of what they hold, too, so that none of it is kept again.
  pages.broadcast("extension.emptied", {});
};
const isLocked = () => locked;
const router = new Router({
  host,
  settings,
  outbox,
  backfill,
  ledger,
  deletions,
  organizer,
  reload,
  isLocked,
});
const pages = new PagePorts((method, params, context) =>
  ready.then(() => router.answer(method, params, context)),
);

const ready = start();

/** Everything that is kept between two lives of this worker. */
async function loadKept() {
  await Promise.all([
    settings.load(),
    ledger.load(),
    deletions.load(),
    outbox.load(),
    backfill.load(),
    organizer.load(),
    ensurePreferences(),
  ]);
}

async function start() {
  await loadKept();
  await browser.sidePanel.setPanelBehavior({ openPanelOnActionClick: true }).catch(() => {});
  await browser.alarms.create(UPKEEP_ALARM, { periodInMinutes: 0.5 });
  changed();
  host.open().catch(() => {});
  await visits.resume();
}

/** @param {import("./outbox.js").OutboxEntry} entry */
async function deliver(entry) {
  if (entry.kind === "visit") await host.request("pages.visit", entry.params);
  else if (entry.kind === "removal") await propagateRemoval(host, entry);
  else if (entry.kind === "correction") await organizer.corrections.deliver(entry);
  else if (entry.kind === "forget") await host.request("tabs.forget", { ids: entry.ids });
  else await host.request("settings.update", { values: entry.values });
}

/** Brings the host up to date once it can be reached. */
async function catchUp() {
  await ready;
  await outbox.drain();
  await settings.adopt(await host.request("settings.get"));
  settingsHeard = true;
  await outbox.drain();
  const missed = new Set(await resync({ host, settings, ledger, deletions, recordVisit }));
  for (const tab of await browser.tabs.query({})) {
    if (tab.id !== undefined && missed.has(tab.url ?? "")) capture.schedule(tab.id);
  }
  await capture.retryUnsent();
  backfill.resume();
}

function hostChanged() {
  locked = host.state.hello?.database?.locked === true;
  changed();
  if (host.state.name !== "ready") settingsHeard = false;
  // What fails here is tried again at the next connection.
  if (host.state.name === "ready") catchUp().catch(() => {});
}

/**
 * @param {string} method
 * @param {any} params
 */
function heard(method, params) {
  if (method === "settings.changed") settings.apply(params?.values ?? {});
  if (method === "encryption.changed") lockChanged(params?.locked === true);
  pages.broadcast(method, params);
}

/** @param {boolean} now */
function lockChanged(now) {
  if (now === locked) return;
  locked = now;
  changed();
  // What was kept meanwhile goes in at once.
  if (!locked) catchUp().catch(() => {});
}

function changed() {
  const state = router.state();
  pages.broadcast("extension.changed", state);
  updateBadge(state).catch(() => {});
  const until = settings.get(PAUSED_UNTIL, 0);
  if (until > Date.now()) browser.alarms.create(PAUSE_ALARM, { when: until + 100 });
}

async function upkeep() {
  await host.open({ now: host.state.name === "down" }).catch(() => {});
  await visits.flush();
  await organizer.settle();
  if (host.state.name !== "ready") return;
  if (settingsHeard) await outbox.drain();
  else await catchUp().catch(() => {});
}

browser.runtime.onInstalled.addListener(({ reason }) => {
  createMenu();
  if (reason === "install") browser.tabs.create({ url: browser.runtime.getURL("welcome.html") });
});
browser.runtime.onStartup.addListener(() => ready);
browser.runtime.onConnect.addListener((port) => pages.accept(port));
browser.alarms.onAlarm.addListener(async ({ name }) => {
  await ready;
  if (name === UPKEEP_ALARM) await upkeep();
  changed();
});
browser.history.onVisited.addListener(async (item) => {
  await ready;
  await visits.onVisited(item);
});
browser.history.onVisitRemoved.addListener(async ({ allHistory, urls = [] }) => {
  await ready;
  // The host has never been heard, so there is no archive to remove anything from.
  if (!settings.known) return;
  const gone = new Set(urls);
  const removed = (/** @type {string} */ url) => allHistory || gone.has(url);
  await ledger.forget(removed);
  await outbox.forget(removed);
  await outbox.send({ kind: "removal", urls, all: allHistory, removedAt: Date.now() });
});
browser.tabs.onUpdated.addListener(async (tabId, change) => {
  if (change.status !== "complete" && !change.url) return;
  await ready;
  capture.schedule(tabId);
});
browser.tabs.onUpdated.addListener(async (tabId, change) => {
  if (change.status !== "complete" && change.groupId === undefined) return;
  await ready;
  organizer.onUpdated(tabId, change);
});
browser.tabs.onCreated.addListener(async ({ id }) => {
  await ready;
  if (id !== undefined) await organizer.onCreated(id);
});
browser.tabs.onRemoved.addListener(async (tabId) => {
  capture.forgetTab(tabId);
  await ready;
  await organizer.onRemoved(tabId);
});
registerCommands({
  showPage: (page) => pages.broadcast("panel.show", page),
  organize: async (windowId) => {
    await ready;
    await organizer.begin(windowId);
  },
});
