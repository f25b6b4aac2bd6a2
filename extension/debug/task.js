/** Something long that a person began: how far it is, taking it back, and in words what came of it. */

import { drawProgress } from "../models/progress.js";
import { countText } from "../shared/dates.js";
import { button, cloneTemplate, element, part, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { byteText } from "../shared/sizes.js";
import { isCancelled, problemText } from "./problem_notice.js";

/**
 * @typedef {import("../shared/store_api.js").TaskProgress} TaskProgress
 * @typedef {import("../shared/store_api.js").TaskOptions} TaskOptions
 * @typedef {string | {text: string, more?: HTMLElement[]}} Outcome
 */

/** Where the long acts of one group show how they go. One at a time. */
export class TaskBox {
  #box;
  /** @type {AbortController | null} */
  #controller = null;
  /** What goes on. */
  #label = "";

  /** @param {HTMLElement} place that gets the box */
  constructor(place) {
    this.#box = cloneTemplate("task-template");
    place.append(this.#box);
    part(this.#box, "cancel").addEventListener("click", () => {
      write(part(this.#box, "progress-text"), "Stopping…");
      this.#controller?.abort();
    });
  }

  /**
   * Runs it to its end and shows what came of it.
   *
   * @param {Object} task
   * @param {string} task.label what goes on: "Exporting"
   * @param {(options: TaskOptions) => Promise<Outcome>} task.run
   * @param {string} [task.cancelled] what it means that it was taken back
   * @param {boolean} [task.lasting] it cannot be taken back
   * @returns {Promise<boolean>} whether it came to its end
   */
  async run({ label, run, cancelled = "Stopped. Nothing was changed.", lasting = false }) {
    if (this.#controller) {
      this.#say(`${this.#label} is still under way. Try again when it has ended.`);
      return false;
    }
    const controller = new AbortController();
    this.#controller = controller;
    this.#label = label;
    this.#say("");
    show(part(this.#box, "cancel"), !lasting);
    const draw = (/** @type {TaskProgress} */ value) => {
      if (!controller.signal.aborted) drawProgress(this.#box, { label, ...progressView(label, value) });
    };
    draw({});
    try {
      const outcome = await run({ signal: controller.signal, onProgress: draw });
      const { text, more = [] } = typeof outcome === "string" ? { text: outcome } : outcome;
      this.#say(text, more);
      return true;
    } catch (error) {
      if (isCancelled(error)) this.#say(cancelled);
      else this.#say(problemText(/** @type {any} */ (error)), [], true);
      return false;
    } finally {
      drawProgress(this.#box, null);
      this.#controller = null;
    }
  }

  /** @param {string} text @param {HTMLElement[]} [more] @param {boolean} [failed] */
  #say(text, more = [], failed = false) {
    const result = part(this.#box, "result");
    result.classList.toggle("task-failed", failed);
    show(result, text !== "");
    write(part(result, "result-text"), text);
    part(result, "result-more").replaceChildren(...more);
  }
}

/**
 * Progress as a share and words.
 *
 * @param {string} label
 * @param {TaskProgress} progress
 * @returns {{share: number | null, text: string}}
 */
export function progressView(label, { share = null, bytes, rows, stage }) {
  const words = [stage ? `${label}: ${stage.replaceAll("_", " ")}` : label];
  if (typeof share === "number") words.push(`${Math.floor(share * 100)} %`);
  if (bytes) words.push(byteText(bytes));
  if (rows) words.push(`${countText(rows)} rows`);
  return { share, text: `${words.join(", ")}…` };
}

/**
 * A path with a button that copies it.
 *
 * @param {string} path
 * @returns {HTMLElement}
 */
export function pathLine(path) {
  const copy = button(
    "Copy path",
    async () => {
      const done = await navigator.clipboard.writeText(path).then(
        () => true,
        () => false,
      );
      copy.textContent = done ? "Copied" : "Not copied";
    },
    "quiet",
  );
  return element("div", { class: "path-line" }, [element("code", { text: path }), copy]);
}
