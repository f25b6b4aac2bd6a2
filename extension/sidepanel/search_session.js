/**
 * One search at a time: text results at once, the chosen mode after them, replies to what is no
 * longer asked dropped.
 */

/**
 * @typedef {import("../shared/api.js").SearchParams} SearchParams
 * @typedef {import("../shared/api.js").SearchReply} SearchReply
 * @typedef {import("../shared/api.js").SearchMode} SearchMode
 *
 * @typedef {{query: string, mode: SearchMode, filters: import("../shared/api.js").SearchFilters}} Wanted
 *
 * @typedef {(
 *   | {phase: "idle"}
 *   | {phase: "loading", wanted: Wanted}
 *   | {phase: "early", wanted: Wanted, reply: SearchReply}
 *   | {phase: "final", wanted: Wanted, reply: SearchReply}
 *   | {phase: "more", wanted: Wanted, reply: SearchReply}
 *   | {phase: "error", wanted: Wanted, error: Error}
 * )} SearchUpdate
 */

export const PAGE_SIZE = 25;
const TEXT_DELAY_MS = 60;
const FULL_DELAY_MS = 220;
/** The text results are on the page meanwhile. */
const MODEL_WAIT_MS = 3000;
const ASK_AGAIN_MS = 1000;
/** With the waits between them enough for a model on a slow disk; then the words have to do. */
const MOST_FOLLOW_UPS = 20;

export class SearchSession {
  #ask;
  #onUpdate;
  /** @type {Ticket | null} */
  #ticket = null;

  /**
   * @param {(params: SearchParams, options: {signal: AbortSignal}) => Promise<SearchReply>} ask
   * @param {(update: SearchUpdate) => void} onUpdate
   */
  constructor(ask, onUpdate) {
    this.#ask = ask;
    this.#onUpdate = onUpdate;
  }

  /**
   * Searches for this from now on; whatever was asked before is taken back.
   *
   * @param {Wanted} wanted
   * @param {{now?: boolean}} [options] `now` does not wait for more keys
   */
  start(wanted, { now = false } = {}) {
    this.#ticket?.end();
    this.#ticket = null;
    const filtered = Object.values(wanted.filters).some((value) => value !== undefined);
    if (!wanted.query.trim() && !filtered) {
      this.#onUpdate({ phase: "idle" });
      return;
    }
    const ticket = new Ticket(wanted);
    this.#ticket = ticket;
    this.#onUpdate({ phase: "loading", wanted });
    if (wanted.mode !== "text" && wanted.mode !== "vector") {
      ticket.after(now ? 0 : TEXT_DELAY_MS, () => this.#early(ticket));
    }
    const delay = wanted.mode === "text" ? TEXT_DELAY_MS : FULL_DELAY_MS;
    ticket.after(now ? 0 : delay, () => this.#final(ticket));
  }

  /** Asks for the results after those that have come, if there are any and none are on their way. */
  async more() {
    const ticket = this.#ticket;
    if (!ticket || ticket.loading || ticket.received === 0 || ticket.received >= ticket.total) return;
    ticket.loading = true;
    try {
      const reply = await this.#request(ticket, ticket.wanted.mode, ticket.received);
      if (this.#ticket !== ticket) return;
      ticket.received += reply.results.length;
      ticket.total = reply.results.length > 0 ? reply.total : ticket.received;
      this.#onUpdate({ phase: "more", wanted: ticket.wanted, reply });
    } catch {
      // What is shown stays; scrolling further asks again.
    } finally {
      ticket.loading = false;
    }
  }

  /** @param {Ticket} ticket */
  async #early(ticket) {
    try {
      const reply = await this.#request(ticket, "text", 0);
      if (this.#ticket !== ticket || ticket.finished || reply.results.length === 0) return;
      this.#onUpdate({ phase: "early", wanted: ticket.wanted, reply });
    } catch {
      // The full search is on its way and reports its own error.
    }
  }

  /** @param {Ticket} ticket */
  async #final(ticket) {
    try {
      const reply = await this.#request(ticket, ticket.wanted.mode, 0);
      if (this.#ticket !== ticket) return;
      ticket.finished = true;
      ticket.received = reply.results.length;
      ticket.total = reply.total;
      this.#onUpdate({ phase: "final", wanted: ticket.wanted, reply });
      if (isLoading(reply)) ticket.after(ASK_AGAIN_MS, () => this.#followUp(ticket, 1));
    } catch (error) {
      if (this.#ticket !== ticket) return;
      ticket.finished = true;
      this.#onUpdate({ phase: "error", wanted: ticket.wanted, error: /** @type {Error} */ (error) });
    }
  }

  /**
   * Asks again for what was answered without a model that was still loading.
   *
   * @param {Ticket} ticket
   * @param {number} attempt
   */
  async #followUp(ticket, attempt) {
    /** @type {SearchReply | undefined} */
    let reply;
    try {
      reply = await this.#request(ticket, ticket.wanted.mode, 0);
    } catch {
      // What is shown stays.
    }
    // Who has scrolled on to further results is not thrown back.
    if (this.#ticket !== ticket || ticket.loading || ticket.received > PAGE_SIZE) return;
    if (reply && !isLoading(reply)) {
      ticket.received = reply.results.length;
      ticket.total = reply.total;
      this.#onUpdate({ phase: "final", wanted: ticket.wanted, reply });
    } else if (attempt < MOST_FOLLOW_UPS) {
      ticket.after(ASK_AGAIN_MS, () => this.#followUp(ticket, attempt + 1));
    }
  }

  /**
   * @param {Ticket} ticket
   * @param {SearchMode} mode
   * @param {number} offset
   */
  #request(ticket, mode, offset) {
    const { query, filters } = ticket.wanted;
    const params = { query, mode, filters, limit: PAGE_SIZE, offset };
    const waits = mode === "text" ? {} : { wait_ms: MODEL_WAIT_MS };
    return this.#ask({ ...params, ...waits }, { signal: ticket.signal });
  }
}

/**
 * Whether a part was left out because its model is on its way; other faults do not pass by waiting.
 *
 * @param {SearchReply} reply
 */
function isLoading({ degraded = [] }) {
  return degraded.some(({ loading }) => loading);
}

/** What belongs to one search and ends with it. */
class Ticket {
  #controller = new AbortController();
  /** @type {Array<ReturnType<typeof setTimeout>>} */
  #timers = [];
  finished = false;
  loading = false;
  received = 0;
  total = 0;

  /** @param {Wanted} wanted */
  constructor(wanted) {
    this.wanted = wanted;
  }

  get signal() {
    return this.#controller.signal;
  }

  /**
   * @param {number} delay
   * @param {() => void} action
   */
  after(delay, action) {
    if (delay === 0) action();
    else this.#timers.push(setTimeout(action, delay));
  }

  end() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#controller.abort();
  }
}
