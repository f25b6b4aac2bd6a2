/** What a statement gave: how many rows, the table of them, the way to more, and a dialog for a long cell. */

import { byId, part, show } from "../shared/dom.js";
import { cellAbout, cellDetail, tabSeparated } from "./sql_cells.js";
import { RowsTable } from "./sql_rows.js";
import { countLine } from "./sql_words.js";

/**
 * @typedef {import("../shared/sql_api.js").RunResult} RunResult
 * @typedef {import("../shared/sql_api.js").Cell} Cell
 */

export class ResultView {
  /** @type {RunResult | null} */
  #result = null;
  /** Where the pages before this one began. @type {number[]} */
  #before = [];
  #offset = 0;
  #box;
  #table;

  /**
   * @param {HTMLElement} box
   * @param {{onPage: (offset: number) => void, say: (text: string) => void}} actions
   */
  constructor(box, { onPage, say }) {
    this.#box = box;
    const scroll = part(box, "scroll");
    // A person without a pointer scrolls it with the arrow keys.
    scroll.tabIndex = 0;
    this.#table = new RowsTable(
      {
        head: part(box, "head"),
        body: part(box, "body"),
        table: part(box, "table"),
      },
      showValue,
    );
    part(box, "previous").addEventListener("click", () => onPage(this.#before.at(-1) ?? 0));
    part(box, "next").addEventListener("click", () => {
      const next = this.#result?.next_offset;
      if (next !== null && next !== undefined) onPage(next);
    });
    part(box, "copy").addEventListener("click", async () => {
      const { columns = [], rows = [] } = this.#result ?? {};
      await navigator.clipboard.writeText(tabSeparated(columns, rows));
      say(`Copied ${rows.length} rows with their names, separated by tabs.`);
    });
    registerDialog();
  }

  /** @param {RunResult} result @param {number} offset of its first row */
  draw(result, offset) {
    if (offset === 0) this.#before = [];
    else if (offset > this.#offset) this.#before.push(this.#offset);
    else if (offset < this.#offset) this.#before = this.#before.filter((start) => start < offset);
    this.#offset = offset;
    this.#result = result;
    part(this.#box, "count").textContent = countLine(result, offset);
    this.#enable("previous", offset > 0);
    this.#enable("next", result.truncated && typeof result.next_offset === "number");
    const paged = offset > 0 || result.truncated;
    show(part(this.#box, "previous"), paged);
    show(part(this.#box, "next"), paged);
    show(part(this.#box, "scroll"), result.columns.length > 0);
    show(part(this.#box, "copy"), result.row_count > 0);
    this.#table.draw(result.columns, result.rows, offset);
    part(this.#box, "scroll").scrollTo?.(0, 0);
    show(this.#box, true);
  }

  hide() {
    show(this.#box, false);
  }

  /** Keeps nothing of what was shown. */
  forget() {
    this.#result = null;
    this.#before = [];
    this.#table.draw([], [], 0);
    part(dialog(), "text").textContent = "";
    if (dialog().open) dialog().close();
    this.hide();
  }

  /** @param {string} name @param {boolean} enabled */
  #enable(name, enabled) {
    const button = /** @type {HTMLButtonElement} */ (part(this.#box, name));
    // A button that has the focus and is disabled would lose it.
    if (!enabled && document.activeElement === button) part(this.#box, "scroll").focus();
    button.disabled = !enabled;
  }
}

/** @returns {HTMLDialogElement} */
function dialog() {
  return /** @type {HTMLDialogElement} */ (byId("sql-value"));
}

function registerDialog() {
  const box = dialog();
  part(box, "text").tabIndex = 0;
  part(box, "close").addEventListener("click", () => box.close());
  part(box, "copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(part(box, "text").textContent ?? "");
    part(box, "copy").textContent = "Copied";
  });
}

/** Shows the whole of a cell. @param {Cell} cell @param {string} column @param {number} row from 0 */
function showValue(cell, column, row) {
  const box = dialog();
  byId("sql-value-title").textContent = `${column}, row ${row + 1}`;
  part(box, "about").textContent = cellAbout(cell, column);
  part(box, "text").textContent = cellDetail(cell);
  part(box, "copy").textContent = "Copy";
  box.showModal();
}
