/** The SQL explorer of the debug page: it wires its parts together, and asks for nothing until it is looked at. */

import { byId, part, show } from "../shared/dom.js";
import { describeSql } from "../shared/sql_api.js";
import { readAddress, writeAddress } from "./sql_address.js";
import { StatementWatch } from "./sql_description.js";
import { SqlEditor } from "./sql_editor.js";
import { StatementExport } from "./sql_export.js";
import { ParameterFields } from "./sql_parameters.js";
import { drawPlan } from "./sql_plan.js";
import { drawProblem, wasCancelled } from "./sql_problems.js";
import { ResultView } from "./sql_result.js";
import { StatementRunner } from "./sql_runner.js";
import { SqlSide } from "./sql_side.js";
import { whenSeen } from "./sql_start.js";
import { WriteMode } from "./sql_write.js";

/**
 * @typedef {import("../shared/api.js").ExtensionState} ExtensionState
 * @typedef {import("../shared/sql_api.js").RunParams} RunParams
 */

/** From this width on, the tables stand beside the editor; the same is said in `sql.css`. */
const WIDE_PX = 860;

/**
 * Brings the explorer to life.
 *
 * @param {Object} [wiring]
 * @param {() => Promise<typeof import("./sql_field_rich.js")>} [wiring.loadEditor]
 * @param {() => void} [wiring.onApplied] told once the database is another
 * @returns {{onState: (state: ExtensionState) => void, forget: () => void}} to be told whenever the host comes or
 *   goes, and when everything was deleted
 */
export function startSql({ loadEditor = () => import("./sql_field_rich.js"), onApplied = () => {} } = {}) {
  const section = new SqlSection(onApplied);
  whenSeen(byId("sql"), () => section.open(loadEditor));
  return { onState: (state) => section.onState(state), forget: () => section.forget() };
}

