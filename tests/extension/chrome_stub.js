/**
 * The browser's extension API as the tests need it. Importing this file puts it in place, so it has to
 * be imported before anything of the extension.
 */

/** An event that tests can fire. */
class StubEvent {
  /** @type {Array<(...values: any[]) => any>} */
  listeners = [];

  /** @param {(...values: any[]) => any} listener */
  addListener(listener) {
    this.listeners.push(listener);
  }

  /** @param {(...values: any[]) => any} listener */
  removeListener(listener) {
    this.listeners = this.listeners.filter((known) => known !== listener);
  }

  /** @param {any[]} values */
  fire(...values) {
    return Promise.all(this.listeners.map((listener) => listener(...values)));
  }
}

/** One end of a message line. */
export class StubPort {
  onMessage = new StubEvent();
  onDisconnect = new StubEvent();
  /** @type {any[]} */
  posted = [];
  disconnected = false;
  /** @type {((message: any, port: StubPort) => void) | undefined} */
  onPost;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /** @param {any} message */
  postMessage(message) {
    this.posted.push(structuredClone(message));
    this.onPost?.(message, this);
  }

  disconnect() {
    this.disconnected = true;
  }

  /** The other end goes away. @param {string} [reason] */
  drop(reason) {
    stub.runtime.lastError = reason === undefined ? undefined : { message: reason };
    this.onDisconnect.fire(this);
    stub.runtime.lastError = undefined;
  }
}

class StubStorageArea {
  /** @type {Record<string, any>} */
  values = {};

  /** @param {string | string[]} names */
  async get(names) {
    const wanted = Array.isArray(names) ? names : [names];
    return structuredClone(
      Object.fromEntries(
        wanted.filter((name) => name in this.values).map((name) => [name, this.values[name]]),
      ),
    );
  }

  /** @param {Record<string, any>} values */
  async set(values) {
    Object.assign(this.values, structuredClone(values));
  }

  async clear() {
    this.values = {};
  }
}

/**
 * A history that answers like the browser's: newest first, one entry an address, the time of the very
 * last visit on each, `endTime` exclusive.
 */
class StubHistory {
  onVisited = new StubEvent();
  onVisitRemoved = new StubEvent();
  /** @type {Array<{url: string, title: string, visits: Array<{time: number, transition: string}>}>} */
  pages = [];
  /** @type {any[]} */
  searches = [];

  /** @param {{startTime?: number, endTime?: number, maxResults?: number}} query */
  async search(query) {
    this.searches.push(query);
    const {
      startTime = Date.now() - 86_400_000,
      endTime = Number.POSITIVE_INFINITY,
      maxResults = 100,
    } = query;
    return this.pages
      .map((page, index) => ({ page, index, times: page.visits.map((visit) => visit.time) }))
      .map((entry) => ({
        ...entry,
        seen: Math.max(...entry.times.filter((time) => time >= startTime && time < endTime)),
      }))
      .filter((entry) => Number.isFinite(entry.seen))
      .sort((a, b) => b.seen - a.seen)
      .slice(0, maxResults)
      .map(({ page, index, times }) => ({
        id: String(index),
        url: page.url,
        title: page.title,
        lastVisitTime: Math.max(...times),
        visitCount: times.length,
      }));
  }

  /** @param {{url: string}} query */
  async getVisits({ url }) {
    const page = this.pages.find((candidate) => candidate.url === url);
    return (page?.visits ?? []).map(({ time, transition }) => ({ visitTime: time, transition }));
  }
}

function fresh() {
  return {
    runtime: {
      id: "egladjbpjcpoeigoammplpnelkkplhli",
      lastError: /** @type {{message: string} | undefined} */ (undefined),
      getURL: (/** @type {string} */ path) =>
        `chrome-extension://egladjbpjcpoeigoammplpnelkkplhli/${path.replace(/^\//, "")}`,
      getManifest: () => ({ version: "0.1.0" }),
      /** @type {(port: StubPort) => void} */
      onPagePort: () => {},
      connect({ name = "" } = {}) {
        const port = new StubPort(name);
        stub.runtime.onPagePort(port);
        return port;
      },
      /** @type {StubPort[]} */
      nativePorts: [],
      /** @type {(port: StubPort) => void} */
      onNativePort: () => {},
      connectNative(/** @type {string} */ name) {
        const port = new StubPort(name);
        stub.runtime.nativePorts.push(port);
        stub.runtime.onNativePort(port);
        return port;
      },
      onConnect: new StubEvent(),
    },
    storage: { local: new StubStorageArea(), session: new StubStorageArea(), onChanged: new StubEvent() },
    history: new StubHistory(),
    tabs: {
      onActivated: new StubEvent(),
      onCreated: new StubEvent(),
      onUpdated: new StubEvent(),
      onRemoved: new StubEvent(),
      /** @type {any[]} */
      all: [],
      /** @type {any[]} */
      created: [],
      /** @type {any[]} */
      updated: [],
      /** @type {any} what `getCurrent` says; undefined in the side panel */
      current: undefined,
      async get(/** @type {number} */ id) {
        const tab = stub.tabs.all.find((candidate) => candidate.id === id);
        if (!tab) throw new Error("No tab with this id");
        return tab;
      },
      async query(/** @type {{active?: boolean}} */ { active } = {}) {
        return stub.tabs.all.filter((tab) => active === undefined || tab.active === active);
      },
      async create(/** @type {any} */ options) {
        stub.tabs.created.push(options);
        return { id: 1000 + stub.tabs.created.length, ...options };
      },
      async update(/** @type {number} */ id, /** @type {any} */ options) {
        stub.tabs.updated.push({ id, ...options });
        return { id, ...options };
      },
      async getCurrent() {
        return stub.tabs.current;
      },
    },
    scripting: {
      /** @type {any[]} */
      calls: [],
      /** @type {(options: any) => any} what the reader finds */
      read: () => null,
      async executeScript(/** @type {any} */ options) {
        stub.scripting.calls.push(options);
        return options.func ? [{ result: await stub.scripting.read(options) }] : [{ result: undefined }];
      },
    },
  };
}

export const stub = /** @type {ReturnType<typeof fresh>} */ ({});

/** Puts everything back as it was at the start. */
export function resetStub() {
  Object.assign(stub, fresh());
}

resetStub();
/** @type {any} */ (globalThis).chrome = stub;
