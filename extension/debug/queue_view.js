/** The queue of background work: what waits, what failed, pausing and trying again. */

import { countText } from "../shared/dates.js";
import { byId, element, part, show } from "../shared/dom.js";
import { pauseJobs, retryJobs } from "../shared/insight_api.js";
import { write } from "../shared/keyed_list.js";
import { problemText } from "./problem_notice.js";

/**
 * @typedef {import("../shared/insight_api.js").JobQueue} JobQueue
 * @typedef {import("../shared/insight_api.js").JobCount} JobCount
 */

/** @type {Record<string, string>} */
const KINDS = {
  extract: "Pages to be read again",
  embed: "Pages to be found by meaning",
  reembed: "Pages for the new model",
  summarise: "Pages to be summarised",
  categorise: "Pages to be given a category",
};
const FAILED = "failed";

/** Whether something of the queue goes on by itself. @param {JobQueue} queue */
export function isWaiting({ jobs, paused }) {
  return !paused && jobs.some(({ state, count }) => state !== FAILED && count > 0);
}

export class QueueView {
  #card;
  #refresh;
  #paused = false;

  /** @param {HTMLElement} card @param {() => Promise<void>} refresh */
  constructor(card, refresh) {
    this.#card = card;
    this.#refresh = refresh;
    byId("queue-pause").addEventListener("click", () =>
      this.#act(async () => {
        await pauseJobs(!this.#paused);
        return this.#paused ? "Background work goes on." : "Background work is paused.";
      }),
    );
    byId("queue-retry").addEventListener("click", () =>
      this.#act(async () => {
        const { retried } = await retryJobs();
        return `${countText(retried)} ${retried === 1 ? "job is" : "jobs are"} queued again.`;
      }),
    );
  }

  /** @param {JobQueue} queue */
  draw({ jobs, paused }) {
    this.#paused = paused;
    const counted = jobs.filter(({ count }) => count > 0);
    part(this.#card, "list").replaceChildren(...counted.map(jobRow));
    const failed = counted.some(({ state }) => state === FAILED);
    write(part(this.#card, "words"), queueText({ jobs: counted, paused }));
    write(byId("queue-pause"), paused ? "Go on" : "Pause");
    show(byId("queue-retry"), failed);
  }

  /** @param {() => Promise<string>} act */
  async #act(act) {
    const said = part(this.#card, "said");
    try {
      said.textContent = await act();
    } catch (error) {
      said.textContent = problemText(/** @type {any} */ (error));
    }
    await this.#refresh();
  }
}

/** @param {JobQueue} queue */
export function queueText({ jobs, paused }) {
  const waiting = jobs.filter(({ state }) => state !== FAILED).reduce((sum, { count }) => sum + count, 0);
  if (paused) return waiting > 0 ? `Paused, with ${countText(waiting)} waiting.` : "Paused. Nothing waits.";
  return waiting > 0 ? `${countText(waiting)} still to be done.` : "Nothing waits.";
}

/** @param {JobCount} job */
function jobRow({ kind, state, count, error }) {
  const name = KINDS[kind] ?? kind.replaceAll("_", " ");
  const words = [element("span", { text: name }), element("span", { class: "tag", text: state })];
  if (state === FAILED) words[1].dataset.tone = "bad";
  const row = element("li", { class: "job" }, [...words, element("strong", { text: countText(count) })]);
  if (error) row.append(element("p", { class: "faint", text: error }));
  return row;
}
