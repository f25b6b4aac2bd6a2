/** The doctor's checks: what failed comes first, each with the one thing that mends it. */

import { sentence } from "../models/model_words.js";
import { button, byId, cloneTemplate, element, part, show } from "../shared/dom.js";
import { runFix } from "../shared/insight_api.js";
import { TaskBox } from "./task.js";

/**
 * @typedef {import("../shared/api.js").DoctorCheck} DoctorCheck
 * @typedef {import("../shared/api.js").FixAction} FixAction
 */

export class DoctorList {
  #task;
  #again;

  /** @param {HTMLElement} card @param {() => void} again asks how everything is now */
  constructor(card, again) {
    this.#again = again;
    this.#task = new TaskBox(part(card, "task"));
  }

  /**
   * Says that it is being looked at, which takes a moment.
   *
   * @template T
   * @param {() => Promise<T>} ask
   */
  async load(ask) {
    byId("checks-status").textContent = "Checking…";
    try {
      return await ask();
    } catch (error) {
      byId("checks-status").textContent = "The checks could not be run.";
      throw error;
    }
  }

  /** @param {DoctorCheck[]} checks */
  draw(checks) {
    const failed = checks.filter((check) => !check.ok).length;
    byId("checks-status").textContent =
      failed === 0 ? `All ${checks.length} checks passed.` : `${failed} of ${checks.length} checks failed.`;
    const rows = (/** @type {boolean} */ ok) =>
      checks.filter((check) => check.ok === ok).map((check) => this.#row(check));
    byId("checks").replaceChildren(...rows(false));
    byId("checks-passed").replaceChildren(...rows(true));
    show(byId("checks-passed-box"), failed < checks.length);
  }

  /** @param {DoctorCheck} check */
  #row(check) {
    const row = cloneTemplate("check-template");
    row.classList.toggle("failed", !check.ok);
    part(row, "icon").classList.add(check.ok ? "icon-check" : "icon-alert");
    part(row, "icon").setAttribute("role", "img");
    part(row, "icon").setAttribute("aria-label", check.ok ? "Passed" : "Failed");
    part(row, "name").textContent = check.name;
    part(row, "detail").textContent = check.detail ? sentence(check.detail) : "";
    const { action } = check;
    if (!check.ok && action) {
      const mend = button(action.label, () => this.#mend(action));
      row.append(element("div", { class: "check-fix" }, [mend]));
    }
    part(row, "fix").textContent = check.fix ?? "";
    show(part(row, "fix"), !check.ok && !action && Boolean(check.fix));
    return row;
  }

  /** @param {FixAction} action */
  async #mend(action) {
    await this.#task.run({
      label: action.label,
      run: async (options) => {
        await runFix(action, options);
        return `Done: ${action.label}.`;
      },
    });
    this.#again();
  }
}
