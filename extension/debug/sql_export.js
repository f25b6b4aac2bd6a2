/** All rows of a statement into a file on this computer, with how far it is and a way to stop it. */

import { button, byId, part, show } from "../shared/dom.js";
import { exportSql } from "../shared/sql_api.js";
import { drawProblem, problemText } from "./sql_problems.js";
import { exportDone, exportProgress } from "./sql_words.js";

/**
 * @typedef {{sql: string, params?: import("../shared/sql_api.js").SqlValues}} Statement
 */

export class StatementExport {
  /** @type {AbortController | null} */
  #running = null;
  #statement;

  /** @param {() => Promise<Statement | null>} statement what is to be exported; null when it is not ready */
  constructor(statement) {
    this.#statement = statement;
    byId("sql-export").addEventListener("click", () => this.#export());
  }

  async #export() {
    if (this.#running) return;
    drawProblem(byId("sql-error"), null);
    const statement = await this.#statement();
    if (!statement) return;
    const select = /** @type {HTMLSelectElement} */ (byId("sql-export-format"));
    const format = /** @type {import("../shared/sql_api.js").ExportFormat} */ (select.value);
    const running = new AbortController();
    this.#running = running;
    this.#tell(exportProgress({}), [button("Cancel export", () => running.abort())]);
    try {
      const onProgress = (/** @type {any} */ value) => this.#write(exportProgress(value));
      const done = await exportSql({ ...statement, format }, { signal: running.signal, onProgress });
      const copy = button("Copy path", async () => {
        await navigator.clipboard.writeText(done.path);
        copy.textContent = "Copied";
      });
      this.#tell(exportDone(done), [copy, this.#close()]);
    } catch (error) {
      const stopped = running.signal.aborted;
      this.#tell(stopped ? "The export was cancelled. Nothing of it was kept." : problemText(error), [
        this.#close(),
      ]);
    } finally {
      this.#running = null;
    }
  }

  #close() {
    return button(
      "Close",
      () => {
        show(byId("sql-export-state"), false);
        byId("sql-export").focus();
      },
      "quiet",
    );
  }

  /** @param {string} text @param {HTMLElement[]} actions */
  #tell(text, actions) {
    const box = byId("sql-export-state");
    const inside = box.contains(document.activeElement);
    show(box, true);
    part(box, "actions").replaceChildren(...actions);
    this.#write(text);
    // The button that was pressed is gone; the one in its place has the focus.
    if (inside) actions[0].focus();
  }

  /** @param {string} text */
  #write(text) {
    part(byId("sql-export-state"), "text").textContent = text;
  }
}
