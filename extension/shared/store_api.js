/**
 * What a page can ask about the whole of a person's data, one function a method. Sizes in bytes.
 *
 * What changes files is never asked twice by itself: when the line to the worker is lost it fails, and a
 * person decides.
 *
 * @typedef {{signal?: AbortSignal, onProgress?: (value: TaskProgress) => void}} TaskOptions
 *
 * @typedef {Object} TaskProgress how far something long is
 * @property {number | null} [share] 0 to 1
 * @property {number} [bytes]
 * @property {number} [rows]
 * @property {string} [stage] what is being done, in a word or two
 *
 * @typedef {"sqlite" | "jsonl"} CopyFormat
 * @typedef {{path: string, bytes: number, rows: Record<string, number>, took_ms: number}} ExportReply
 *
 * @typedef {Object} ImportReply
 * @property {"merge" | "replace"} mode
 * @property {CopyFormat} format
 * @property {Record<string, number>} added
 * @property {Record<string, number>} [updated]
 * @property {Record<string, number>} [skipped]
 * @property {string | null} [backup] of what was there before
 * @property {string[]} [kept_settings] that stay as they were, because the file would permit more
 *
 * @typedef {Object} Backup
 * @property {string} name
 * @property {string} path
 * @property {number} bytes
 * @property {number} made_at milliseconds, UTC
 * @property {"asked" | "schedule" | "write" | "replace"} reason
 *
 * @typedef {{backups: Backup[], next_at?: number | null}} BackupList
 * @typedef {{ok: boolean, problems: string[], repaired?: string[]}} CheckReply
 *
 * @typedef {{what: string, path: string, files: number, bytes: number, why?: string | null}} ReceiptItem
 * @typedef {{removed: ReceiptItem[], left?: ReceiptItem[], total_bytes: number}} DeletionReceipt
 *
 * @typedef {Object} StoredPage all that is stored about an address; `page_id` null when nothing is
 * @property {number | null} [page_id]
 * @property {string} url
 * @property {string} [title]
 * @property {string[]} [addresses]
 * @property {number | null} [first_visit_at]
 * @property {number | null} [last_visit_at]
 * @property {number | null} [captured_at]
 * @property {number} [visits]
 * @property {number[]} [visited_at] the latest, 100 at most
 * @property {number} [characters]
 * @property {number} [passages]
 * @property {number} [vectors]
 * @property {string | null} [summary]
 * @property {string | null} [category]
 * @property {string[]} [jobs]
 * @property {number} [quoted_in] conversations that quote it
 * @property {number} [corrections]
 * @property {boolean} captured whether it would be captured now
 * @property {string | null} [reason] why it would not
 */

import { request } from "./channel.js";

/** Not safe to repeat; and who takes it back hears whether it had come to its end. */
const WHOLE = { once: true, answersCancel: true };

/** @param {{format: CopyFormat, path?: string}} params @param {TaskOptions} [options] @returns {Promise<ExportReply>} */
export function exportDatabase(params, options) {
  return request("store.export", params, { ...options, ...WHOLE });
}

/**
 * Hands over a piece of a file.
 *
 * @param {{upload_id?: string, offset: number, data: string}} piece `data` is base64
 * @param {TaskOptions} [options]
 * @returns {Promise<{upload_id: string, received: number}>}
 */
export function uploadPiece(piece, options) {
  return request("store.upload", piece, { ...options, ...WHOLE });
}

/** @param {string} uploadId what was handed over and is not wanted any more @returns {Promise<unknown>} */
export function dropUpload(uploadId) {
  return request("store.upload", { upload_id: uploadId, drop: true }, WHOLE);
}

/**
 * @param {{path?: string, upload_id?: string, mode: "merge" | "replace"}} params
 * @param {TaskOptions} [options]
 * @returns {Promise<ImportReply>}
 */
export function importDatabase(params, options) {
  return request("store.import", params, { ...options, ...WHOLE });
}

/**
 * @param {{backups: boolean}} what whether the backups go as well
 * @param {TaskOptions} [options]
 * @returns {Promise<{pages: number, conversations: number, freed_bytes: number, backups?: number}>}
 */
export function clearDatabase({ backups }, options) {
  return request(
    "store.clear",
    { keep_settings: true, ...(backups ? { backups } : {}) },
    { ...options, ...WHOLE },
  );
}

/** @returns {Promise<BackupList>} */
export function listBackups() {
  return request("store.backups");
}

/** @param {TaskOptions} [options] @returns {Promise<{backup: Backup}>} */
export function makeBackup(options) {
  return request("store.backup", {}, { ...options, ...WHOLE });
}

/** @param {string} name @param {TaskOptions} [options] @returns {Promise<ImportReply>} */
export function restoreBackup(name, options) {
  return request("store.restore", { name }, { ...options, ...WHOLE });
}

/** @param {string} name @param {TaskOptions} [options] @returns {Promise<unknown>} */
export function dropBackup(name, options) {
  return request("store.drop_backup", { name }, { ...options, ...WHOLE });
}

/** @param {{repair: boolean}} params @param {TaskOptions} [options] @returns {Promise<CheckReply>} */
export function checkDatabase({ repair }, options) {
  return request("store.check", { full: true, repair }, { ...options, ...WHOLE });
}

/** @param {TaskOptions} [options] @returns {Promise<{before_bytes: number, after_bytes: number}>} */
export function compactDatabase(options) {
  return request("store.vacuum", {}, { ...options, ...WHOLE });
}

/**
 * @param {{fulltext: boolean, vectors: boolean}} what
 * @param {TaskOptions} [options]
 * @returns {Promise<{rebuilt: string[]}>}
 */
export function rebuildDerived(what, options) {
  return request("store.rebuild", what, { ...options, ...WHOLE });
}

/** @param {TaskOptions} [options] @returns {Promise<{removed: string[], kept: string[], freed_bytes: number}>} */
export function clearModels(options) {
  return request("models.clear", {}, { ...options, ...WHOLE });
}

/** @param {TaskOptions} [options] @returns {Promise<DeletionReceipt>} */
export function deleteAllData(options) {
  return request("store.delete_all", { confirm: "delete all data" }, { ...options, ...WHOLE });
}

/** @param {string} url @returns {Promise<StoredPage>} */
export function storedPage(url) {
  return request("pages.stored", { url });
}
