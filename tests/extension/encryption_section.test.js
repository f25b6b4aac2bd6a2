import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

const KEY = "ABCD-EFGH-2345";
/** @type {any} */
let host;
/** @type {(() => void) | null} lets what is under way come to its end */
let release = null;

const CLEAR = { encrypted: false, locked: false, keyring: "Vault", clear_backups: 0 };
const KEPT = { encrypted: true, locked: false, key_in: "keyring", keyring: "Vault", clear_backups: 0 };
const GUARDED = { ...KEPT, key_in: "passphrase" };

/** @param {any} answer */
async function slowly(answer, /** @type {any} */ request) {
  request.progress({ stage: "copying", share: 0.5 });
  await Promise.race([
    new Promise((resolve) => {
      release = () => resolve(undefined);
    }),
    request.cancelled.then(() => {
      if (host.tooLate) return;
      throw { name: "AbortError", message: "cancelled", kind: "cancelled" };
    }),
  ]);
  if (host.refuses) throw host.refuses;
  host.state = answer.state;
  return answer;
}

const { document, worker, dom } = openPage("options.html", {
  "extension.state": () => READY_STATE,
  "settings.get": () => ({ settings: [] }),
  "models.list": () => ({ models: [], roles: [], machine: { memory: 1, disk_free: 1, cores: 1 } }),
  "models.recommend": () => ({ languages: ["en"], recommended: [] }),
  "finetune.state": () => ({ job: { state: "none" } }),
  "finetune.deployments": () => ({ deployments: [], in_use: null }),
  "categories.list": () => ({ categories: [] }),
  "tabs.corrections": () => ({ corrections: [], total: 0 }),
  "encryption.state": () => host.state,
  "encryption.enable": (params, request) => {
    if (params.keep) return { state: { ...host.state, clear_backups: 0 }, backups: 2 };
    const key = params.passphrase ? {} : { recovery_key: KEY };
    return slowly({ state: params.passphrase ? GUARDED : KEPT, backups: 1, ...key }, request);
  },
  "encryption.disable": (_params, request) => slowly({ state: CLEAR }, request),
  "encryption.unlock": ({ passphrase }) => {
    if (passphrase !== "correct horse") {
      throw { message: "This is not the passphrase of this history.", kind: "invalid_input" };
    }
    host.state = GUARDED;
    return host.state;
  },
});
after(() => closePage(dom));

const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const shown = (/** @type {string} */ id) => !byId(id).closest("[hidden]");
const submit = (/** @type {string} */ id) => byId(id).querySelector("[type=submit]").click();
const state = () => byId("encryption-state").textContent;

host = { state: CLEAR };
await import("../../extension/options.js");

/** @param {any} stateOfHost @param {boolean} [locked] */
async function open(stateOfHost, locked = false) {
  host = { state: stateOfHost };
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  worker.requests = [];
  worker.tell("extension.changed", { ...READY_STATE, locked });
  await until(() => worker.asked("encryption.state").length === 1 && shown("encryption-body"));
  await until(() => byId("encryption-notice").hidden);
}

beforeEach(() => {
  release = null;
  for (const id of ["encryption-first", "encryption-second", "encryption-words", "encryption-off-words"]) {
    byId(id).value = "";
  }
  byId("encryption-by-keyring").checked = true;
});

test("with the keyring it is one click, and the recovery key is shown until it is written down", async () => {
  await open(CLEAR);
  assert.match(state(), /not encrypted/);
  assert.match(byId("encryption-by-keyring-about").textContent, /Vault/);
  assert.equal(shown("encryption-new"), false);
  submit("encryption-on");
  await until(() => /50 %/.test(byId("encryption-progress").textContent));
  assert.equal(shown("encryption-on"), false, "it is not asked for twice");
  release?.();
  await until(() => shown("encryption-key-box"));
  assert.deepEqual(worker.asked("encryption.enable"), [{}]);
  assert.equal(byId("encryption-key").textContent, KEY);
  assert.equal(document.activeElement, byId("encryption-key"));
  assert.match(byId("encryption-notice").textContent, /encrypted, with one backup\./);
  assert.equal(shown("encryption-off-ask"), false, "first it has to be written down");
  byId("encryption-key-done").click();
  assert.equal(shown("encryption-key-box"), false);
  assert.equal(document.documentElement.textContent?.includes(KEY), false);
  assert.equal(shown("encryption-off-ask"), true);
});

test("a passphrase is asked for twice, and goes nowhere before both are the same and long enough", async () => {
  await open(CLEAR);
  byId("encryption-by-passphrase").click();
  assert.equal(shown("encryption-new"), true);
  byId("encryption-first").value = "short";
  submit("encryption-on");
  assert.match(byId("encryption-first-problem").textContent, /at least 8/);
  assert.equal(byId("encryption-first").getAttribute("aria-invalid"), "true");
  byId("encryption-first").value = "correct horse";
  byId("encryption-second").value = "correct house";
  submit("encryption-on");
  assert.match(byId("encryption-first-problem").textContent, /not the same/);
  assert.deepEqual(worker.asked("encryption.enable"), []);
  byId("encryption-second").value = "correct horse";
  submit("encryption-on");
  await until(() => release);
  release?.();
  await until(() => /until you enter your passphrase/.test(state()));
  assert.deepEqual(worker.asked("encryption.enable"), [{ passphrase: "correct horse" }]);
  await until(() => document.activeElement?.id === "encryption-title");
  assert.equal(shown("encryption-key-box"), false);
  assert.deepEqual([byId("encryption-first").value, byId("encryption-second").value], ["", ""]);
});

