/** A queue of requests: some run at once, the others wait for their turn, and each can be taken back. */

/**
 * @typedef {Object} Waiting
 * @property {() => void} start
 */

export class RequestQueue {
  #limit;
  #running = 0;
  /** @type {Waiting[]} */
  #waiting = [];

  /** @param {number} limit how many may run at the same time; at least 1 */
  constructor(limit) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError("At least one request has to run.");
    this.#limit = limit;
  }

  /** How many run now. */
  get running() {
    return this.#running;
  }

  /** How many wait for their turn. */
  get waiting() {
    return this.#waiting.length;
  }

  /**
   * Runs a task as soon as there is room; tasks begin in the order in which they came.
   *
   * @template T
   * @param {() => Promise<T>} task gives up by itself when `signal` tells it to
   * @param {AbortSignal} [signal] while the task still waits, this takes it out of the queue
   * @returns {Promise<T>}
   * @throws an `AbortError` when it was taken back
   */
  run(task, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(takenBack());
        return;
      }
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(takenBack());
      };
      const entry = {
        start: () => {
          signal?.removeEventListener("abort", onAbort);
          this.#running += 1;
          task()
            .finally(() => {
              this.#running -= 1;
              this.#advance();
            })
            .then(resolve, reject);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(entry);
      this.#advance();
    });
  }

  #advance() {
    while (this.#running < this.#limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      next.start();
    }
  }
}

function takenBack() {
  return new DOMException("The request was taken back.", "AbortError");
}
