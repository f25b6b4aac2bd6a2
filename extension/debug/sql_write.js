/**
 * Write mode: a change is tried first and rolled back, so that a person sees what it would do; only Apply
 * keeps it. The switch is never remembered.
 */

import { longDate } from "../shared/dates.js";
import { button, byId, element, show } from "../shared/dom.js";
import { runSql } from "../shared/sql_api.js";
import { restoreBackup } from "../shared/store_api.js";
import { isRefusal, problemText } from "./sql_problems.js";
import { backupTime, changeText, fileName, tookText } from "./sql_words.js";

/**
 * @typedef {import("../shared/sql_api.js").RunParams} RunParams
 * @typedef {import("../shared/sql_api.js").RunResult} RunResult
 */

export class WriteMode {
  #box = byId("sql-change");
  #onApplied;
  #onLeft;

  /**
   * @param {Object} wiring
   * @param {() => void} wiring.onApplied told once the database is another
   * @param {() => void} wiring.onLeft told when it is switched off
   */
  constructor({ onApplied, onLeft }) {
    this.#onApplied = onApplied;
    this.#onLeft = onLeft;
    const { checkbox } = this;
    checkbox.checked = false;
    checkbox.addEventListener("change", () => this.#draw());
    // A page that the browser keeps and shows again begins without it, too.
    globalThis.addEventListener("pagehide", () => this.leave());
  }

  /** @returns {HTMLInputElement} */
  get checkbox() {
    return byId("sql-write");
  }

  get on() {
    return this.checkbox.checked;
  }

  leave() {
    this.checkbox.checked = false;
    this.#draw();
  }

  /** Takes back what was only tried: nothing of it was kept. */
  drop() {
    show(this.#box, false);
    this.#box.replaceChildren();
  }

  /**
   * Asks about a change that was tried.
   *
   * @param {RunParams} params
   * @param {RunResult} result
   */
  propose(params, result) {
    if (!result.changed) {
      this.#tell("plain", ["This would change nothing."], []);
      return;
    }
    this.#tell(
      "paused",
      [`This would change ${changeText(result.changes ?? [])}.`, "Nothing is changed yet."],
      [
        button("Apply", () => this.#apply(params), "danger"),
        button("Roll back", () => this.#rollBack(), "quiet"),
      ],
    );
  }

  #rollBack() {
    this.#tell("plain", ["Rolled back. Nothing was changed."], []);
    byId("sql-run").focus();
  }

  /** @param {RunParams} params */
  async #apply(params) {
    this.#tell("paused", ["Backing up, then changing…"], []);
    try {
      const result = await runSql({ ...params, preview: false });
      const backup = result.backup ? fileName(result.backup) : null;
      const lines = [`Changed ${changeText(result.changes ?? [])} in ${tookText(result.took_ms)}.`];
      if (backup) lines.push(`The backup from before, made ${whenMade(backup)}, is ${backup}.`);
      this.#tell("plain", lines, backup ? [button("Undo", () => this.#ask(backup))] : []);
      this.#onApplied();
    } catch (error) {
      const lines = isRefusal(error)
        ? ["Nothing was changed."]
        : ["It may have been applied.", "Look at the rows before you run it again."];
      this.#tell("trouble", [...lines, problemText(error)], []);
      if (!isRefusal(error)) this.#onApplied();
    }
  }

  /** @param {string} backup */
  #ask(backup) {
    this.#tell(
      "trouble",
      [
        `Put the whole database back as it was ${whenMade(backup)}?`,
        "Not only this change goes: every page, visit, conversation and setting that was stored or changed since then is lost.",
      ],
      [
        button("Put it back", () => this.#restore(backup), "danger"),
        button("Keep the change", () => this.drop(), "quiet"),
      ],
    );
  }

  /** @param {string} backup */
  async #restore(backup) {
    this.#tell("paused", ["Putting the backup back…"], []);
    try {
      await restoreBackup(backup);
      this.#tell("plain", [`The database is as it was ${whenMade(backup)}.`], []);
      this.#onApplied();
    } catch (error) {
      const title = isRefusal(error) ? "The backup was not put back." : "The backup may have been put back.";
      this.#tell("trouble", [title, problemText(error)], []);
      if (!isRefusal(error)) this.#onApplied();
    }
  }

  #draw() {
    show(byId("sql-write-about"), this.on);
    byId("sql").classList.toggle("sql-writing", this.on);
    if (this.on) return;
    this.drop();
    this.#onLeft();
  }

  /** @param {"plain" | "paused" | "trouble"} kind @param {string[]} lines @param {HTMLElement[]} actions */
  #tell(kind, lines, actions) {
    const inside = this.#box.contains(document.activeElement);
    const [title, ...more] = lines;
    const body = element("div", { class: "notice-body" }, [
      element("p", { class: "notice-title", text: title }),
      ...more.map((text) => element("p", { text })),
    ]);
    this.#box.className = `notice plain sql-change ${kind}`;
    show(this.#box, true);
    this.#box.replaceChildren(body, element("div", { class: "button-row" }, actions));
    if (inside) (actions.at(-1) ?? byId("sql-run")).focus();
  }
}

/** @param {string} backup */
function whenMade(backup) {
  const time = backupTime(backup);
  return time === null ? "before the change" : `on ${longDate(time)}`;
}
