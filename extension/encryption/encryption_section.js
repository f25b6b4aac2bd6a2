/** The section of the settings page about encryption at rest: on, off, and unlocking. */

import { SectionNotice } from "../categories/section_notice.js";
import { copyButton } from "../chat/copy_button.js";
import { drawProgress } from "../models/progress.js";
import { byId, catchFocus, show } from "../shared/dom.js";
import { decrypt, encrypt, encryptBackups, encryptionState, unlock } from "../shared/encryption_api.js";
import { write } from "../shared/keyed_list.js";
import {
  backupsText,
  doneText,
  keyringText,
  passphraseProblem,
  progressText,
  stateText,
} from "./encryption_words.js";

/**
 * @typedef {import("../shared/encryption_api.js").EncryptionDone} EncryptionDone
 * @typedef {import("../shared/encryption_api.js").EncryptionState} EncryptionState
 * @typedef {import("../shared/encryption_api.js").TaskOptions} TaskOptions
 */

export class EncryptionSection {
  /** @type {EncryptionState | null} */
  #state = null;
  /** @type {AbortController | null} of what is under way */
  #task = null;
  /** A key that a person has not yet said to have written down. */
  #recoveryKey = "";
  #known = "";
  #say;
  #notice = new SectionNotice(byId("encryption-notice"));

  /** @param {(text: string) => void} say reads something out */
  constructor(say) {
    this.#say = say;
    onSubmit("encryption-unlock", () => this.#unlock());
    onSubmit("encryption-on", () => this.#enable());
    onSubmit("encryption-off", () => this.#disable());
    for (const id of ["encryption-by-keyring", "encryption-by-passphrase"]) {
      byId(id).addEventListener("change", () => this.#draw());
    }
    byId("encryption-cancel").addEventListener("click", () => this.#task?.abort());
    byId("encryption-backups-yes").addEventListener("click", () => this.#finishBackups());
    byId("encryption-off-ask").addEventListener("click", () => this.#ask(true));
    byId("encryption-off-no").addEventListener("click", () => this.#ask(false));
    byId("encryption-off").addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#ask(false);
    });
    byId("encryption-key-done").addEventListener("click", () => this.#forgetKey());
    byId("encryption-key-copy").append(
      copyButton(
        "Copy",
        () => this.#recoveryKey,
        (text) => navigator.clipboard.writeText(text),
      ),
    );
  }

  /** Asks how it stands when the host has come, or was unlocked. @param {import("../shared/api.js").ExtensionState} state */
  onState({ host, locked }) {
    const known = `${host.name} ${locked ?? false}`;
    if (known === this.#known) return;
    this.#known = known;
    if (host.name === "ready") this.refresh();
    else if (host.name === "down") this.#notice.tell("This can be changed when AI History is back.");
  }

  /** Asks the host how it stands. */
  async refresh() {
    if (this.#task) return;
    try {
      this.#state = await encryptionState();
      this.#notice.clear();
    } catch (error) {
      this.#notice.fail(error, () => this.refresh());
    }
    this.#draw();
  }

  async #unlock() {
    const field = input("encryption-words");
    if (field.value === "")
      return this.#complain("encryption-words", "Enter the passphrase or the recovery key.");
    await this.#run("encryption-words", async () => {
      this.#state = await unlock(field.value);
      field.value = "";
      this.#say("Your history is unlocked.");
      byId("encryption-title").focus();
    });
  }

  async #enable() {
    const byPassphrase = input("encryption-by-passphrase").checked;
    const [first, second] = [input("encryption-first"), input("encryption-second")];
    const problem = byPassphrase ? passphraseProblem(first.value, second.value) : "";
    if (problem) return this.#complain("encryption-first", problem);
    await this.#run("encryption-first", async (options) => {
      this.#finish(await encrypt(byPassphrase ? first.value : null, options));
      first.value = "";
      second.value = "";
    });
  }

  async #disable() {
    const field = input("encryption-off-words");
    const guarded = this.#state?.key_in === "passphrase";
    if (guarded && field.value === "") return this.#complain("encryption-off-words", "Enter the passphrase.");
    await this.#run("encryption-off-words", async (options) => {
      this.#finish(await decrypt(guarded ? field.value : null, options));
      field.value = "";
      this.#ask(false);
    });
  }

