/** The section of the settings page that has the categorizer trained with what was corrected. */

import { drawProgress } from "../models/progress.js";
import { byId, element, part, show } from "../shared/dom.js";
import {
  cancelImprovement,
  improve,
  improvementState,
  listDeployments,
  rollBack,
} from "../shared/improvement_api.js";
import { KeyedList, write } from "../shared/keyed_list.js";
import { DeploymentRow } from "./deployment_row.js";
import { trainableModels, viewJob } from "./improve_view.js";
import { HINT, hindranceText, readingProblem } from "./improve_words.js";
import { SectionNotice } from "./section_notice.js";

/**
 * @typedef {import("../shared/improvement_api.js").Deployment} Deployment
 * @typedef {import("../shared/improvement_api.js").Job} Job
 * @typedef {import("../shared/models_api.js").Model} Model
 */

const EVERY_MS = 2000;

export class ImproveSection {
  /** @type {Job} */
  #job = { state: "none" };
  /** Why none could be begun now, as the host says. */
  #hindrance = "";
  /** @type {Deployment[]} */
  #deployments = [];
  /** @type {Model[] | null} null: not known yet */
  #models = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #ready = false;
  #asked = 0;
  #pending = false;
  #unread = false;
  #say;
  #changed;
  #notice;
  /** @type {KeyedList<Deployment, DeploymentRow>} */
  #rows;
  /** @type {KeyedList<Model, {element: HTMLOptionElement}>} */
  #options;

