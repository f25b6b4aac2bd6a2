/** Hands a file of the browser's over in pieces: a page knows no path that the host could open. */

import { dropUpload, uploadPiece } from "../shared/store_api.js";

export const PIECE_BYTES = 4 * 1024 * 1024;
/** So many bytes become a string at once; more would not fit the stack. */
const STEP_BYTES = 0x8000;

/**
 * @typedef {import("../shared/store_api.js").TaskOptions} TaskOptions
 */

/**
 * Given up in the middle, the host deletes what it has got.
 *
 * @param {File} file
 * @param {TaskOptions} options
 * @returns {Promise<string>} the name of what was uploaded
 */
export async function uploadFile(file, options) {
  /** @type {{id?: string}} */
  const begun = {};
  try {
    return await uploadPieces(file, options, begun);
  } catch (error) {
    // Nobody waits for it: a host that is gone deletes it when it is back.
    if (begun.id) dropUpload(begun.id).catch(() => {});
    throw error;
  }
}

/** @param {File} file @param {TaskOptions} options @param {{id?: string}} begun gets its name */
async function uploadPieces(file, { signal, onProgress }, begun) {
  /** @type {string | undefined} */
  let id;
  for (let offset = 0; offset < file.size || id === undefined; offset += PIECE_BYTES) {
    signal?.throwIfAborted();
    const data = base64(new Uint8Array(await file.slice(offset, offset + PIECE_BYTES).arrayBuffer()));
    const reply = await uploadPiece({ ...(id ? { upload_id: id } : {}), offset, data }, { signal });
    id = begun.id = reply.upload_id;
    onProgress?.({
      stage: "handing the file over",
      share: file.size > 0 ? reply.received / file.size : 1,
      bytes: reply.received,
    });
  }
  signal?.throwIfAborted();
  return id;
}

/** @param {Uint8Array} bytes */
export function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + STEP_BYTES));
  }
  return btoa(text);
}
