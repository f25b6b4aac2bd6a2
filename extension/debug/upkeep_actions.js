/** Looking after the database: checking and repairing it, making derived data anew, compacting. */

import { button, byId, element } from "../shared/dom.js";
import { byteText } from "../shared/sizes.js";
import { checkDatabase, compactDatabase, rebuildDerived } from "../shared/store_api.js";
import { ask } from "./question.js";
import { TaskBox } from "./task.js";

/**
 * @typedef {import("../shared/store_api.js").CheckReply} CheckReply
 * @typedef {import("./task.js").Outcome} Outcome
 */

const MOST_PROBLEMS = 20;

export class UpkeepActions {
  #task = new TaskBox(byId("upkeep-task"));
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    byId("data-check").addEventListener("click", () => this.#check(false));
    byId("data-fulltext").addEventListener("click", () => this.#rebuildText());
    byId("data-vectors").addEventListener("click", () => this.#rebuildVectors());
    byId("data-compact").addEventListener("click", () => this.#compact());
  }

  /** @param {boolean} repair */
  async #check(repair) {
    const done = await this.#task.run({
      label: repair ? "Repairing" : "Checking",
      cancelled: "Stopped.",
      run: async (options) => this.#checked(await checkDatabase({ repair }, options)),
    });
    if (done && repair) this.#onChange();
  }

  /** @param {CheckReply} reply @returns {Outcome} */
  #checked({ ok, problems, repaired = [] }) {
    const mended = repaired.length > 0 ? [list("Mended", repaired)] : [];
    if (ok)
      return {
        text: repaired.length > 0 ? "Repaired. The database is whole." : "The database is whole.",
        more: mended,
      };
    const repair = button("Repair", () => this.#check(true));
    const count = problems.length === 1 ? "1 problem was" : `${problems.length} problems were`;
    return { text: `${count} found.`, more: [...mended, list("Found", problems), repair] };
  }

  async #rebuildText() {
    const done = await this.#task.run({
      label: "Rebuilding full text",
      run: async (options) => {
        await rebuildDerived({ fulltext: true, vectors: false }, options);
        return "Full text was rebuilt from the pages.";
      },
    });
    if (done) this.#onChange();
  }

  async #rebuildVectors() {
    const sure = await ask({
      title: "Make all vectors anew?",
      text: [
        "They are made from the pages again, in the background. On a large history that takes hours of work for this computer.",
        "Search by words goes on meanwhile; search by meaning finds what is done already.",
      ],
      yes: "Make them anew",
      gentle: true,
    });
    if (!sure) return;
    const done = await this.#task.run({
      label: "Rebuilding vectors",
      run: async (options) => {
        await rebuildDerived({ fulltext: false, vectors: true }, options);
        return "Vectors are made anew in the background. The queue above shows how far it is.";
      },
    });
    if (done) this.#onChange();
  }

  async #compact() {
    const done = await this.#task.run({
      label: "Compacting",
      cancelled: "Stopped. The database is as it was.",
      run: async (options) => {
        const { before_bytes: before, after_bytes: after } = await compactDatabase(options);
        const freed = Math.max(0, before - after);
        return `Compacted: ${byteText(freed)} are free again, ${byteText(after)} are in use.`;
      },
    });
    if (done) this.#onChange();
  }
}

/** @param {string} name @param {string[]} lines */
function list(name, lines) {
  const shown = lines.slice(0, MOST_PROBLEMS);
  const rest = lines.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more`);
  return element(
    "ul",
    { class: "plain-list", attributes: { "aria-label": name } },
    shown.map((text) => element("li", { text })),
  );
}
