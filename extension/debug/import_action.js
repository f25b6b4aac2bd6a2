/** "Import database": a file that was exported here or elsewhere, added to what is here or in its place. */

import { byId, show } from "../shared/dom.js";
import { importDatabase } from "../shared/store_api.js";
import { rowsText } from "./export_action.js";
import { uploadFile } from "./file_upload.js";
import { openDialog } from "./question.js";
import { pathLine, TaskBox } from "./task.js";

/**
 * @typedef {import("../shared/store_api.js").ImportReply} ImportReply
 */

export class ImportAction {
  #task = new TaskBox(byId("copies-task"));
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    byId("data-import").addEventListener("click", () => this.#begin());
    for (const each of [this.#file, this.#path]) each.addEventListener("input", () => this.#draw());
    for (const each of this.#modes) each.addEventListener("change", () => this.#draw());
  }

  get #file() {
    return /** @type {HTMLInputElement} */ (byId("import-file"));
  }

  get #path() {
    return /** @type {HTMLInputElement} */ (byId("import-path"));
  }

  get #modes() {
    return /** @type {HTMLInputElement[]} */ ([
      ...byId("import-dialog").querySelectorAll('[name="import-mode"]'),
    ]);
  }

  get #mode() {
    const chosen = this.#modes.find(({ checked }) => checked);
    return chosen?.value === "replace" ? "replace" : "merge";
  }

  /** What the chosen way means stands beside the button that begins it: it is asked only once. */
  #draw() {
    const replaces = this.#mode === "replace";
    const yes = byId("import-yes");
    yes.textContent = replaces ? "Replace what is here" : "Add to what is here";
    yes.classList.toggle("danger", replaces);
    yes.classList.toggle("primary", !replaces);
    yes.toggleAttribute("disabled", !this.#file.files?.length && this.#path.value.trim() === "");
    show(byId("import-replace-warning"), replaces);
  }

  async #begin() {
    // To replace everything is chosen anew each time.
    for (const each of this.#modes) each.checked = each.value === "merge";
    this.#draw();
    if ((await openDialog(/** @type {HTMLDialogElement} */ (byId("import-dialog")))) !== "import") return;
    const mode = this.#mode;
    const path = this.#path.value.trim();
    const file = this.#file.files?.[0];
    const done = await this.#task.run({
      label: "Importing",
      cancelled:
        mode === "replace"
          ? "Stopped. What was here is as it was."
          : "Stopped. What had been added by then stays; importing the file again adds the rest.",
      run: async (options) => {
        const from = file ? { upload_id: await uploadFile(file, options) } : { path };
        const reply = await importDatabase({ ...from, mode }, options);
        return { text: importText(reply), more: reply.backup ? [pathLine(reply.backup)] : [] };
      },
    });
    this.#file.value = "";
    this.#path.value = "";
    if (done) this.#onChange();
  }
}

/** @param {ImportReply} reply */
export function importText({ mode, added, updated = {}, skipped = {}, backup, kept_settings: kept = [] }) {
  const words = [
    mode === "replace" ? `Replaced. There are ${rowsText(added)} now.` : `Added ${rowsText(added)}.`,
  ];
  if (total(updated) > 0) words.push(`Brought up to date: ${rowsText(updated)}.`);
  if (total(skipped) > 0) words.push(`Left out, being here already or excluded: ${rowsText(skipped)}.`);
  if (kept.length > 0) words.push(`Kept as here, because the file permits more: ${kept.join(", ")}.`);
  if (backup) words.push("What was here before is in this backup:");
  return words.join(" ");
}

/** @param {Record<string, number>} rows */
function total(rows) {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}
