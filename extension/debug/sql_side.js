/** What lies beside the editor: the schema, examples, saved statements and those that were run. */

import { button, byId, show } from "../shared/dom.js";
import { forgetQuery, savedQueries, saveQuery, sqlSchema } from "../shared/sql_api.js";
import { examplesFor } from "./sql_examples.js";
import { SqlHistory } from "./sql_history.js";
import { drawEntries, historyFacts, oneLine } from "./sql_lists.js";
import { problemText } from "./sql_problems.js";
import { drawFunctions, drawTables, foldInner } from "./sql_schema.js";

/**
 * @typedef {import("../shared/sql_api.js").SavedQuery} SavedQuery
 * @typedef {import("../shared/sql_api.js").Schema} Schema
 *
 * @typedef {Object} SideActions
 * @property {(text: string) => void} insert puts a name where the cursor is
 * @property {(sql: string, values?: Record<string, string>) => void} take puts a statement into the editor
 * @property {() => string} statement what is in the editor
 * @property {(text: string) => void} say
 * @property {(schema: Schema) => void} onSchema
 */

export class SqlSide {
  /** @type {SavedQuery[]} */
  #saved = [];
  #history = new SqlHistory();
  /** @type {string | null} */
  #vectors = null;
  #actions;

  /** @param {SideActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#drawExamples(null);
    this.#registerSaving();
    const keep = /** @type {HTMLSelectElement} */ (byId("sql-history-keep"));
    keep.addEventListener("change", async () => {
      await this.#history.choose(/** @type {import("./sql_history.js").Keep} */ (keep.value));
      this.#drawHistory();
    });
    byId("sql-history-clear").addEventListener("click", async () => {
      await this.#history.clear();
      this.#drawHistory();
      keep.focus();
      actions.say("The history is empty.");
    });
  }

  /** Takes in what the browser keeps. */
  async load() {
    await this.#history.load();
    this.#drawHistory();
  }

  /** Everything was deleted: what this page still knows goes as well. */
  async forget() {
    /** @type {HTMLInputElement} */ (byId("sql-name")).value = "";
    this.#drawSaved([]);
    await this.load();
  }

  /** Asks the host for the schema and for what was saved. */
  async refresh() {
    const status = byId("sql-schema-status");
    if (byId("sql-tables").childElementCount === 0) status.textContent = "Reading the tables…";
    savedQueries().then(
      ({ queries }) => this.#drawSaved(queries),
      () => {},
    );
    try {
      const told = await sqlSchema();
      const schema = { ...told, tables: foldInner(told.tables) };
      const { insert, take, onSchema } = this.#actions;
      drawTables(byId("sql-tables"), schema.tables, { insert, replace: take });
      drawFunctions(byId("sql-functions"), schema.functions, { insert, replace: take });
      this.#drawExamples(told.active_vectors ?? null);
      status.textContent = "";
      onSchema(schema);
    } catch (error) {
      status.textContent = `The tables could not be read. ${problemText(error)}`;
    }
  }

  /** A statement is being run. @param {string} sql @param {Record<string, string>} values */
  async ran(sql, values) {
    await this.#history.add(sql, values);
    this.#drawHistory();
  }

  /** @param {string | null} vectors the table that has those that search goes by */
  #drawExamples(vectors) {
    const list = byId("sql-examples");
    // Drawn once, so that the focus stays, unless another model serves by now.
    if (list.childElementCount > 0 && vectors === this.#vectors) return;
    this.#vectors = vectors;
    const { take } = this.#actions;
    drawEntries(
      list,
      examplesFor(vectors).map(({ name, about, sql, values }) => ({
        name,
        about,
        sql,
        onTake: () => take(sql, values),
      })),
    );
  }

  #drawHistory() {
    const { entries, keep } = this.#history;
    drawEntries(
      byId("sql-history"),
      entries.map(({ sql, values, at }) => ({
        name: oneLine(sql),
        about: historyFacts({ at, values }),
        sql,
        onTake: () => this.#actions.take(sql, values),
      })),
    );
    /** @type {HTMLSelectElement} */ (byId("sql-history-keep")).value = keep;
    show(byId("sql-history-none"), entries.length === 0);
    show(byId("sql-history-clear"), entries.length > 0);
  }

  /** @param {SavedQuery[]} queries */
  #drawSaved(queries) {
    this.#saved = queries;
    drawEntries(
      byId("sql-saved"),
      queries.map(({ id, name, sql }) => ({
        name,
        sql,
        onTake: () => this.#actions.take(sql),
        remove: { label: `Forget ${name}`, run: () => this.#forget(id, name) },
      })),
    );
    show(byId("sql-saved-none"), queries.length === 0);
  }

  #registerSaving() {
    const form = byId("sql-name-form");
    const field = /** @type {HTMLInputElement} */ (byId("sql-name"));
    const close = () => {
      show(form, false);
      byId("sql-keep").focus();
    };
    byId("sql-keep").addEventListener("click", () => {
      if (this.#actions.statement().trim() === "") return this.#actions.say("There is no statement to save.");
      show(form, true);
      field.focus();
    });
    byId("sql-name-cancel").addEventListener("click", close);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await this.#save(field.value.trim())) {
        field.value = "";
        close();
      }
    });
  }

  /** @param {string} name @returns {Promise<boolean>} */
  async #save(name) {
    if (name === "") return false;
    const known = this.#saved.some((query) => query.name === name);
    try {
      const { queries } = await saveQuery({ name, sql: this.#actions.statement() });
      this.#drawSaved(queries);
      byId("sql-saved-box").setAttribute("open", "");
      this.#actions.say(known ? `Saved “${name}” in place of the former one.` : `Saved “${name}”.`);
      return true;
    } catch (error) {
      this.#actions.say(`It was not saved. ${problemText(error)}`);
      return false;
    }
  }

  /** @param {number} id @param {string} name */
  async #forget(id, name) {
    const query = this.#saved.find((each) => each.id === id);
    try {
      const { queries } = await forgetQuery(id);
      this.#drawSaved(queries);
      this.#actions.say(`Forgot “${name}”.`);
      /** @type {HTMLElement} */ (byId("sql-saved-box").querySelector("summary"))?.focus();
      if (query)
        byId("sql-status").append(
          " ",
          button("Undo", () => this.#saveAgain(query), "quiet"),
        );
    } catch (error) {
      this.#actions.say(`It was not forgotten. ${problemText(error)}`);
    }
  }

  /** @param {SavedQuery} query */
  async #saveAgain({ name, sql }) {
    const { queries } = await saveQuery({ name, sql }).catch(() => ({ queries: this.#saved }));
    this.#drawSaved(queries);
    this.#actions.say(`Saved “${name}” again.`);
  }
}