test("without a keyring only a passphrase can be chosen, and it says why", async () => {
  await open({ ...CLEAR, keyring: null });
  assert.equal(byId("encryption-by-keyring").disabled, true);
  assert.equal(byId("encryption-by-passphrase").checked, true);
  assert.match(byId("encryption-by-keyring-about").textContent, /no keyring/);
  assert.equal(shown("encryption-new"), true);
});

test("what is refused is said where it was asked, and all stays as it was", async () => {
  await open(CLEAR);
  host.refuses = { message: "The disk is full.", fix: "Free some.", kind: "disk_full" };
  submit("encryption-on");
  await until(() => release);
  release?.();
  await until(() => shown("encryption-on"));
  assert.match(document.getElementById("encryption")?.textContent ?? "", /The disk is full\. Free some\./);
  assert.match(state(), /not encrypted/);
});

test("a recovery key is shown also when it was cancelled too late", async () => {
  await open(CLEAR);
  host.tooLate = true;
  submit("encryption-on");
  await until(() => release);
  byId("encryption-cancel").click();
  await until(() => shown("encryption-key-box"));
  assert.equal(byId("encryption-key").textContent, KEY);
  assert.match(state(), /is encrypted/);
  byId("encryption-key-done").click();
});

test("it can be cancelled while it is being written", async () => {
  await open(CLEAR);
  submit("encryption-on");
  await until(() => shown("encryption-cancel") && release);
  byId("encryption-cancel").click();
  await until(() => shown("encryption-on"));
  assert.match(byId("encryption-notice").textContent, /Nothing has changed/);
});

test("a locked history is unlocked with what opens it, and nothing else is offered before", async () => {
  await open({ ...GUARDED, locked: true }, true);
  assert.match(state(), /locked/);
  assert.deepEqual(["encryption-on", "encryption-off-ask", "encryption-unlock"].map(shown), [
    false,
    false,
    true,
  ]);
  submit("encryption-unlock");
  assert.match(byId("encryption-words-problem").textContent, /Enter/);
  byId("encryption-words").value = "incorrect horse";
  submit("encryption-unlock");
  await until(() => /not the passphrase/.test(byId("encryption-words-problem").textContent));
  assert.equal(document.activeElement, byId("encryption-words"));
  byId("encryption-words").value = "correct horse";
  submit("encryption-unlock");
  await until(() => !shown("encryption-unlock"));
  assert.equal(byId("encryption-words").value, "");
  assert.equal(byId("saved").textContent, "Your history is unlocked.");
});

test("a locked history is told at the top of the page, with the way to unlock it", async () => {
  await open({ ...GUARDED, locked: true }, true);
  assert.match(byId("banners").textContent, /Your history is locked/);
  assert.match(byId("banners").querySelector("a").href, /options\.html#encryption$/);
  worker.tell("extension.changed", READY_STATE);
  assert.equal(byId("banners").textContent.includes("locked"), false);
});

test("turning it off is asked for once, with the passphrase where one guards it", async () => {
  await open(GUARDED);
  byId("encryption-off-ask").click();
  assert.equal(document.activeElement, byId("encryption-off-words"));
  submit("encryption-off");
  assert.deepEqual(worker.asked("encryption.disable"), []);
  byId("encryption-off").dispatchEvent(
    new dom.window.KeyboardEvent("keydown", { key: "Escape", bubbles: true }),
  );
  assert.equal(shown("encryption-off"), false);
  assert.equal(document.activeElement, byId("encryption-off-ask"));
  byId("encryption-off-ask").click();
  byId("encryption-off-words").value = "correct horse";
  submit("encryption-off");
  await until(() => release);
  release?.();
  await until(() => /not encrypted/.test(state()));
  assert.deepEqual(worker.asked("encryption.disable"), [{ passphrase: "correct horse" }]);

  await open(KEPT);
  byId("encryption-off-ask").click();
  assert.equal(shown("encryption-off-guard"), false);
  assert.equal(document.activeElement, byId("encryption-off-no"));
});

test("backups that were made before can be encrypted, too", async () => {
  await open({ ...GUARDED, clear_backups: 2 });
  assert.match(byId("encryption-backups-text").textContent, /2 backups/);
  byId("encryption-backups-yes").click();
  await until(() => /with 2 backups/.test(byId("encryption-notice").textContent));
  assert.deepEqual(worker.asked("encryption.enable"), [{ keep: true }]);
  assert.equal(shown("encryption-backups"), false);
});