class SqlSection {
  /** What the rows shown are of, to page through. @type {RunParams | null} */
  #shown = null;
  #opened = false;
  #ready = false;
  #locked = false;
  /** A change is being tried. */
  #trying = false;
  #editor = new SqlEditor(byId("sql-editor"), {
    onChange: () => this.#onChange(),
    onRun: () => this.#run(),
    onStop: () => this.#runner.cancel(),
  });
  #parameters = new ParameterFields(byId("sql-parameters"), {
    onSubmit: () => this.#run(),
    onChange: () => this.#endTrial(),
  });
  #watch = new StatementWatch(({ parameters }) => this.#parameters.draw(parameters));
  #runner = new StatementRunner((running, seconds) => this.#onRunning(running, seconds));
  #write = new WriteMode({
    onApplied: () => {
      this.#side.refresh();
      this.#onApplied();
    },
    onLeft: () => this.#endTrial(),
  });
  #onApplied;
  #result = new ResultView(byId("sql-result"), {
    onPage: (offset) => this.#page(offset),
    say: (text) => this.#say(text),
  });
  #side = new SqlSide({
    insert: (text) => this.#editor.insert(text),
    take: (sql, values) => this.#take(sql, values),
    statement: () => this.#editor.text,
    say: (text) => this.#say(text),
    onSchema: (schema) => this.#editor.offer(schema),
  });

  /** @param {() => void} onApplied */
  constructor(onApplied) {
    this.#onApplied = onApplied;
    byId("sql-run").addEventListener("click", () => this.#run());
    byId("sql-cancel").addEventListener("click", () => this.#runner.cancel());
    byId("sql-explain").addEventListener("click", () => this.#explain());
    byId("sql-share").addEventListener("click", () => this.#share());
    this.export = new StatementExport(() => this.#statement());
    globalThis.addEventListener("hashchange", () => this.#takeAddress());
    this.#takeAddress();
  }

  /** The explorer has come into view. @param {() => Promise<typeof import("./sql_field_rich.js")>} loadEditor */
  async open(loadEditor) {
    this.#opened = true;
    // In a narrow panel the tables would push everything else out of sight.
    byId("sql-tables")
      .closest("details")
      ?.toggleAttribute("open", globalThis.innerWidth >= WIDE_PX);
    if (this.#ready) this.#side.refresh();
    this.#side.load();
    // Without its colours it works as well.
    await this.#editor.enrich(loadEditor).catch(() => {});
  }

  /** @param {ExtensionState} state */
  onState({ host, locked = false }) {
    const known = this.#ready && this.#locked === locked;
    this.#ready = host.name === "ready";
    this.#locked = locked;
    if (!this.#ready || known) return;
    if (this.#opened) this.#side.refresh();
    if (this.#editor.text) this.#watch.changed(this.#editor.text);
  }

  /** Fills the field with what came with the address, and never runs it. */
  #takeAddress() {
    const found = readAddress(location.hash);
    if (!found) return;
    this.#take(found.sql, found.values);
    this.#write.leave();
    const notice = byId("sql-from-address");
    notice.textContent =
      "This statement came with the address. It was not run: read it first, then choose Run.";
    show(notice, true);
    byId("sql").scrollIntoView?.();
  }

  /** @param {string} sql @param {Record<string, string>} [values] */
  #take(sql, values = {}) {
    this.#parameters.fill(values);
    this.#editor.replace(sql);
    this.#watch.describe(sql);
    this.#editor.focus();
  }

  /** Everything was deleted: what this page still knows goes as well. */
  forget() {
    this.#runner.cancel();
    this.#write.leave();
    this.#shown = null;
    this.#editor.forget();
    this.#parameters.forget();
    this.#result.forget();
    show(byId("sql-plan"), false);
    drawProblem(byId("sql-error"), null);
    this.#say("");
    this.#side.forget();
    if (readAddress(location.hash)) history.replaceState(null, "", location.pathname);
  }

  /** What was tried is not what stands there any more: nobody is asked to keep it. */
  #endTrial() {
    this.#write.drop();
    if (this.#trying) this.#runner.cancel();
  }

  #onChange() {
    show(byId("sql-from-address"), false);
    drawProblem(byId("sql-error"), null);
    this.#endTrial();
    this.#watch.changed(this.#editor.text);
  }

  /** The statement with its parameters; null when there is none, or a parameter was never asked for. */
  async #statement() {
    const sql = this.#editor.text;
    if (sql.trim() === "") {
      this.#say("Write a statement first, or take an example.");
      this.#editor.focus();
      return null;
    }
    const asked = this.#parameters.names;
    const names = (await this.#watch.describe(sql))?.parameters ?? [];
    this.#parameters.draw(names);
    const unseen = names.find((name) => !asked.includes(name) && !this.#parameters.has(name));
    if (unseen !== undefined) {
      this.#say("Fill in the parameters, then run it.");
      this.#parameters.focus(unseen);
      return null;
    }
    const params = this.#parameters.values;
    return params ? { sql, params } : { sql };
  }

  async #run() {
    show(byId("sql-from-address"), false);
    const statement = await this.#statement();
    if (!statement) return;
    const writing = this.#write.on;
    const params = {
      ...statement,
      limit: chosen("sql-page-size"),
      timeout_ms: chosen("sql-limit"),
      ...(writing ? { write: true, preview: true } : {}),
    };
    this.#side.ran(statement.sql, this.#parameters.written);
    show(byId("sql-plan"), false);
    this.#write.drop();
    this.#trying = writing;
    const result = await this.#attempt(params);
    if (!result) return;
    this.#trying = false;
    if (writing && !this.#stands(statement)) return;
    this.#shown = writing ? null : params;
    if (!writing || result.columns.length > 0) this.#result.draw(result, 0);
    else this.#result.hide();
    if (writing) this.#write.propose(params, result);
  }

  /** Whether this is what is written there, in write mode. @param {Pick<RunParams, "sql" | "params">} statement */
  #stands({ sql, params }) {
    const now = JSON.stringify(this.#parameters.values ?? null);
    return this.#write.on && this.#editor.text === sql && now === JSON.stringify(params ?? null);
  }

  /** @param {number} offset */
  async #page(offset) {
    if (!this.#shown) return;
    this.#trying = false;
    const result = await this.#attempt({ ...this.#shown, offset });
    if (result) this.#result.draw(result, offset);
  }

  /** Runs something and says how it went. @param {RunParams} params */
  async #attempt(params) {
    drawProblem(byId("sql-error"), null);
    try {
      const result = await this.#runner.run(params);
      if (!result) return null;
      // The rows and the change speak for themselves.
      this.#say("");
      return result;
    } catch (error) {
      this.#say(wasCancelled(error) ? "Cancelled." : "");
      if (!params.offset) this.#result.hide();
      if (!wasCancelled(error)) drawProblem(byId("sql-error"), error);
      return null;
    }
  }

  async #explain() {
    const sql = this.#editor.text;
    drawProblem(byId("sql-error"), null);
    try {
      const { plan } = await describeSql({ sql });
      drawPlan(part(byId("sql-plan"), "steps"), plan);
      show(byId("sql-plan"), true);
    } catch (error) {
      show(byId("sql-plan"), false);
      drawProblem(byId("sql-error"), error);
    }
  }

  async #share() {
    const address = writeAddress(location.href, this.#editor.text, this.#parameters.written);
    await navigator.clipboard.writeText(address);
    this.#say("Copied the address of this statement. Opening it fills the field and runs nothing.");
  }

  /** @param {boolean} running @param {number} seconds */
  #onRunning(running, seconds) {
    const cancel = byId("sql-cancel");
    const focused = document.activeElement === cancel;
    show(cancel, running);
    byId("sql").classList.toggle("sql-running", running);
    if (focused && !running) byId("sql-run").focus();
    // Said once; the seconds are only to be seen.
    if (running && seconds === 0) this.#say("Running…");
    byId("sql-seconds").textContent = running && seconds > 0 ? `${seconds} s` : "";
  }

  /** @param {string} text */
  #say(text) {
    byId("sql-status").textContent = text;
  }
}

/** @param {string} id of a select of numbers */
function chosen(id) {
  return Number(/** @type {HTMLSelectElement} */ (byId(id)).value);
}
