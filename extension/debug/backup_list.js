/** Backups: making one, what there is, putting one back, deleting one. */

import { longDate, shortDate } from "../shared/dates.js";
import { button, byId, cloneTemplate, part, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { byteText } from "../shared/sizes.js";
import { dropBackup, listBackups, makeBackup, restoreBackup } from "../shared/store_api.js";
import { drawProblem } from "./problem_notice.js";
import { ask } from "./question.js";
import { pathLine, TaskBox } from "./task.js";

/**
 * @typedef {import("../shared/store_api.js").Backup} Backup
 */

/** @type {Record<Backup["reason"], string>} */
const REASONS = {
  asked: "made by you",
  schedule: "made on schedule",
  write: "made before a change in the SQL explorer",
  replace: "made before it was replaced",
};

export class BackupList {
  #task = new TaskBox(byId("backup-task"));
  #onChange;

  /** @param {() => void} onChange what is stored is something else now */
  constructor(onChange) {
    this.#onChange = onChange;
    byId("data-backup").addEventListener("click", () => this.#make());
  }

  async refresh() {
    try {
      const { backups, next_at: next } = await listBackups();
      drawProblem(byId("backups-problem"), null);
      byId("backups").replaceChildren(...backups.map((backup) => this.#row(backup)));
      show(byId("backups-none"), backups.length === 0);
      write(byId("backups-next"), next ? `The next one is made ${longDate(next)}.` : "");
    } catch (error) {
      drawProblem(byId("backups-problem"), error, () => this.refresh());
    }
  }

  async #make() {
    await this.#task.run({
      label: "Backing up",
      cancelled: "Stopped. No backup was made.",
      run: async (options) => {
        const { backup } = await makeBackup(options);
        return { text: `Backed up: ${byteText(backup.bytes)}.`, more: [pathLine(backup.path)] };
      },
    });
    await this.refresh();
  }

  /** @param {Backup} backup */
  #row(backup) {
    const row = cloneTemplate("backup-template");
    const when = longDate(backup.made_at);
    part(row, "date").textContent = when;
    part(row, "facts").textContent = `${byteText(backup.bytes)}, ${REASONS[backup.reason] ?? backup.reason}`;
    const restore = button("Restore", () => this.#restore(backup));
    restore.setAttribute("aria-label", `Restore the backup of ${when}`);
    const remove = button("Delete", () => this.#remove(backup), "quiet");
    remove.setAttribute("aria-label", `Delete the backup of ${when}`);
    part(row, "actions").replaceChildren(restore, remove);
    return row;
  }

  /** @param {Backup} backup */
  async #restore(backup) {
    const when = shortDate(backup.made_at);
    const sure = await ask({
      title: "Put this backup in place?",
      text: [`Everything becomes as it was: ${longDate(backup.made_at)}.`],
      goes: [`Pages, visits, conversations and settings that came or changed after ${when}`],
      stays: ["A backup of how it is now, which is made first", "The other backups", "The models"],
      yes: "Restore this backup",
    });
    if (!sure) return;
    const done = await this.#task.run({
      label: "Restoring",
      cancelled: "Stopped. What was here is as it was.",
      run: async (options) => {
        const { backup: before } = await restoreBackup(backup.name, options);
        const text = `Restored. Everything is as it was: ${longDate(backup.made_at)}.`;
        return before
          ? { text: `${text} How it was before is in this backup:`, more: [pathLine(before)] }
          : text;
      },
    });
    if (done) this.#onChange();
  }

  /** @param {Backup} backup */
  async #remove(backup) {
    const sure = await ask({
      title: "Delete this backup?",
      text: [`The backup of ${longDate(backup.made_at)} (${byteText(backup.bytes)}) cannot be brought back.`],
      yes: "Delete the backup",
    });
    if (!sure) return;
    await this.#task.run({
      label: "Deleting the backup",
      lasting: true,
      run: async (options) => {
        await dropBackup(backup.name, options);
        return "The backup was deleted.";
      },
    });
    await this.refresh();
    byId("data-backup").focus();
  }
}
