import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { buttonOf, choose, host, openDebugPage, openedDialog, textOf } from "./debug_page_fixture.js";
import { closePage, until } from "./page_fixture.js";

const MADE_AT = Date.UTC(2026, 0, 2, 12);
const ENDLESS = "/tmp/endless.db";
const FULL_AT = 8 * 1024 ** 2;
/** @type {string[]} */
const pieces = [];
/** @type {any} */
let exporting;

const { document, worker, dom } = openDebugPage({
  "store.export": (params, { progress, cancelled }) => {
    progress({ share: 0.25, bytes: 2 * 1024 ** 2 });
    return new Promise((resolve, reject) => {
      exporting = () =>
        resolve({
          path: `/home/somebody/Downloads/ai-history.${params.format}`,
          bytes: 8 * 1024 ** 2,
          rows: { pages: 1200, visits: 3400, jobs: 1, meta: 4 },
          took_ms: 2400,
        });
      cancelled.then(() => reject({ message: "It was taken back.", kind: "cancelled" }));
    });
  },
  "store.upload": ({ upload_id: id, offset, data, drop }) => {
    if (drop) return { upload_id: id, received: 0 };
    if (offset >= FULL_AT) throw { message: "The disk is full.", kind: "disk_full", fix: "Make room." };
    pieces.push(data);
    return { upload_id: id ?? "u1", received: offset + Buffer.from(data, "base64").length };
  },
  "store.import": ({ mode, path }, { cancelled }) => {
    const reply = {
      mode,
      format: "sqlite",
      added: { pages: 3, visits: 1 },
      updated: { pages: 1 },
      skipped: { pages: 2 },
      backup: mode === "replace" ? "/backups/before.db" : null,
      kept_settings: mode === "replace" ? ["mcp.enabled"] : [],
    };
    if (path !== ENDLESS) return reply;
    return new Promise((_, reject) => {
      cancelled.then(() => reject({ message: "It was taken back.", kind: "cancelled" }));
    });
  },
  "store.backup": () => {
    host.backups.unshift({
      name: "b2.db",
      path: "/backups/b2.db",
      bytes: 4 * 1024 ** 2,
      made_at: MADE_AT,
      reason: "asked",
    });
    return { backup: host.backups[0] };
  },
  "store.restore": () => ({
    mode: "replace",
    format: "sqlite",
    added: { pages: 9 },
    backup: "/backups/before.db",
  }),
  "store.drop_backup": ({ name }) => {
    host.backups = host.backups.filter((backup) => backup.name !== name);
    return { backups: host.backups };
  },
  "store.check": ({ repair }) =>
    repair
      ? { ok: true, problems: [], repaired: ["The full-text index was made anew."] }
      : { ok: false, problems: ["The full-text index lacks 3 pages."] },
  "store.vacuum": () => {
    throw { message: "The disk is full.", kind: "disk_full", fix: "Make room." };
  },
  "store.clear": () => ({ pages: 12, conversations: 1, freed_bytes: 3 * 1024 ** 2, backups: 2 }),
  "models.clear": () => ({ removed: ["all-minilm-l6-v2"], kept: ["mine"], freed_bytes: 90 * 1024 ** 2 }),
  "store.delete_all": () => ({
    removed: [
      { what: "key", path: "the keyring", files: 0, bytes: 0 },
      { what: "history of p", path: "/data/p", files: 3, bytes: 5 * 1024 ** 2 },
      { what: "backups of q", path: "/data/q/backups", files: 1, bytes: 1024 },
      { what: "log", path: "/log/host.log", files: 1, bytes: 2048 },
      { what: "log", path: "/log/worker.log", files: 1, bytes: 1024 },
    ],
    left: [
      { what: "model", path: "/models/held", files: 1, bytes: 1024, why: "It is open." },
      { what: "export", path: "/Downloads/a.db", files: 1, bytes: 1024, why: "It is yours." },
    ],
    total_bytes: 5 * 1024 ** 2,
  }),
});
const { window } = dom;
host.backups = [
  { name: "b1.db", path: "/backups/b1.db", bytes: 1024 ** 2, made_at: MADE_AT, reason: "schedule" },
];
const target = /** @type {any} */ (globalThis);
target.localStorage = window.localStorage;
/** @type {string[]} */
const copied = [];
Object.defineProperty(globalThis, "navigator", {
  value: { clipboard: { writeText: async (/** @type {string} */ text) => copied.push(text) } },
  configurable: true,
});
after(() => closePage(dom));
await import("../../extension/debug.js");
const { nextText } = await import("../../extension/debug/backup_list.js");
await until(() => document.querySelectorAll("#backups > li").length === 1);

