/**
 * The line to the host: JSON-RPC over native messaging. The only place that opens a native port.
 *
 * Requests wait for the connection, which is made when one is needed and mended with backoff.
 * It does not know what any method means.
 */

import { browser, browserName } from "../shared/browser.js";
import { describeDisconnect, HostRefusal, HostUnreachable } from "./host_errors.js";

export const HOST_NAME = "com.ai_history.host";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 25_000;
const REQUEST_LIMIT_MS = 120_000;
const HELLO_LIMIT_MS = 20_000;

/**
 * @typedef {import("../shared/api.js").HostState} HostState
 *
 * @typedef {Object} CallOptions
 * @property {AbortSignal} [signal] takes the request back
 * @property {(value: any) => void} [onProgress]
 * @property {number} [limitMs] how long an answer may take
 * @property {number} [cancelWaitMs] how long an answer is still waited for when the request was taken back
 *
 * @typedef {Object} PendingCall
 * @property {(value: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {(value: any) => void} [onProgress]
 */

export class HostPort {
  /** @type {import("../shared/browser.js").Port | null} */
  #port = null;
  /** @type {Map<number, PendingCall>} */
  #pending = new Map();
  /** @type {Promise<void> | null} */
  #opening = null;
  /** @type {HostState} */
  #state = { name: "idle" };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #nextId = 1;
  #failures = 0;
  #notBefore = 0;

  /**
   * @param {Object} wiring
   * @param {() => Promise<object>} wiring.helloParams what to introduce ourselves with
   * @param {(state: HostState) => void} wiring.onState
   * @param {(method: string, params: any) => void} wiring.onNotification
   */
  constructor({ helloParams, onState, onNotification }) {
    this.#helloParams = helloParams;
    this.#onState = onState;
    this.#onNotification = onNotification;
  }

  #helloParams;
  #onState;
  #onNotification;

  get state() {
    return this.#state;
  }

  /**
   * Asks the host and returns its result.
   *
   * @param {string} method
   * @param {object} [params]
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   * @throws {HostUnreachable} when there is no host to ask
   * @throws {HostRefusal} when the host answers with an error
   */
  async request(method, params = {}, options = {}) {
    await this.open();
    return this.#call(method, params, options);
  }

  /**
   * Makes sure that the host is there and has been greeted.
   *
   * @param {{now?: boolean}} [options] `now` does not wait for the end of the backoff
   */
  async open({ now = false } = {}) {
    if (this.#state.name === "ready") return;
    if (!this.#opening) {
      if (!now && this.#state.problem && Date.now() < this.#notBefore) {
        throw new HostUnreachable(this.#state.problem);
      }
      clearTimeout(this.#retry);
      this.#opening = this.#connect().finally(() => {
        this.#opening = null;
      });
    }
    await this.#opening;
  }

  async #connect() {
    // While it is down, the words about it stay on the screen until the new attempt has succeeded.
    if (this.#state.name === "idle") this.#become({ name: "connecting" });
    const helloParams = await this.#helloParams();
    const port = browser.runtime.connectNative(HOST_NAME);
    this.#port = port;
    port.onMessage.addListener((message) => this.#receive(message));
    port.onDisconnect.addListener(() => this.#lost(port, browser.runtime.lastError?.message));
    try {
      const hello = await this.#call("hello", helloParams, { limitMs: HELLO_LIMIT_MS });
      this.#failures = 0;
      this.#become({ name: "ready", hello });
    } catch (error) {
      if (this.#port === port) {
        this.#port = null;
        port.disconnect();
        this.#down(problemOf(error));
      }
      throw error instanceof HostRefusal ? new HostUnreachable(problemOf(error)) : error;
    }
  }

  /**
   * @param {string} method
   * @param {object} params
   * @param {CallOptions} options
   * @returns {Promise<any>}
   */
  #call(method, params, { signal, onProgress, limitMs = REQUEST_LIMIT_MS, cancelWaitMs = 0 }) {
    const port = this.#port;
    if (!port) return Promise.reject(new HostUnreachable(describeDisconnect("", browserName())));
    if (signal?.aborted) return Promise.reject(aborted());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = () => this.#post(port, { jsonrpc: "2.0", method: "$/cancelRequest", params: { id } });
      const giveUp = (/** @type {Error} */ error) => this.#pending.get(id)?.reject(error);
      let timer = setTimeout(() => {
        cancel();
        giveUp(tooSlow());
      }, limitMs);
      const onAbort = () => {
        cancel();
        clearTimeout(timer);
        if (cancelWaitMs > 0) timer = setTimeout(() => giveUp(aborted()), cancelWaitMs);
        else giveUp(aborted());
      };
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#pending.delete(id);
      };
      signal?.addEventListener("abort", onAbort);
      this.#pending.set(id, {
        onProgress,
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      try {
        port.postMessage({ jsonrpc: "2.0", id, method, params });
      } catch (error) {
        this.#pending.get(id)?.reject(unsendable(error));
      }
    });
  }

  /** @param {any} message */
  #receive(message) {
    if (message?.method === "$/progress") {
      this.#pending.get(message.params?.token)?.onProgress?.(message.params?.value);
      return;
    }
    if (typeof message?.method === "string") {
      this.#onNotification(message.method, message.params);
      return;
    }
    const call = this.#pending.get(message?.id);
    if (!call) return;
    if (message.error) call.reject(new HostRefusal(message.error));
    else call.resolve(message.result);
  }

  /**
   * @param {import("../shared/browser.js").Port} port
   * @param {string | undefined} said
   */
  #lost(port, said) {
    if (this.#port !== port) return;
    this.#port = null;
    const problem = describeDisconnect(said, browserName());
    this.#down(problem);
    for (const call of [...this.#pending.values()]) call.reject(new HostUnreachable(problem));
  }

  /** @param {import("../shared/api.js").HostProblem} problem */
  #down(problem) {
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.#failures, LONGEST_DELAY_MS);
    this.#failures += 1;
    this.#notBefore = Date.now() + delay;
    this.#become({ name: "down", problem });
    clearTimeout(this.#retry);
    // The worker may be stopped before this fires; an alarm then takes over.
    this.#retry = setTimeout(() => this.open({ now: true }).catch(() => {}), delay);
  }

  /** @param {HostState} state */
  #become(state) {
    this.#state = state;
    this.#onState(state);
  }

  /**
   * @param {import("../shared/browser.js").Port} port
   * @param {object} message
   */
  #post(port, message) {
    try {
      port.postMessage(message);
    } catch {
      // The port closed at this moment; its disconnect event settles everything.
    }
  }
}

/** @param {unknown} error */
function problemOf(error) {
  if (error instanceof HostUnreachable) return error.problem;
  if (error instanceof HostRefusal) return { kind: error.kind, message: error.message, fix: error.fix };
  return describeDisconnect("", browserName());
}

function aborted() {
  return new DOMException("The request was taken back.", "AbortError");
}

function tooSlow() {
  return new HostRefusal({ message: "The AI History program took too long.", data: { kind: "no_answer" } });
}

/** @param {unknown} error */
function unsendable(error) {
  const message = error instanceof Error ? error.message : "";
  if (/maximum allowed/i.test(message)) {
    return new HostRefusal({ message: "This is too large to be sent.", data: { kind: "too_large" } });
  }
  return new HostUnreachable(describeDisconnect("error when communicating", browserName()));
}
