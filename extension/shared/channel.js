/**
 * A page's line to the extension's worker: requests, progress, cancelling and events.
 *
 * The browser stops the worker whenever it likes. The line is then opened again and what was still
 * unanswered is asked once more, so every request made here must be safe to repeat, or say that it is not.
 */

import { browser } from "./browser.js";

export const PAGE_PORT = "page";

/** What went wrong, in words for a person, with what they can do about it. */
export class RequestError extends Error {
  /** @param {{message: string, kind?: string, fix?: string}} problem */
  constructor(problem) {
    super(problem.message);
    this.name = "RequestError";
    this.kind = problem.kind ?? "internal";
    this.fix = problem.fix;
  }
}

/**
 * @typedef {Object} RequestOptions
 * @property {AbortSignal} [signal] takes the request back
 * @property {(value: any) => void} [onProgress]
 * @property {boolean} [answersCancel] when taken back it is still answered, with what is there by then
 * @property {boolean} [once] it is not safe to repeat: it fails when the line is lost
 *
 * @typedef {Object} PendingRequest
 * @property {{id: number, method: string, params: object}} message
 * @property {(value: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {((value: any) => void)} [onProgress]
 * @property {boolean} [once]
 * @property {number} attempts
 */

const MOST_ATTEMPTS = 3;
const REOPEN_AFTER_MS = 500;

/** @type {import("./browser.js").Port | null} */
let port = null;
let nextId = 1;
/** @type {Map<number, PendingRequest>} */
const pending = new Map();
/** @type {Map<string, Set<(data: any) => void>>} */
const listeners = new Map();

/**
 * Sends one request to the worker, which answers it or hands it to the host.
 *
 * @param {string} method
 * @param {object} [params]
 * @param {RequestOptions} [options]
 * @returns {Promise<any>}
 * @throws {RequestError} when it fails; an `AbortError` when it was taken back
 */
export function request(method, params = {}, { signal, onProgress, answersCancel, once } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted());
      return;
    }
    const id = nextId++;
    const message = { id, method, params };
    pending.set(id, { message, resolve, reject, onProgress, once, attempts: 0 });
    signal?.addEventListener("abort", () => {
      if (!pending.has(id)) return;
      port?.postMessage({ cancel: id });
      if (answersCancel) return;
      pending.delete(id);
      reject(aborted());
    });
    send(id);
  });
}

/**
 * Calls `listener` whenever the worker tells every page something.
 *
 * @param {string} event
 * @param {(data: any) => void} listener
 */
export function onEvent(event, listener) {
  const known = listeners.get(event) ?? new Set();
  known.add(listener);
  listeners.set(event, known);
  open();
}

/** @param {number} id */
function send(id) {
  const entry = pending.get(id);
  if (!entry) return;
  entry.attempts += 1;
  if (entry.attempts > (entry.once ? 1 : MOST_ATTEMPTS)) {
    pending.delete(id);
    entry.reject(new RequestError({ message: "The extension did not answer.", kind: "worker_gone" }));
    return;
  }
  open().postMessage(entry.message);
}

function open() {
  if (port) return port;
  const opened = browser.runtime.connect({ name: PAGE_PORT });
  opened.onMessage.addListener(receive);
  opened.onDisconnect.addListener(() => {
    // A worker that was just being stopped is asked again; a reason that is not looked at counts as an error.
    void browser.runtime.lastError;
    port = null;
    for (const id of [...pending.keys()]) send(id);
    if (listeners.size > 0 && !port) setTimeout(open, REOPEN_AFTER_MS);
  });
  port = opened;
  return opened;
}

/** @param {any} message */
function receive(message) {
  if (message.event) {
    for (const listener of listeners.get(message.event) ?? []) listener(message.data);
    return;
  }
  const entry = pending.get(message.id);
  if (!entry) return;
  if ("progress" in message) {
    entry.onProgress?.(message.progress);
    return;
  }
  pending.delete(message.id);
  if (message.error) entry.reject(new RequestError(message.error));
  else entry.resolve(message.result);
}

function aborted() {
  return new DOMException("The request was taken back.", "AbortError");
}
