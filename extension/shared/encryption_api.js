/**
 * What a page can ask about encryption at rest, one function a method.
 *
 * @typedef {Object} EncryptionState
 * @property {boolean} encrypted
 * @property {boolean} locked the key is not at hand
 * @property {"keyring" | "passphrase" | null} [key_in]
 * @property {string | null} [keyring] the system keyring's name, none where there is no usable one
 * @property {number} [clear_backups] backups of an encrypted history that are not encrypted
 *
 * @typedef {Object} EncryptionDone
 * @property {EncryptionState} state
 * @property {string | null} [recovery_key]
 * @property {number} [backups] how many were written anew
 * @property {string[]} [left] backups that could not be
 * @property {string | null} [why_left] of the first of them
 *
 * @typedef {{stage: "copying" | "backups", share: number}} EncryptionProgress
 * @typedef {{signal?: AbortSignal, onProgress?: (value: EncryptionProgress) => void}} TaskOptions
 */

import { request } from "./channel.js";

/** Taken back too late it is done, and what it answers (a recovery key) must not be missed. */
const WHOLE = { once: true, answersCancel: true };

/** @returns {Promise<EncryptionState>} */
export function encryptionState() {
  return request("encryption.state");
}

/**
 * Encrypts the history. Without a passphrase the key is kept in the system's keyring.
 *
 * @param {string | null} passphrase
 * @param {TaskOptions} [options]
 * @returns {Promise<EncryptionDone>}
 */
export function encrypt(passphrase, options) {
  const params = passphrase === null ? {} : { passphrase };
  return request("encryption.enable", params, { ...options, ...WHOLE });
}

/**
 * Encrypts the backups that are in clear still; the key stays where it is.
 *
 * @param {TaskOptions} [options]
 * @returns {Promise<EncryptionDone>}
 */
export function encryptBackups(options) {
  return request("encryption.enable", { keep: true }, { ...options, ...WHOLE });
}

/**
 * Writes the history in clear again.
 *
 * @param {string | null} passphrase where one guards the key
 * @param {TaskOptions} [options]
 * @returns {Promise<EncryptionDone>}
 */
export function decrypt(passphrase, options) {
  const params = passphrase === null ? {} : { passphrase };
  return request("encryption.disable", params, { ...options, ...WHOLE });
}

/**
 * Opens a locked history for as long as the program runs.
 *
 * @param {string} words the passphrase, or the recovery key
 * @returns {Promise<EncryptionState>}
 */
export function unlock(words) {
  return request("encryption.unlock", { passphrase: words }, { once: true });
}
