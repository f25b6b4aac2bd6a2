/** Loads a page as it is shipped into jsdom, with a worker behind it that the test plays. */

import { resetStub, stub } from "./chrome_stub.js";

import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

export const EXTENSION = new URL("../../extension/", import.meta.url);

const GLOBALS = [
  "window",
  "document",
  "Node",
  "NodeFilter",
  "Element",
  "HTMLElement",
  "MutationObserver",
  "sessionStorage",
  "location",
  "KeyboardEvent",
  "MouseEvent",
  "Event",
  "requestAnimationFrame",
  "cancelAnimationFrame",
];

/**
 * @typedef {Object} Asked
 * @property {number} id
 * @property {(value: any) => void} progress
 * @property {Promise<void>} cancelled comes when the page takes the request back
 *
 * @typedef {(params: any, request: Asked) => any} Answer
 */

/**
 * Puts a page's HTML in place of the globals that the page's modules use.
 *
 * @param {string} html
 * @param {{url?: string, contentType?: string}} [options]
 * @returns {JSDOM}
 */
export function putPage(html, { url = "https://example.com/", contentType = "text/html" } = {}) {
  const dom = new JSDOM(html, { url, contentType, pretendToBeVisual: true });
  const target = /** @type {any} */ (globalThis);
  const from = /** @type {any} */ (dom.window);
  for (const name of GLOBALS) {
    // A frame is asked for of the window, and of nothing else.
    const value = /Frame$/.test(name) ? from[name].bind(from) : from[name];
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  target.scrollY = 0;
  target.innerHeight = 720;
  target.addEventListener = from.addEventListener.bind(from);
  target.removeEventListener = from.removeEventListener.bind(from);
  target.IntersectionObserver = StubIntersectionObserver;
  StubIntersectionObserver.all = [];
  target.ResizeObserver = StubResizeObserver;
  StubResizeObserver.all = [];
  return dom;
}

/** Lets a test say that something has become larger. */
export class StubResizeObserver {
  /** @type {StubResizeObserver[]} */
  static all = [];
  observing = false;

  /** @param {() => void} callback */
  constructor(callback) {
    this.callback = callback;
    StubResizeObserver.all.push(this);
  }

  observe() {
    this.observing = true;
  }

  disconnect() {
    this.observing = false;
  }

  /** What is observed has grown. */
  static grow() {
    for (const { observing, callback } of StubResizeObserver.all) if (observing) callback();
  }
}

/** Lets a test say that the end of the list has come into view. */
export class StubIntersectionObserver {
  /** @type {StubIntersectionObserver[]} */
  static all = [];

  /** @param {(entries: Array<{isIntersecting: boolean, target?: Element}>) => void} callback */
  constructor(callback) {
    this.callback = callback;
    StubIntersectionObserver.all.push(this);
  }

  /** @type {Element[]} */
  targets = [];

  /** @param {Element} target */
  observe(target) {
    this.targets.push(target);
  }

  disconnect() {
    this.targets = [];
  }
}

/**
 * Opens a page of the extension with a scripted worker.
 *
 * @param {string} path inside the extension
 * @param {Record<string, Answer>} answers what the worker answers, by method; a thrown object is an error
 */
export function openPage(path, answers) {
  resetStub();
  const html = readFileSync(new URL(path, EXTENSION), "utf8");
  const dom = putPage(html, { url: `https://extension.test/${path}` });
  const worker = new ScriptedWorker(answers);
  stub.runtime.onPagePort = (port) => worker.accept(port);
  return { dom, worker, document: dom.window.document };
}

/** Puts the page out of sight and away, so that nothing of it goes on. @param {JSDOM} dom */
export function closePage(dom) {
  const { document, Event } = dom.window;
  Object.defineProperty(document, "visibilityState", { value: "hidden" });
  document.dispatchEvent(new Event("visibilitychange"));
  dom.window.close();
}

export class ScriptedWorker {
  /** @type {Array<{method: string, params: any}>} */
  requests = [];
  /** @type {import("./chrome_stub.js").StubPort | undefined} */
  port;

  /** @param {Record<string, Answer>} answers */
  constructor(answers) {
    this.answers = answers;
  }

  /** @param {import("./chrome_stub.js").StubPort} port */
  accept(port) {
    this.port = port;
    /** @type {Map<number, () => void>} */
    const cancels = new Map();
    port.onPost = async (message) => {
      if (message.cancel !== undefined) {
        cancels.get(message.cancel)?.();
        return;
      }
      this.requests.push({ method: message.method, params: message.params });
      const answer = this.answers[message.method];
      try {
        if (!answer) throw { message: `no answer for ${message.method}`, kind: "not_scripted" };
        const cancelled = /** @type {Promise<void>} */ (
          new Promise((resolve) => {
            cancels.set(message.id, () => resolve());
          })
        );
        const progress = (/** @type {any} */ value) =>
          port.onMessage.fire({ id: message.id, progress: structuredClone(value) });
        const result = await answer(message.params, { id: message.id, progress, cancelled });
        port.onMessage.fire({ id: message.id, result: structuredClone(result) });
      } catch (error) {
        port.onMessage.fire({ id: message.id, error });
      }
    };
  }

  /** @param {string} event @param {any} data */
  tell(event, data) {
    this.port?.onMessage.fire({ event, data });
  }

  /** @param {string} method */
  asked(method) {
    return this.requests.filter((request) => request.method === method).map((request) => request.params);
  }
}

/** Waits until `condition` holds, and fails after two seconds. @param {() => unknown} condition */
export async function until(condition) {
  const end = Date.now() + 2000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Still waiting for: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A state in which everything works. */
export const READY_STATE = {
  host: { name: "ready", hello: { version: "0.1.0", protocol: 1 } },
  pausedUntil: 0,
  captureEnabled: true,
  backfill: { name: "none", imported: 0 },
};

/** @param {Partial<import("../../extension/shared/api.js").StoreStats>} [values] */
export function stats(values = {}) {
  return {
    pages: 12,
    visits: 30,
    chunks: 40,
    embedded_chunks: 40,
    pending_jobs: 0,
    failed_jobs: 0,
    database_bytes: 1000,
    profile_id: "test",
    ...values,
  };
}

/**
 * @param {number} id
 * @param {Partial<import("../../extension/shared/api.js").SearchResult>} [values]
 * @returns {import("../../extension/shared/api.js").SearchResult}
 */
export function result(id, values = {}) {
  return {
    page_id: id,
    url: `https://example.com/${id}`,
    title: `Page ${id}`,
    domain: "example.com",
    snippet: `Snippet ${id}`,
    highlights: [],
    last_visit_at: Date.UTC(2026, 0, id),
    visit_count: 1,
    score: 1 / id,
    ...values,
  };
}