beforeEach(() => {
  worker.requests = [];
});

test("an export says that its file is in clear, also when the history is encrypted", () => {
  assert.match(textOf("export-dialog"), /The file is in clear, also when your history is encrypted\./);
});

test("an export asks for the format, shows how far it is, and ends with the path, which can be copied", async () => {
  await choose("Export database", "Export now");
  await until(() => textOf("copies-task").includes("Exporting, 25 %, 2 MB…"));
  assert.deepEqual(worker.asked("store.export"), [{ format: "sqlite" }]);
  exporting();
  await until(() => textOf("copies-task").includes("Exported"));
  assert.match(
    textOf("copies-task"),
    /Exported 1,200 pages, 3,400 visits, and 5 other rows in 2\.4 s\. The file has 8 MB: \/home\/somebody/,
  );
  buttonOf("Copy path").click();
  await until(() => copied.length === 1);
  assert.deepEqual(copied, ["/home/somebody/Downloads/ai-history.sqlite"]);
});

test("an export that is taken back says that no file was written", async () => {
  buttonOf("Export database").click();
  const dialog = openedDialog();
  /** @type {HTMLInputElement} */ (dialog.querySelector('[value="jsonl"]')).checked = true;
  /** @type {HTMLInputElement} */ (document.getElementById("export-path")).value = " /tmp/out.jsonl ";
  buttonOf("Export now", dialog).click();
  await until(() => worker.asked("store.export").length === 1);
  assert.deepEqual(worker.asked("store.export"), [{ format: "jsonl", path: "/tmp/out.jsonl" }]);
  await choose("Export database", "Export now");
  await until(() => textOf("copies-task").includes("Exporting is still under way."));
  assert.equal(worker.asked("store.export").length, 1);
  buttonOf("Cancel", /** @type {HTMLElement} */ (document.getElementById("copies-task"))).click();
  await until(() => textOf("copies-task").includes("Stopped. No file was written."));
});

test("a dialog that is left does nothing, and the focus goes back to what opened it", async () => {
  const act = buttonOf("Export database");
  act.focus();
  act.click();
  openedDialog().dispatchEvent(new window.Event("close"));
  await until(() => document.activeElement === act);
  /** @type {any} */ (openedDialog()).open = false;
  assert.deepEqual(worker.asked("store.export"), []);
});

