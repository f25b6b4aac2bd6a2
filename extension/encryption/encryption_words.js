/** What the section about encryption says. */

import { countText } from "../shared/dates.js";

/**
 * @typedef {import("../shared/encryption_api.js").EncryptionDone} EncryptionDone
 * @typedef {import("../shared/encryption_api.js").EncryptionProgress} EncryptionProgress
 * @typedef {import("../shared/encryption_api.js").EncryptionState} EncryptionState
 */

export const SHORTEST = 8;

/** How it stands. @param {EncryptionState} state */
export function stateText({ encrypted, locked, key_in: keyIn, keyring }) {
  if (!encrypted) return "Your history is not encrypted: who has your disk can read it.";
  if (locked) return "Your history is encrypted and locked.";
  if (keyIn === "passphrase") {
    return "Your history is encrypted. Each time AI History has started it is locked until you enter your passphrase.";
  }
  if (keyIn === "keyring") return `Your history is encrypted. Its key is in ${keyringText(keyring)}.`;
  return "Your history is encrypted, and was opened with its recovery key.";
}

/** @param {string | null | undefined} name */
export function keyringText(name) {
  return name ? `the keyring of this computer (${name})` : "the keyring of this computer";
}

/** @param {EncryptionState} state */
export function backupsText({ clear_backups: count = 0 }) {
  return count === 1
    ? "One backup was made before, and is not encrypted."
    : `${countText(count)} backups were made before, and are not encrypted.`;
}

/** What came of it. @param {EncryptionDone} done */
export function doneText({ state, backups = 0, left = [], why_left: why }) {
  const what = state.encrypted ? "encrypted" : "written in clear";
  const parts = [`Your history is ${what}${backups > 0 ? `, with ${backupCount(backups)}` : ""}.`];
  if (left.length > 0) {
    parts.push(`These could not be written anew, and are as they were: ${left.join(", ")}.`);
    if (why) parts.push(why);
  }
  return parts.join(" ");
}

/** @param {EncryptionProgress} progress */
export function progressText({ stage, share }) {
  const percent = `${Math.floor(share * 100)} %`;
  return stage === "backups" ? `Writing the backups, ${percent}` : `Writing the history, ${percent}`;
}

/**
 * Why a new passphrase cannot be taken, or "".
 *
 * @param {string} first
 * @param {string} second
 */
export function passphraseProblem(first, second) {
  if (first.length < SHORTEST)
    return `A passphrase has at least ${SHORTEST} characters. A few words are best.`;
  return first === second ? "" : "The two are not the same.";
}

/** @param {number} count */
function backupCount(count) {
  return count === 1 ? "one backup" : `${countText(count)} backups`;
}
