/** The debug page, opened with a host that the tests play. */

import "./chrome_stub.js";

import { openPage, READY_STATE, stats, StubIntersectionObserver, until } from "./page_fixture.js";

/**
 * @typedef {import("./page_fixture.js").Answer} Answer
 */

export const METHODS = [
  "store.stats",
  "store.health",
  "store.sizes",
  "store.export",
  "store.import",
  "store.upload",
  "store.backup",
  "store.backups",
  "store.restore",
  "store.drop_backup",
  "store.check",
  "store.vacuum",
  "store.clear",
  "store.rebuild",
  "store.delete_all",
  "models.list",
  "models.clear",
  "jobs.list",
  "jobs.pause",
  "jobs.resume",
  "jobs.retry",
  "daemon.status",
  "daemon.latencies",
  "daemon.log",
  "doctor",
  "sql.log",
  "sql.describe",
];

/** How the host stands; tests change it. */
export const host = {
  stats: stats(),
  health: {
    parts: [
      { name: "Full text", rows: 12, expected: 12, ok: true, detail: "Every page is in it." },
      {
        name: "Vectors",
        rows: 30,
        expected: 40,
        ok: false,
        detail: "10 passages have none.",
        fix: "Rebuild them.",
        action: {
          label: "Rebuild vectors",
          method: "store.rebuild",
          params: { fulltext: false, vectors: true },
        },
      },
    ],
    database_bytes: 5_000_000,
    free_bytes: 2_000_000,
    log_bytes: 1_000_000,
    path: "/home/somebody/history.db",
    growth: [
      { day: "2026-01-01", pages: 2, bytes: 1_000_000 },
      { day: "2026-01-02", pages: 5, bytes: null },
      { day: "2026-01-03", pages: 12, bytes: 5_000_000 },
    ],
  },
  /** @type {{jobs: Array<{kind: string, state: string, count: number, error?: string}>, paused: boolean}} */
  queue: { jobs: [], paused: false },
  /** @type {any[]} */
  checks: [{ name: "Database", ok: true, detail: "It is whole." }],
  /** @type {any[]} */
  backups: [],
  /** @type {any[]} */
  statements: [],
};

/** @type {Record<string, Answer>} */
const answers = {
  "extension.state": () => ({
    ...READY_STATE,
    host: { name: "ready", hello: { version: "0.1.0", protocol: 1, capabilities: METHODS } },
  }),
  "settings.get": () => ({ settings: [] }),
  "store.stats": () => host.stats,
  "store.health": () => host.health,
  "store.sizes": () => ({
    tables: [
      { name: "pages", bytes: 900_000 },
      { name: "visits", bytes: 100_000 },
    ],
  }),
  "store.backups": () => ({ backups: host.backups, next_at: null }),
  "jobs.list": () => host.queue,
  "jobs.pause": () => {
    host.queue.paused = true;
    return host.queue;
  },
  "jobs.resume": () => {
    host.queue.paused = false;
    return host.queue;
  },
  "models.list": () => ({ models: [], roles: [], machine: {} }),
  "daemon.status": () => ({
    version: "0.1.0",
    pid: 7,
    started_at: Date.UTC(2026, 0, 3),
    connections: 1,
    memory_bytes: 80_000_000,
  }),
  "daemon.latencies": () => ({
    methods: [
      { method: "jobs.list", count: 4, failed: 0, median_ms: 0.4, p95_ms: 0.9, recent_ms: [0.4, 0.9] },
      {
        method: "search.query",
        count: 1200,
        failed: 3,
        median_ms: 42,
        p95_ms: 1300,
        recent_ms: [40, 44, 1300],
      },
    ],
  }),
  "daemon.log": ({ name = "host" }) => ({
    name,
    lines: [`${name}: first`, `${name}: second`],
    names: ["host", "worker"],
    path: `/log/${name}.log`,
  }),
  doctor: () => ({ checks: host.checks }),
  "sql.log": ({ after }) => ({
    statements: host.statements.filter(({ n }) => n > after),
    keeps_parameters: false,
  }),
};

/** Opens the page; what the tests put into `more` is answered so. @param {Record<string, Answer>} [more] */
export function openDebugPage(more = {}) {
  const page = openPage("debug.html", { ...answers, ...more });
  playDialogs(page.dom.window);
  return page;
}

/** jsdom has dialogs that do not open. @param {import("jsdom").DOMWindow} window */
function playDialogs(window) {
  const { prototype } = window.HTMLDialogElement;
  prototype.showModal = /** @this {HTMLDialogElement} */ function showModal() {
    this.open = true;
  };
  prototype.close = /** @this {HTMLDialogElement} @param {string} [value] */ function close(value) {
    this.open = false;
    if (value !== undefined) this.returnValue = value;
    this.dispatchEvent(new window.Event("close"));
  };
}

/** Says that a section has come into view. @param {string} id */
export function bringIntoView(id) {
  const target = /** @type {HTMLElement} */ (document.getElementById(id));
  for (const observer of StubIntersectionObserver.all) {
    if (observer.targets.includes(target)) observer.callback([{ isIntersecting: true, target }]);
  }
}

/** The button with these words, also in dialogs. @param {string} text @param {ParentNode} [root] */
export function buttonOf(text, root = document) {
  const found = [...root.querySelectorAll("button")].find(
    (button) => (button.getAttribute("aria-label") ?? button.textContent?.trim()) === text,
  );
  if (!found) throw new Error(`There is no button "${text}"`);
  return found;
}

/** What an element says, its white space made one. @param {string} id */
export function textOf(id) {
  return (document.getElementById(id)?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** The dialog that is open. @returns {HTMLDialogElement} */
export function openedDialog() {
  const found = [...document.querySelectorAll("dialog")].find(({ open }) => open);
  if (!found) throw new Error("No dialog is open");
  return found;
}

/** Presses a button and then one of the dialog that it opens. @param {string} act @param {string} choice */
export async function choose(act, choice) {
  buttonOf(act).click();
  await until(() => [...document.querySelectorAll("dialog")].some(({ open }) => open));
  buttonOf(choice, openedDialog()).click();
}