test("a file is handed over in pieces and merged, with what came of it in words", async () => {
  const bytes = new Uint8Array(5 * 1024 ** 2).map((_, index) => index % 251);
  buttonOf("Import database").click();
  const yes = /** @type {HTMLButtonElement} */ (document.getElementById("import-yes"));
  assert.ok(yes.disabled);
  const picker = /** @type {HTMLInputElement} */ (document.getElementById("import-file"));
  const file = new Blob([bytes]);
  Object.defineProperty(picker, "files", { value: [file], configurable: true });
  Object.defineProperty(picker, "value", { value: "", configurable: true, writable: true });
  picker.dispatchEvent(new window.Event("input"));
  assert.ok(!yes.disabled);
  assert.equal(yes.textContent, "Add to what is here");
  yes.click();
  await until(() => textOf("copies-task").includes("Added"));
  assert.equal(pieces.length, 2);
  assert.deepEqual(Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64"))), Buffer.from(bytes));
  assert.deepEqual(worker.asked("store.upload")[1].offset, 4 * 1024 ** 2);
  assert.deepEqual(worker.asked("store.import"), [{ upload_id: "u1", mode: "merge" }]);
  assert.match(
    textOf("copies-task"),
    /Added 3 pages and 1 visit\. Brought up to date: 1 page\. Left out, being here already or excluded: 2 pages\./,
  );
  Object.defineProperty(picker, "files", { value: [], configurable: true });
});

test("a file that is not handed over whole is deleted where it arrived", async () => {
  buttonOf("Import database").click();
  const picker = /** @type {HTMLInputElement} */ (document.getElementById("import-file"));
  Object.defineProperty(picker, "files", {
    value: [new Blob([new Uint8Array(FULL_AT + 1)])],
    configurable: true,
  });
  Object.defineProperty(picker, "value", { value: "", configurable: true, writable: true });
  picker.dispatchEvent(new window.Event("input"));
  document.getElementById("import-yes")?.click();
  await until(() => textOf("copies-task").includes("The disk is full."));
  await until(() => worker.asked("store.upload").length === 4);
  assert.deepEqual(worker.asked("store.upload")[3], { upload_id: "u1", drop: true });
  assert.deepEqual(worker.asked("store.import"), []);
  Object.defineProperty(picker, "files", { value: [], configurable: true });
});

for (const [mode, words] of [
  ["replace", "What was here is as it was."],
  ["merge", "What had been added by then stays"],
]) {
  test(`taking back an import by ${mode} says what became of what is here`, async () => {
    buttonOf("Import database").click();
    const dialog = openedDialog();
    const path = /** @type {HTMLInputElement} */ (document.getElementById("import-path"));
    path.value = ENDLESS;
    const way = /** @type {HTMLInputElement} */ (dialog.querySelector(`[value="${mode}"]`));
    way.checked = true;
    way.dispatchEvent(new window.Event("change"));
    document.getElementById("import-yes")?.click();
    await until(() => worker.asked("store.import").length === 1);
    const cancels = [...document.querySelectorAll('#copies-task [data-part="cancel"]')];
    const cancel = cancels.find((button) => !button.closest("[hidden]"));
    /** @type {HTMLElement} */ (cancel).click();
    await until(() => textOf("copies-task").includes(`Stopped. ${words}`));
  });
}

test("replacing says what goes before it begins, and where the backup of it is", async () => {
  buttonOf("Import database").click();
  const dialog = openedDialog();
  const path = /** @type {HTMLInputElement} */ (document.getElementById("import-path"));
  path.value = "/tmp/other.db";
  path.dispatchEvent(new window.Event("input"));
  const replace = /** @type {HTMLInputElement} */ (dialog.querySelector('[value="replace"]'));
  replace.checked = true;
  replace.dispatchEvent(new window.Event("change"));
  assert.ok(!document.getElementById("import-replace-warning")?.hasAttribute("hidden"));
  buttonOf("Replace what is here", dialog).click();
  await until(() => worker.asked("store.import").length === 1);
  assert.deepEqual(worker.asked("store.import"), [{ path: "/tmp/other.db", mode: "replace" }]);
  await until(() => textOf("copies-task").includes("/backups/before.db"));
  assert.match(textOf("copies-task"), /Replaced\. There are 3 pages and 1 visit now\./);
  assert.match(textOf("copies-task"), /because the file permits more: mcp\.enabled\./);
  const merge = /** @type {HTMLInputElement} */ (dialog.querySelector('[value="merge"]'));
  buttonOf("Import database").click();
  assert.ok(merge.checked, "to replace is chosen anew each time");
  assert.ok(document.getElementById("import-replace-warning")?.hasAttribute("hidden"));
  buttonOf("Cancel", dialog).click();
});

test("a backup is made, listed, put back after a question, and deleted after one", async () => {
  buttonOf("Back up now").click();
  await until(() => document.querySelectorAll("#backups > li").length === 2);
  assert.match(textOf("backups"), /4 MB, made by you.*1 MB, made on schedule/);
  const restore = /** @type {HTMLElement} */ (document.querySelector("#backups > li button"));
  restore.focus();
  restore.click();
  await until(() => openedDialog().textContent?.includes("Put this backup in place?"));
  assert.deepEqual(worker.asked("store.restore"), []);
  buttonOf("Restore this backup", openedDialog()).click();
  await until(() => textOf("backup-task").includes("Restored."));
  assert.deepEqual(worker.asked("store.restore"), [{ name: "b2.db" }]);
  await until(() => document.activeElement?.id === "data-backup");
  const [, remove] = document.querySelectorAll("#backups > li button");
  /** @type {HTMLElement} */ (remove).click();
  await until(() => openedDialog().textContent?.includes("Delete this backup?"));
  buttonOf("Delete the backup", openedDialog()).click();
  await until(() => document.querySelectorAll("#backups > li").length === 1);
  assert.deepEqual(worker.asked("store.drop_backup"), [{ name: "b2.db" }]);
});

test("backups of one minute are told apart by the second, and each by its reason", async () => {
  const [first] = host.backups;
  host.backups = [
    { ...first, name: "c3.db", made_at: MADE_AT + 5000, reason: "replace" },
    { ...first, name: "c2.db", made_at: MADE_AT + 1000, reason: "write" },
    { ...first, name: "c1.db", made_at: MADE_AT - 3_600_000, reason: "asked" },
  ];
  buttonOf("Back up now").click();
  await until(() => document.querySelectorAll("#backups > li").length === 4);
  const labels = [...document.querySelectorAll("#backups button")].map((each) =>
    each.getAttribute("aria-label"),
  );
  assert.equal(new Set(labels).size, labels.length);
  assert.match(labels.join("\n"), /Restore the backup of .*:05.*, made before an import or restore/);
  assert.match(labels.join("\n"), /Delete the backup of .*:01.*, made before a change in the SQL explorer/);
  host.backups = [first];
});

test("a backup that is due is said to come soon, not at a time that has passed", () => {
  assert.equal(nextText(null), "");
  assert.equal(nextText(MADE_AT, MADE_AT), "The next one is made soon, when the computer is idle.");
  assert.match(nextText(MADE_AT, MADE_AT - 1), /^The next one is made .*2026/);
});

test("a check tells what it found, and mends it when asked to", async () => {
  buttonOf("Check database").click();
  await until(() => textOf("upkeep-task").includes("1 problem was found."));
  assert.match(textOf("upkeep-task"), /The full-text index lacks 3 pages\./);
  buttonOf("Repair").click();
  await until(() => textOf("upkeep-task").includes("Repaired. The database is whole."));
  assert.deepEqual(
    worker.asked("store.check").map(({ repair }) => repair),
    [false, true],
  );
});

test("what fails says why and what to do", async () => {
  buttonOf("Compact database").click();
  await until(() => textOf("upkeep-task").includes("The disk is full. Make room."));
});

test("clearing asks once and names what goes and what stays; Cancel leaves everything", async () => {
  await choose("Clear database", "Cancel");
  assert.deepEqual(worker.asked("store.clear"), []);
  buttonOf("Clear database").click();
  const said = openedDialog().textContent ?? "";
  for (const words of [
    "Every conversation",
    "Backups, each with what was there when it was made",
    "Settings, with the sites you excluded",
    "the statements that you saved",
    "Only what a backup holds can come back, and no backup is made now.",
  ]) {
    assert.ok(said.includes(words), words);
  }
  buttonOf("Clear the database", openedDialog()).click();
  await until(() =>
    textOf("deletion-task").includes("12 pages and 1 conversation are gone, 3 MB are free again"),
  );
  assert.deepEqual(worker.asked("store.clear"), [{ keep_settings: true }]);
  assert.match(textOf("deletion-task"), /2 backups are left\./);
  buttonOf("Clear database").click();
  /** @type {HTMLInputElement} */ (openedDialog().querySelector('[data-part="option"]')).checked = true;
  buttonOf("Clear the database", openedDialog()).click();
  await until(() => worker.asked("store.clear").length === 2);
  assert.deepEqual(worker.asked("store.clear")[1], { keep_settings: true, backups: true });
});

test("clearing the model cache names what went and what was kept", async () => {
  await choose("Clear model cache", "Clear the model cache");
  await until(() =>
    textOf("deletion-task").includes("Removed all-minilm-l6-v2: 90 MB are free again. Kept: mine."),
  );
});

test("deleting everything ends with a receipt, and with nothing in the page's own storage", async () => {
  window.localStorage.setItem("something", "of a page");
  stub.storage.local.values.profileId = "p";
  buttonOf("Delete all data").click();
  assert.match(openedDialog().textContent ?? "", /sites that you excluded yourself are captured again/);
  buttonOf("Delete everything", openedDialog()).click();
  await until(() => textOf("deletion-task").includes("Deleted:"));
  assert.match(textOf("deletion-task"), /sites that you excluded yourself are captured again/);
  assert.deepEqual(worker.asked("store.delete_all"), [{ confirm: "delete all data" }]);
  const items = [...document.querySelectorAll('[aria-label="Removed"] > li')];
  assert.deepEqual(
    items.map((item) => item.textContent),
    [
      "Keythe keyring",
      "History of this browser profile3 files, 5 MB/data/p",
      "Backups of another browser profile1 file, 1 kB/data/q/backups",
      "Logs2 files, 3 kB/log",
    ],
  );
  assert.match(
    textOf("deletion-task"),
    /Some files could not be removed; delete them by hand\. Files that you exported are still there\..*\/models\/held/,
  );
  assert.equal(window.localStorage.length, 0);
});