  /**
   * @param {(text: string) => void} say reads something out
   * @param {() => void} changed another model sorts tabs now
   */
  constructor(say, changed) {
    this.#say = say;
    this.#changed = changed;
    this.#notice = new SectionNotice(byId("improve-notice"));
    this.#rows = new KeyedList(
      byId("improve-deployments"),
      () => new DeploymentRow(),
      (row, deployment) => row.update(deployment),
    );
    this.#options = new KeyedList(
      modelSelect(),
      ({ id }) => ({ element: element("option", { attributes: { value: id } }) }),
      (option, { name }) => write(option.element, name),
    );
    this.#onClick("improve-start", () => this.#run(() => this.#start(false)));
    this.#onClick("improve-now", () => this.#run(() => this.#start(true)));
    this.#onClick("improve-cancel", () =>
      viewJob(this.#job).begun ? this.#ask(true) : this.#run(() => this.#cancel()),
    );
    this.#onClick("improve-cancel-yes", () => this.#run(() => this.#cancel()));
    this.#onClick("improve-cancel-no", () => this.#ask(false));
    this.#onClick("improve-roll-back", () => this.#run(() => this.#rollBack()));
    byId("improve-cancel-confirm").addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#ask(false);
    });
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#timer);
      if (document.visibilityState === "visible" && this.#ready) this.refresh();
    });
  }

  /** Asks how it stands when the host has come. @param {import("../shared/api.js").ExtensionState} state */
  onState({ host }) {
    const was = this.#ready;
    this.#ready = host.name === "ready";
    if (this.#ready && !was) this.refresh();
    if (this.#ready) return;
    clearTimeout(this.#timer);
    this.#draw();
    this.#unread = true;
    if (host.name === "down") this.#notice.tell("This can be done when AI History is back.");
  }

  /** Takes note of the models that there are. @param {Model[]} models */
  onModels(models) {
    this.#models = models;
    this.#draw();
  }

  /** Asks the host how it stands, and goes on asking while that changes and the page can be seen. */
  async refresh() {
    await this.#read(async () => {
      const [state, { deployments }] = await Promise.all([improvementState(), listDeployments()]);
      return { ...state, deployments };
    });
  }

  /** Asks how far it is; what was deployed changes only at its end. */
  async #follow() {
    await this.#read(improvementState);
    if (!viewJob(this.#job).active) await this.refresh();
  }

  /** @param {() => Promise<{job: Job, hindrance?: string | null, deployments?: Deployment[]}>} ask */
  async #read(ask) {
    clearTimeout(this.#timer);
    const ticket = ++this.#asked;
    try {
      const { job, hindrance, deployments } = await ask();
      if (ticket !== this.#asked) return;
      this.#hindrance = hindrance ?? "";
      this.#deployments = deployments ?? this.#deployments;
      this.#take(job);
      // What a click met stays to be read.
      if (this.#unread) this.#notice.clear();
      this.#unread = false;
      show(byId("improve-body"), true);
    } catch (error) {
      if (ticket !== this.#asked) return;
      this.#unread = true;
      this.#notice.fail(readingProblem(/** @type {any} */ (error)), () => this.refresh());
    }
    this.#askAgain();
  }

  #askAgain() {
    clearTimeout(this.#timer);
    const { active } = viewJob(this.#job);
    if (!this.#ready || !active || document.visibilityState !== "visible") return;
    this.#timer = setTimeout(() => this.#follow(), EVERY_MS);
  }

  /** @param {Job} job */
  #take(job) {
    const was = this.#job.state;
    this.#job = job;
    this.#draw();
    if (job.state === "deployed" && viewJob({ state: was }).active) this.#changed();
  }

  /** @param {string} id @param {() => void} act */
  #onClick(id, act) {
    byId(id).addEventListener("click", () => {
      if (!this.#pending && byId(id).getAttribute("aria-disabled") !== "true") act();
    });
  }

  /** @param {() => Promise<void>} act */
  async #run(act) {
    this.#pending = true;
    this.#draw();
    try {
      await act();
    } catch (error) {
      this.#notice.fail(error);
    } finally {
      this.#pending = false;
      this.#draw();
    }
  }

  /** @param {boolean} now */
  async #start(now) {
    const model = modelSelect().value;
    const { job } = await improve({ ...(model ? { model } : {}), now });
    this.#adopt(job);
  }

  async #cancel() {
    const { job } = await cancelImprovement();
    this.#adopt(job);
  }

  /** @param {boolean} open */
  #ask(open) {
    show(byId("improve-cancel-confirm"), open);
    byId(open ? "improve-cancel-no" : "improve-cancel").focus();
  }

  async #rollBack() {
    const { text } = await rollBack();
    await this.refresh();
    this.#say(text);
    this.#changed();
    byId("improve-title").focus();
  }

  /** @param {Job} job what came of a click */
  #adopt(job) {
    // An answer that was asked for before the click is about what was before it.
    this.#asked += 1;
    this.#notice.clear();
    this.#take(job);
    this.#askAgain();
  }

  #draw() {
    const focused = document.activeElement;
    const view = viewJob(this.#job);
    const models = this.#models && trainableModels(this.#models);
    const reason = hindranceText(models, this.#hindrance);
    const box = byId("improve-job");
    show(box, view.state !== "");
    box.dataset.tone = view.tone;
    write(part(box, "state"), view.state);
    write(part(box, "text"), view.text);
    write(part(box, "ended"), view.ended);
    show(part(box, "ended"), view.ended !== "");
    drawProgress(box, view.progress);

    this.#options.draw(models ?? [], ({ id }) => id);
    show(byId("improve-choice"), !view.active && (models ?? []).length > 1);
    // Where there never was a training its text says what there is to learn from.
    const before = this.#job.state === "none" ? `${this.#job.text ?? ""} ` : "";
    write(byId("improve-hint"), reason || `${before}${HINT}`.trim());
    show(byId("improve-hint"), !view.active);
    this.#offer("improve-start", !view.active, reason !== "");
    this.#offer("improve-now", !view.active || view.waits, !view.active && reason !== "");
    this.#offer("improve-cancel", view.active);
    if (!view.active) show(byId("improve-cancel-confirm"), false);

    this.#rows.draw(this.#deployments, ({ id }) => id);
    show(byId("improve-history"), this.#deployments.length > 0);
    show(
      byId("improve-back"),
      this.#deployments.some((deployment) => deployment.in_use),
    );
    this.#keepFocus(focused);
  }

  /** @param {string} id @param {boolean} shown @param {boolean} [hindered] */
  #offer(id, shown, hindered = false) {
    show(byId(id), shown);
    // Not `disabled`, which would throw the focus off the button.
    byId(id).setAttribute("aria-disabled", String(hindered || this.#pending || !this.#ready));
  }

  /** Who stood on a button that is gone goes on at what has taken its place. @param {Element | null} focused */
  #keepFocus(focused) {
    if (!byId("improve").contains(focused) || !focused?.closest("[hidden]")) return;
    const next = ["improve-cancel", "improve-start"].map((id) => byId(id)).find((found) => !found.hidden);
    next?.focus();
  }
}

/** @returns {HTMLSelectElement} */
function modelSelect() {
  return byId("improve-model");
}