  async #finishBackups() {
    await this.#run("", async (options) => this.#finish(await encryptBackups(options)));
  }

  /** @param {EncryptionDone} done */
  #finish(done) {
    this.#state = done.state;
    this.#recoveryKey = done.recovery_key ?? "";
    // What the line below says needs no notice of its own.
    if (done.backups || done.left?.length) this.#notice.tell(doneText(done));
    this.#say(doneText(done));
  }

  #forgetKey() {
    this.#recoveryKey = "";
    this.#draw();
    byId("encryption-title").focus();
  }

  /** @param {boolean} open */
  #ask(open) {
    this.#complain("encryption-off-words", "");
    show(byId("encryption-off"), open);
    show(byId("encryption-off-ask"), !open && this.#offersEnd());
    if (open)
      (this.#state?.key_in === "passphrase"
        ? byId("encryption-off-words")
        : byId("encryption-off-no")
      ).focus();
    else if (this.#offersEnd()) byId("encryption-off-ask").focus();
  }

  /**
   * @param {string} field where a refusal is shown
   * @param {(options: TaskOptions) => Promise<void>} act
   */
  async #run(field, act) {
    if (this.#task) return;
    if (field) this.#complain(field, "");
    this.#notice.clear();
    this.#task = new AbortController();
    this.#draw();
    try {
      await act({
        signal: this.#task.signal,
        onProgress: (value) => this.#drawProgress(progressText(value), value.share),
      });
    } catch (error) {
      const { name, kind, message, fix } = /** @type {any} */ (error);
      if (name === "AbortError" || kind === "cancelled") this.#notice.tell("Cancelled. Nothing has changed.");
      else if (field && shown(field)) this.#complain(field, fix ? `${message} ${fix}` : message);
      else this.#notice.fail(error);
    } finally {
      this.#task = null;
      this.#draw();
    }
    if (this.#recoveryKey) byId("encryption-key").focus();
    else catchFocus(byId("encryption-title"));
  }

  /** @param {string} field @param {string} problem "" takes it back */
  #complain(field, problem) {
    const box = byId(`${field}-problem`);
    write(box, problem);
    show(box, problem !== "");
    byId(field).setAttribute("aria-invalid", String(problem !== ""));
    if (problem) byId(field).focus();
  }

  /** @param {string} text @param {number | null} share */
  #drawProgress(text, share) {
    drawProgress(byId("encryption-progress"), { label: "Writing the history anew", share, text });
  }

  #offersEnd() {
    return this.#state?.encrypted === true && !this.#state.locked && !this.#task;
  }

  #draw() {
    const state = this.#state;
    show(byId("encryption-body"), state !== null);
    if (!state) return;
    const busy = this.#task !== null;
    const idle = !busy && this.#recoveryKey === "";
    write(byId("encryption-state"), stateText(state));
    show(byId("encryption-unlock"), state.locked);
    show(byId("encryption-on"), idle && !state.encrypted);
    if (this.#offersEnd() && byId("encryption-off").hidden) show(byId("encryption-off-ask"), idle);
    if (!state.encrypted || state.locked || busy) show(byId("encryption-off"), false);
    if (!state.encrypted || state.locked || !idle) show(byId("encryption-off-ask"), false);
    show(byId("encryption-off-guard"), state.key_in === "passphrase");
    show(byId("encryption-backups"), idle && !state.locked && (state.clear_backups ?? 0) > 0);
    write(byId("encryption-backups-text"), backupsText(state));
    this.#drawChoice(state);
    show(byId("encryption-key-box"), this.#recoveryKey !== "");
    write(byId("encryption-key"), this.#recoveryKey);
    show(byId("encryption-working"), busy && !state.locked);
    if (!busy) drawProgress(byId("encryption-progress"), null);
    else if (!state.locked) this.#drawProgress("Begins…", null);
  }

  /** @param {EncryptionState} state */
  #drawChoice({ keyring }) {
    const byKeyring = input("encryption-by-keyring");
    byKeyring.disabled = !keyring;
    if (!keyring) input("encryption-by-passphrase").checked = true;
    const why = keyring
      ? `Nothing to remember: logging in opens ${keyringText(keyring)}. You get a recovery key to write down.`
      : "This computer has no keyring that AI History can use.";
    write(byId("encryption-by-keyring-about"), why);
    show(byId("encryption-new"), input("encryption-by-passphrase").checked);
  }
}

/** @param {string} id @returns {HTMLInputElement} */
function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/** @param {string} id @param {() => void} act */
function onSubmit(id, act) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

/** @param {string} id */
function shown(id) {
  return !byId(id).closest("[hidden]");
}
