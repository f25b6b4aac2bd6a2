/** The Data section: what a person does with the whole of what is stored. Wiring of its parts. */

import { byId, show } from "../shared/dom.js";
import { BackupList } from "./backup_list.js";
import { DeletionActions } from "./deletion_actions.js";
import { ExportAction } from "./export_action.js";
import { ImportAction } from "./import_action.js";
import { UpkeepActions } from "./upkeep_actions.js";

/** @type {Record<string, string>} a control by its id, and the method it cannot do without */
const NEEDED = {
  "data-export": "store.export",
  "data-import": "store.import",
  "data-backup": "store.backup",
  "backups-box": "store.backups",
  "data-check": "store.check",
  "data-fulltext": "store.rebuild",
  "data-vectors": "store.rebuild",
  "data-compact": "store.vacuum",
  "data-clear": "store.clear",
  "data-clear-models": "models.clear",
  "data-delete-all": "store.delete_all",
};

export class DataSection {
  #backups;
  #onChange;

  /** @param {() => void} onChange what is stored is something else now */
  constructor(onChange) {
    this.#onChange = onChange;
    const changed = () => this.changed();
    this.#backups = new BackupList(changed);
    new ExportAction();
    new ImportAction(changed);
    new UpkeepActions(changed);
    new DeletionActions(changed);
  }

  /** What is stored is something else now. */
  changed() {
    this.#backups.refresh();
    this.#onChange();
  }

  /** @param {(method: string) => boolean} offers whether the host, which is there, answers a method */
  offer(offers) {
    for (const [id, method] of Object.entries(NEEDED)) show(byId(id), offers(method));
    const any = Object.values(NEEDED).some(offers);
    show(byId("data-missing"), !any);
    if (offers("store.backups")) this.#backups.refresh();
  }
}
