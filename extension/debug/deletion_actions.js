/** What removes a great deal at once: each asks once, saying what goes and what stays. */

import { browser } from "../shared/browser.js";
import { countText } from "../shared/dates.js";
import { byId } from "../shared/dom.js";
import { byteText } from "../shared/sizes.js";
import { PROFILE_ID } from "../shared/storage_names.js";
import { clearDatabase, clearModels, deleteAllData } from "../shared/store_api.js";
import { ask } from "./question.js";
import { receiptNodes, receiptText } from "./receipt.js";
import { TaskBox } from "./task.js";

const ANEW =
  "AI History begins anew with its own settings: pages of sites that you excluded yourself are captured again, unless you exclude them anew.";

export class DeletionActions {
  #task = new TaskBox(byId("deletion-task"));
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    byId("data-clear").addEventListener("click", () => this.#clear());
    byId("data-clear-models").addEventListener("click", () => this.#clearModels());
    byId("data-delete-all").addEventListener("click", () => this.#deleteAll());
  }

  async #clear() {
    const sure = await ask({
      title: "Clear the database?",
      text: [
        "Everything that AI History remembers in this browser profile is erased.",
        "Only what a backup holds can come back, and no backup is made now.",
      ],
      goes: ["Every page with its text, visits, summaries and vectors", "Every conversation"],
      stays: [
        "Settings, with the sites you excluded",
        "Categories, and the statements that you saved in the SQL explorer",
        "Backups, each with what was there when it was made",
        "The models",
        "Files that you exported",
        "Your browser's own history",
      ],
      option: "Delete the backups as well",
      yes: "Clear the database",
    });
    if (!sure) return;
    await this.#run("Clearing", async (options) => {
      const {
        pages,
        conversations,
        freed_bytes: freed,
        backups = 0,
      } = await clearDatabase({ backups: sure.option }, options);
      const talks = conversations === 1 ? "1 conversation" : `${countText(conversations)} conversations`;
      const gone = `${pages === 1 ? "1 page" : `${countText(pages)} pages`} and ${talks}`;
      const left = backups === 1 ? " 1 backup is left." : ` ${countText(backups)} backups are left.`;
      return `Cleared: ${gone} are gone, ${byteText(freed)} are free again.${backups > 0 ? left : ""}`;
    });
  }

  async #clearModels() {
    const sure = await ask({
      title: "Clear the model cache?",
      text: ["Until they are downloaded again, search goes by words alone and answers are quotes."],
      goes: ["Every model that was downloaded"],
      stays: [
        "Models that were trained here or came from a file of yours",
        "Pages, conversations and settings",
      ],
      yes: "Clear the model cache",
    });
    if (!sure) return;
    await this.#run("Removing models", async (options) => {
      const { removed, kept, freed_bytes: freed } = await clearModels(options);
      const names = removed.length > 0 ? `Removed ${removed.join(", ")}` : "There was nothing to remove";
      const stay = kept.length > 0 ? ` Kept: ${kept.join(", ")}.` : "";
      return `${names}: ${byteText(freed)} are free again.${stay}`;
    });
  }

  async #deleteAll() {
    const sure = await ask({
      title: "Delete all data?",
      text: [
        "Everything that AI History keeps on this computer is erased, of every browser profile. It cannot be undone.",
        ANEW,
      ],
      goes: [
        "Every page, visit, summary, vector and conversation",
        "All backups",
        "All models, also those that were trained here",
        "Settings, excluded sites and categories",
        "Logs",
        "What the extension keeps in this browser",
      ],
      stays: [
        "The program and the extension, which begin anew",
        "Files that you exported",
        "Your browser's own history",
      ],
      yes: "Delete everything",
    });
    if (!sure) return;
    await this.#run(
      "Deleting all data",
      async (options) => {
        const receipt = await deleteAllData(options);
        // What pages of the extension keep by themselves lies here.
        localStorage.clear();
        sessionStorage.clear();
        const { [PROFILE_ID]: profile } = await browser.storage.local.get([PROFILE_ID]);
        return { text: `${receiptText(receipt)} ${ANEW}`, more: receiptNodes(receipt, String(profile)) };
      },
      true,
    );
  }

  /**
   * @param {string} label
   * @param {(options: import("../shared/store_api.js").TaskOptions) => Promise<import("./task.js").Outcome>} run
   * @param {boolean} [lasting]
   */
  async #run(label, run, lasting = false) {
    const done = await this.#task.run({
      label,
      run,
      lasting,
      cancelled: "Stopped. What was here is as it was.",
    });
    if (done) this.#onChange();
  }
}
