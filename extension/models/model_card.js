/** One model in the list: its card, brought up to date in place. */

import { commandLine } from "../shared/banners.js";
import { cloneTemplate, element, part, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { byteText } from "../shared/sizes.js";
import { ModelDetails } from "./model_details.js";
import { isInUse, removalQuestion, viewModel } from "./model_view.js";
import { modelFacts, roleList } from "./model_words.js";
import { drawProgress } from "./progress.js";

/**
 * @typedef {import("./model_view.js").ActionName} ActionName
 * @typedef {import("./model_view.js").ModelSituation} ModelSituation
 * @typedef {import("./model_view.js").Problem} Problem
 * @typedef {(name: ActionName | "force-remove", model: import("../shared/models_api.js").Model) => void} OnAction
 */

/** @type {ActionName[]} */
const ORDER = [
  "download",
  "repair",
  "use-search",
  "use-rerank",
  "use-chat",
  "use-categories",
  "load",
  "unload",
  "verify",
  "remove",
  "cancel",
  "stop",
];
/** What ends something that is under way; it stands beside its progress. */
const ENDING = new Set(["cancel", "stop"]);

export class ModelCard {
  element = cloneTemplate("model-template");
  /** @type {Map<ActionName, HTMLButtonElement>} */
  #buttons = new Map();
  /** @type {import("../shared/models_api.js").Model | undefined} */
  #model;
  #details = new ModelDetails(part(this.element, "details"));
  #noticeShown = "";
  #onAction;

  /** @param {OnAction} onAction */
  constructor(onAction) {
    this.#onAction = onAction;
    for (const name of ORDER) this.#makeButton(name);
    part(this.element, "confirm-yes").addEventListener("click", () => this.#remove());
    part(this.element, "confirm-no").addEventListener("click", () => this.#closeQuestion());
    part(this.element, "confirm").addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#closeQuestion();
    });
  }

  /** @param {ModelSituation} situation */
  update(situation) {
    const { model } = situation;
    const view = viewModel(situation);
    this.#model = model;
    const root = this.element;
    root.dataset.model = model.id;
    write(part(root, "name"), model.name);
    write(part(root, "state"), view.state);
    part(root, "state").dataset.tone = view.tone;
    write(part(root, "facts"), modelFacts(model).join(" · "));
    write(part(root, "note"), model.note);
    write(part(root, "uses"), model.roles.length > 0 ? `Used for ${roleList(model.roles)}.` : "");
    show(part(root, "uses"), model.roles.length > 0);
    drawProgress(root, view.progress);
    this.#drawNotice(view.notice, view.alert, view.alert || view.tone === "bad");
    this.#drawActions(view.actions, Boolean(situation.pending));
    if (!model.installed) this.#closeQuestion();
    this.#details.update(model);
  }

  /**
   * @param {Problem | null} problem
   * @param {boolean} alert
   * @param {boolean} bad
   */
  #drawNotice(problem, alert, bad) {
    const box = part(this.element, "notice");
    const key = JSON.stringify([problem, alert, bad]);
    if (key === this.#noticeShown) return;
    this.#noticeShown = key;
    if (alert) box.setAttribute("role", "alert");
    else box.removeAttribute("role");
    box.classList.toggle("trouble", bad);
    box.replaceChildren(...(problem ? noticeLines(problem) : []));
    if (problem?.inUse) box.append(this.#removeAnyway());
    show(box, problem !== null);
  }

  #removeAnyway() {
    const name = this.#model?.name ?? "";
    return element("button", {
      class: "button danger",
      text: "Remove anyway",
      attributes: { type: "button", "aria-label": `Remove anyway: ${name}` },
      onClick: () => this.#act("force-remove"),
    });
  }

  /**
   * @param {import("./model_view.js").ModelView["actions"]} actions
   * @param {boolean} waiting
   */
  #drawActions(actions, waiting) {
    const focused = document.activeElement;
    const wanted = new Map(actions.map((action) => [action.name, action]));
    for (const [name, found] of this.#buttons) {
      const action = wanted.get(name);
      if (action) {
        write(found, action.label);
        found.setAttribute("aria-label", action.spoken);
        // Not `disabled`, which would throw the focus off the button.
        found.setAttribute("aria-disabled", String(waiting));
      }
      show(found, action !== undefined);
    }
    show(
      part(this.element, "actions"),
      actions.some(({ name }) => !ENDING.has(name)),
    );
    this.#keepFocus(focused);
  }

  /** Who stood on a button that is gone goes on at what has taken its place. @param {Element | null} focused */
  #keepFocus(focused) {
    const lost = [...this.#buttons.values()].some((found) => found === focused && found.hidden);
    if (!lost) return;
    const next = [...this.#buttons.values()].find((found) => !found.hidden);
    (next ?? part(this.element, "name")).focus();
  }

  /** @param {ActionName} name */
  #makeButton(name) {
    const found = element("button", {
      class: `button ${name === "download" || name === "repair" ? "primary" : ""} ${name}`.trim(),
      attributes: { type: "button" },
      onClick: () => {
        if (found.getAttribute("aria-disabled") === "true") return;
        if (name === "remove") this.#ask();
        else this.#act(name);
      },
    });
    this.#buttons.set(name, found);
    // Where the button was that began it, a second click must not end it.
    part(this.element, ENDING.has(name) ? "endings" : "actions").append(found);
  }

  #ask() {
    if (!this.#model) return;
    const { name, size } = this.#model;
    write(part(this.element, "question"), removalQuestion(this.#model, byteText(size)));
    const label = isInUse(this.#model) ? "Remove anyway" : "Remove";
    write(part(this.element, "confirm-yes"), label);
    part(this.element, "confirm-yes").setAttribute("aria-label", `${label}: ${name}`);
    part(this.element, "confirm-no").setAttribute("aria-label", `Keep ${name}`);
    show(part(this.element, "confirm"), true);
    part(this.element, "confirm-no").focus();
  }

  #remove() {
    if (!this.#model) return;
    const inUse = isInUse(this.#model);
    this.#closeQuestion();
    this.#act(inUse ? "force-remove" : "remove");
  }

  #closeQuestion() {
    const box = part(this.element, "confirm");
    if (box.hidden) return;
    const inside = box.contains(document.activeElement);
    show(box, false);
    const back = this.#buttons.get("remove");
    if (inside) (back && !back.hidden ? back : part(this.element, "name")).focus();
  }

  /** @param {ActionName | "force-remove"} name */
  #act(name) {
    if (this.#model) this.#onAction(name, this.#model);
  }
}

/** @param {Problem} problem @returns {HTMLElement[]} */
export function noticeLines({ message, fix, command }) {
  const lines = [element("p", { text: message })];
  const typed = command ? [fix ?? "", command] : splitCommand(fix ?? "");
  if (typed[0]) lines.push(element("p", { text: typed[0] }));
  if (typed[1]) lines.push(commandLine(typed[1]));
  return lines;
}

/**
 * A remedy in words, and the command in it if it ends with one.
 *
 * @param {string} fix
 * @returns {[string, string]}
 */
function splitCommand(fix) {
  const [, words, command] = /^(?:(.*:)\s+)?((?:classify|ai-history|python3?|hf) [\w-].*)$/s.exec(fix) ?? [];
  if (!command) return [fix, ""];
  return [words ?? "In a terminal:", command];
}
