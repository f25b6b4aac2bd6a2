/** Backups: making one, what there is, putting one back, deleting one. */

import { exactDate, longDate, shortDate } from "../shared/dates.js";
import { button, byId, catchFocus, cloneTemplate, part, show } from "../shared/dom.js";
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
  replace: "made before an import or restore",
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
      byId("backups").replaceChildren(
        ...backups.map((backup) => this.#row(backup, whenText(backup, backups))),
      );
      show(byId("backups-none"), backups.length === 0);
      write(byId("backups-next"), nextText(next));
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

  /** @param {Backup} backup @param {string} when */
  #row(backup, when) {
    const row = cloneTemplate("backup-template");
    const why = REASONS[backup.reason] ?? backup.reason;
    part(row, "date").textContent = when;
    part(row, "facts").textContent = `${byteText(backup.bytes)}, ${why}`;
    const restore = button("Restore", () => this.#restore(backup, when));
    restore.setAttribute("aria-label", `Restore the backup of ${when}, ${why}`);
    const remove = button("Delete", () => this.#remove(backup, when), "quiet");
    remove.setAttribute("aria-label", `Delete the backup of ${when}, ${why}`);
    part(row, "actions").replaceChildren(restore, remove);
    return row;
  }

  /** @param {Backup} backup @param {string} when */
  async #restore(backup, when) {
    const sure = await ask({
      title: "Put this backup in place?",
      text: [`Everything becomes as it was: ${when}.`],
      goes: [
        `Pages, visits, conversations and settings that came or changed after ${shortDate(backup.made_at)}`,
      ],
      stays: ["A backup of how it is now, which is made first", "The other backups", "The models"],
      yes: "Restore this backup",
    });
    if (!sure) return;
    const done = await this.#task.run({
      label: "Restoring",
      cancelled: "Stopped. What was here is as it was.",
      run: async (options) => {
        const { backup: before } = await restoreBackup(backup.name, options);
        const text = `Restored. Everything is as it was: ${when}.`;
        return before
          ? { text: `${text} How it was before is in this backup:`, more: [pathLine(before)] }
          : text;
      },
    });
    if (!done) return;
    this.#onChange();
    // The row that was pressed is another one now.
    await this.refresh();
    catchFocus(byId("data-backup"));
  }

  /** @param {Backup} backup @param {string} when */
  async #remove(backup, when) {
    const sure = await ask({
      title: "Delete this backup?",
      text: [`The backup of ${when} (${byteText(backup.bytes)}) cannot be brought back.`],
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

/**
 * When a backup was made, to the second where another one is of the same minute.
 *
 * @param {Backup} backup
 * @param {Backup[]} all
 */
function whenText({ name, made_at: at }, all) {
  const when = longDate(at);
  const twin = all.some((other) => other.name !== name && longDate(other.made_at) === when);
  return twin ? exactDate(at) : when;
}

/** @param {number | null | undefined} next when the schedule makes one @param {number} [now] */
export function nextText(next, now = Date.now()) {
  if (!next) return "";
  return next <= now
    ? "The next one is made soon, when the computer is idle."
    : `The next one is made ${longDate(next)}.`;
}
