/** What happens to the tabs, step by step: asked, shown, applied, undone. Knows nothing of the page's looks. */

import { applyPlan, tabsState, undoPlan } from "../shared/tabs_api.js";
import { askForGroups } from "./asking.js";

/**
 * @typedef {import("../shared/tabs_api.js").ApplyOutcome} ApplyOutcome
 * @typedef {import("../shared/tabs_api.js").TabsState} TabsState
 * @typedef {import("../shared/tabs_api.js").UndoOutcome} UndoOutcome
 * @typedef {import("./asking.js").Asked} Asked
 * @typedef {import("./asking.js").Choice} Choice
 * @typedef {import("./asking.js").Stage} Stage
 * @typedef {import("./proposal.js").Proposal} Proposal
 *
 * @typedef {"idle" | "asking" | "applying" | "undoing"} Busy
 *
 * @typedef {Object} FlowEvents
 * @property {() => void} changed something that is drawn
 * @property {(stage: Stage) => void} stage
 * @property {(asked: Asked) => void} asked
 * @property {(outcome: ApplyOutcome) => void} applied
 * @property {(outcome: UndoOutcome) => void} undone
 * @property {(error: unknown) => void} failed
 * @property {() => void} cancelled
 */

export class Flow {
  /** @type {Busy} */
  busy = "idle";
  /** @type {Proposal | null} */
  proposal = null;
  /** @type {TabsState} */
  state = { undo: null };
  /** @type {AbortController | null} */
  #controller = null;
  #events;

  /** @param {FlowEvents} events */
  constructor(events) {
    this.#events = events;
  }

  /** Finds out what can be undone. */
  async load() {
    this.setState(await tabsState());
  }

  /** @param {TabsState} state */
  setState(state) {
    this.state = state;
    this.#events.changed();
  }

  get canApply() {
    const groups = this.proposal?.groups ?? [];
    return this.busy === "idle" && groups.some((group) => group.tabIds.length > 0);
  }

  get canUndo() {
    return this.busy === "idle" && this.state.undo !== null;
  }

  /**
   * Asks for groups; a question that is still open gives way.
   *
   * @param {Choice} choice
   * @param {number} windowId
   */
  async organize(choice, windowId) {
    if (this.busy === "applying" || this.busy === "undoing") return;
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.proposal = null;
    this.#setBusy("asking");
    const current = () => this.#controller === controller;
    try {
      const { signal } = controller;
      const onStage = (/** @type {Stage} */ stage) => current() && this.#events.stage(stage);
      const asked = await askForGroups(choice, { windowId, signal, onStage });
      if (!current()) return;
      this.proposal = asked.proposal;
      this.#end();
      this.#events.asked(asked);
    } catch (error) {
      if (!current()) return;
      this.#end();
      if (controller.signal.aborted) this.#events.cancelled();
      else this.#events.failed(error);
    }
  }

  /** Takes the open question back. */
  cancel() {
    this.#controller?.abort();
  }

  /** Lets the proposal go. */
  discard() {
    this.proposal = null;
    this.#events.changed();
  }

  async apply() {
    const { proposal } = this;
    if (!proposal || !this.canApply) return;
    this.#setBusy("applying");
    try {
      const outcome = await applyPlan(proposal.plan());
      this.proposal = null;
      await this.#refresh();
      this.#events.applied(outcome);
    } catch (error) {
      await this.#refresh();
      this.#events.failed(error);
    }
  }

  async undo() {
    if (!this.canUndo) return;
    this.#setBusy("undoing");
    try {
      const outcome = await undoPlan();
      // What was proposed from the groups that are gone now no longer holds.
      this.proposal = null;
      await this.#refresh();
      this.#events.undone(outcome);
    } catch (error) {
      await this.#refresh();
      this.#events.failed(error);
    }
  }

  async #refresh() {
    this.busy = "idle";
    await this.load().catch(() => this.#events.changed());
  }

  #end() {
    this.#controller = null;
    this.#setBusy("idle");
  }

  /** @param {Busy} busy */
  #setBusy(busy) {
    this.busy = busy;
    this.#events.changed();
  }
}
