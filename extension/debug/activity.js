/** The statements that the product runs, as they come, for as long as they can be seen. */

import { button, byId, cloneTemplate, element, part, show } from "../shared/dom.js";
import { explainStatement, statementLog } from "../shared/insight_api.js";
import { write } from "../shared/keyed_list.js";
import { explorerAddress, sqlText, statementFacts } from "../shared/statement_view.js";
import { drawProblem, problemText } from "./problem_notice.js";

/**
 * @typedef {import("../shared/insight_api.js").Statement} Statement
 */

const EVERY_MS = 1000;
const MOST_SHOWN = 200;
/** What this page asks by itself would soon hide everything else. */
const OWN_METHODS =
  /^(store\.(stats|health|sizes|backups)|jobs\.list|models\.|sql\.|doctor|daemon\.|settings\.)/;
const ALL_BUT_OWN = "";
const ALL = "all";

export class Activity {
  #offered = false;
  #ready = false;
  #seen = false;
  #paused = false;
  #latest = 0;
  /** An answer to a question of an earlier one is void. */
  #round = 0;
  /** @type {Statement[]} the latest first */
  #statements = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asking = false;

  constructor() {
    byId("activity-pause").addEventListener("click", () => {
      this.#paused = !this.#paused;
      write(byId("activity-pause"), this.#paused ? "Go on" : "Pause");
      this.#follow();
    });
    byId("activity-clear").addEventListener("click", () => this.forget());
    this.#filter.addEventListener("change", () => this.#draw());
    this.#values.addEventListener("change", () => {
      show(byId("activity-values-warning"), this.#values.checked);
      this.#draw();
      this.#follow();
    });
    document.addEventListener("visibilitychange", () => this.#follow());
    new IntersectionObserver((entries) => {
      this.#seen = entries.some(({ isIntersecting }) => isIntersecting);
      this.#follow();
    }).observe(byId("activity"));
  }

  get #filter() {
    return /** @type {HTMLSelectElement} */ (byId("activity-method"));
  }

  get #values() {
    return /** @type {HTMLInputElement} */ (byId("activity-values"));
  }

  /** What this page still knows goes; what is under way comes too late. */
  forget() {
    this.#round++;
    this.#statements = [];
    this.#draw();
  }

  /** @param {(method: string) => boolean} offers @param {boolean} ready whether the host can be asked */
  offer(offers, ready) {
    if (ready && !this.#ready) {
      // A host that has started anew counts from one again, and one that has not still knows the latest.
      this.forget();
      this.#latest = 0;
    }
    this.#offered = offers("sql.log");
    this.#ready = ready;
    show(byId("activity-body"), this.#offered);
    show(byId("activity-missing"), ready && !this.#offered);
    this.#follow();
  }

  #follow() {
    clearTimeout(this.#timer);
    const visible = this.#seen && document.visibilityState === "visible";
    if (!this.#offered || !this.#ready || this.#paused || !visible) return;
    this.#ask();
  }

  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    const round = this.#round;
    try {
      const { statements } = await statementLog({ after: this.#latest, parameters: this.#values.checked });
      drawProblem(byId("activity-problem"), null);
      if (round === this.#round) {
        this.#latest = statements.at(-1)?.n ?? this.#latest;
        this.#take(statements);
      }
    } catch (error) {
      drawProblem(byId("activity-problem"), error);
    }
    this.#asking = false;
    clearTimeout(this.#timer);
    const visible = this.#seen && document.visibilityState === "visible";
    if (this.#ready && visible && !this.#paused) this.#timer = setTimeout(() => this.#follow(), EVERY_MS);
  }

  /** @param {Statement[]} fresh the oldest first */
  #take(fresh) {
    this.#statements = [...fresh.toReversed(), ...this.#statements].slice(0, MOST_SHOWN);
    const known = new Set([...this.#filter.options].map(({ value }) => value));
    for (const { method } of fresh) {
      if (known.has(method)) continue;
      known.add(method);
      this.#filter.append(element("option", { text: method, attributes: { value: method } }));
    }
    this.#draw();
  }

  /** @param {Statement} statement */
  #passes({ method }) {
    const wanted = this.#filter.value;
    if (wanted === ALL_BUT_OWN) return !OWN_METHODS.test(method);
    return wanted === ALL || method === wanted;
  }

  #draw() {
    const list = byId("statements");
    const shown = this.#statements.filter((statement) => this.#passes(statement));
    const wanted = new Map(shown.map((statement) => [String(statement.n), statement]));
    const rows = /** @type {HTMLElement[]} */ ([...list.children]);
    const kept = new Map(rows.map((row) => [row.dataset.n, row]));
    for (const row of rows) if (!wanted.has(row.dataset.n ?? "")) row.remove();
    // Rows that stay are not touched, so that what is being read or explained remains.
    let before = /** @type {Element | null} */ (null);
    for (const [n, statement] of [...wanted].toReversed()) {
      const row = kept.get(n) ?? statementRow(statement);
      if (!kept.has(n)) list.insertBefore(row, before);
      drawValues(row, statement, this.#values.checked);
      before = row;
    }
    show(byId("activity-none"), shown.length === 0);
  }
}

/** @param {Statement} statement */
function statementRow(statement) {
  const row = cloneTemplate("statement-template");
  row.dataset.n = String(statement.n);
  part(row, "method").textContent = statement.method;
  part(row, "facts").textContent = statementFacts(statement);
  const time = part(row, "time");
  time.textContent = new Date(statement.at).toLocaleTimeString();
  part(row, "sql").append(sqlText(statement.sql));
  part(row, "open").setAttribute("href", explorerAddress(statement.sql));
  const explain = button("Explain", () => toggleExplained(row, statement, explain), "quiet");
  explain.setAttribute("aria-expanded", "false");
  part(row, "actions").prepend(explain);
  return row;
}

/** @param {HTMLElement} row @param {Statement} statement @param {boolean} visible */
function drawValues(row, { parameters }, visible) {
  const box = part(row, "values");
  const words = visible && parameters ? valuesText(parameters) : "";
  show(box, words !== "");
  write(box, words);
}

/** @param {any[] | Record<string, any>} values by position or by name */
function valuesText(values) {
  const each = Array.isArray(values)
    ? values.map((value) => JSON.stringify(value))
    : Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return each.join(", ");
}

/**
 * @param {HTMLElement} row
 * @param {Statement} statement
 * @param {HTMLElement} explain the button
 */
async function toggleExplained(row, { sql }, explain) {
  const box = part(row, "plan");
  const open = explain.getAttribute("aria-expanded") !== "true";
  explain.setAttribute("aria-expanded", String(open));
  show(box, open);
  if (!open || box.childElementCount > 0) return;
  try {
    const { plan } = await explainStatement(sql);
    const depths = new Map([[0, -1]]);
    box.replaceChildren(
      ...plan.map(({ id, parent, detail }) => {
        const depth = (depths.get(parent) ?? -1) + 1;
        depths.set(id, depth);
        return element("li", { class: `plan-depth-${Math.min(depth, 4)}`, text: detail });
      }),
    );
    if (plan.length === 0) box.replaceChildren(element("li", { text: "There is nothing to plan." }));
  } catch (error) {
    box.replaceChildren(element("li", { text: problemText(/** @type {any} */ (error)) }));
  }
}
