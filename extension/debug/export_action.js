/** "Export database": one file with everything, for another computer, another program, or safe keeping. */

import { countText } from "../shared/dates.js";
import { byId } from "../shared/dom.js";
import { byteText } from "../shared/sizes.js";
import { exportDatabase } from "../shared/store_api.js";
import { tookText } from "./latency_table.js";
import { openDialog } from "./question.js";
import { pathLine, TaskBox } from "./task.js";

/**
 * @typedef {import("../shared/store_api.js").CopyFormat} CopyFormat
 * @typedef {import("../shared/store_api.js").ExportReply} ExportReply
 */

export class ExportAction {
  #task = new TaskBox(byId("copies-task"));

  constructor() {
    byId("data-export").addEventListener("click", () => this.#begin());
  }

  async #begin() {
    const dialog = /** @type {HTMLDialogElement} */ (byId("export-dialog"));
    if ((await openDialog(dialog)) !== "export") return;
    const chosen = /** @type {HTMLInputElement} */ (dialog.querySelector('[name="export-format"]:checked'));
    const format = /** @type {CopyFormat} */ (chosen.value);
    const path = /** @type {HTMLInputElement} */ (byId("export-path")).value.trim();
    await this.#task.run({
      label: "Exporting",
      cancelled: "Stopped. No file was written.",
      run: async (options) => {
        const reply = await exportDatabase({ format, ...(path ? { path } : {}) }, options);
        return { text: exportText(reply), more: [pathLine(reply.path)] };
      },
    });
  }
}

/** @param {ExportReply} reply */
export function exportText({ bytes, rows, took_ms: took }) {
  return `Exported ${rowsText(rows)} in ${tookText(took)}. The file has ${byteText(bytes)}:`;
}

/**
 * Rows by kind, in words; those that are worth naming first, the rest as a number.
 *
 * @param {Record<string, number>} rows by table or kind of record
 */
export function rowsText(rows) {
  const counted = Object.entries(rows).filter(([, count]) => count > 0);
  if (counted.length === 0) return "nothing";
  const named = counted.filter(([name]) => name in NAMES);
  const rest = counted.filter(([name]) => !(name in NAMES)).reduce((sum, [, count]) => sum + count, 0);
  const words = named.map(([name, count]) => `${countText(count)} ${NAMES[name][count === 1 ? 0 : 1]}`);
  if (rest > 0) words.push(`${countText(rest)} other ${rest === 1 ? "row" : "rows"}`);
  return new Intl.ListFormat("en", { type: "conjunction" }).format(words);
}

/** @type {Record<string, [string, string]>} */
const NAMES = {
  pages: ["page", "pages"],
  page: ["page", "pages"],
  visits: ["visit", "visits"],
  visit: ["visit", "visits"],
  conversations: ["conversation", "conversations"],
  conversation: ["conversation", "conversations"],
};
