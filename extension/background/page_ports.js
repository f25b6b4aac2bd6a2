/** The worker's side of the line to the extension's own pages. */

import { browser } from "../shared/browser.js";
import { PAGE_PORT } from "../shared/channel.js";
import { HostRefusal, HostUnreachable } from "./host_errors.js";

/**
 * @typedef {import("../shared/browser.js").Port} Port
 * @typedef {{signal: AbortSignal, onProgress: (value: any) => void}} RequestContext
 */

export class PagePorts {
  /** @type {Set<Port>} */
  #ports = new Set();
  #answer;

  /** @param {(method: string, params: object, context: RequestContext) => Promise<any>} answer */
  constructor(answer) {
    this.#answer = answer;
  }

  /** Takes a new line, if it comes from a page of ours. @param {Port} port */
  accept(port) {
    if (port.name !== PAGE_PORT || !isOwnPage(port)) {
      port.disconnect();
      return;
    }
    /** @type {Map<number, AbortController>} */
    const running = new Map();
    this.#ports.add(port);
    port.onDisconnect.addListener(() => {
      this.#ports.delete(port);
      for (const controller of running.values()) controller.abort();
    });
    port.onMessage.addListener((message) => {
      if (message.cancel !== undefined) running.get(message.cancel)?.abort();
      else this.#serve(port, running, message);
    });
  }

  /**
   * Tells every open page.
   *
   * @param {string} event
   * @param {any} data
   */
  broadcast(event, data) {
    for (const port of this.#ports) post(port, { event, data });
  }

  /**
   * @param {Port} port
   * @param {Map<number, AbortController>} running
   * @param {{id: number, method: string, params: object}} message
   */
  async #serve(port, running, { id, method, params }) {
    const controller = new AbortController();
    running.set(id, controller);
    const onProgress = (/** @type {any} */ value) => post(port, { id, progress: value });
    try {
      const result = await this.#answer(method, params, { signal: controller.signal, onProgress });
      post(port, { id, result });
    } catch (error) {
      post(port, { id, error: describe(error) });
    } finally {
      running.delete(id);
    }
  }
}

/** @param {Port} port */
function isOwnPage(port) {
  return port.sender?.id === browser.runtime.id && port.sender?.url?.startsWith(browser.runtime.getURL(""));
}

/**
 * @param {Port} port
 * @param {object} message
 */
function post(port, message) {
  try {
    port.postMessage(message);
  } catch {
    // The page was closed; nobody is left to tell.
  }
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof HostUnreachable) return { ...error.problem, kind: "host_away" };
  if (error instanceof HostRefusal) return { message: error.message, kind: error.kind, fix: error.fix };
  const message = error instanceof Error ? error.message : "Something went wrong in the extension.";
  return { message, kind: "internal" };
}
