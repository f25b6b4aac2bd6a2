/** One group of the preview: its name, its colour, and the list that holds its tabs. */

import { cloneTemplate, element, part, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { COLOURS } from "./proposal.js";
import { count } from "./words.js";

/**
 * @typedef {import("../shared/tabs_api.js").Colour} Colour
 * @typedef {import("./proposal.js").ProposedGroup} ProposedGroup
 *
 * @typedef {Object} CardActions
 * @property {(key: string, name: string) => void} rename
 * @property {(key: string, color: Colour) => void} recolour
 * @property {(key: string) => void} drop
 */

export class GroupCard {
  /**
   * @param {ProposedGroup} group
   * @param {CardActions} actions
   */
  constructor({ key, existingId }, actions) {
    this.key = key;
    this.element = cloneTemplate("group-template");
    this.element.dataset.group = key;
    this.list = part(this.element, "tabs");
    this.input = /** @type {HTMLInputElement} */ (part(this.element, "name"));
    this.#colours = /** @type {HTMLSelectElement} */ (part(this.element, "color"));
    this.#colours.append(
      ...COLOURS.map((color) => element("option", { text: capitalize(color), attributes: { value: color } })),
    );
    this.#colours.addEventListener("change", () =>
      actions.recolour(key, /** @type {Colour} */ (this.#colours.value)),
    );
    this.input.title = "Change the name";
    this.input.addEventListener("change", () => actions.rename(key, this.input.value));
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.input.blur();
    });
    part(this.element, "drop").addEventListener("click", () => actions.drop(key));
    // A group that is open keeps the name and the colour that it has.
    const open = existingId !== null;
    show(this.input, !open);
    show(part(this.element, "title"), open);
    show(this.#colours, !open);
  }

  /** @type {HTMLSelectElement} */
  #colours;

  /** @param {ProposedGroup} group */
  update({ name, color, reason, open, existingId, tabIds }) {
    this.element.dataset.color = color;
    const shown = name || "Group without a name";
    this.element.setAttribute("aria-label", shown);
    this.list.setAttribute("aria-label", `Tabs of ${shown}`);
    if (this.input.value !== name && document.activeElement !== this.input) this.input.value = name;
    this.input.setAttribute("aria-label", `Name of the group ${shown}`);
    write(part(this.element, "title"), shown);
    this.#colours.value = color;
    this.#colours.setAttribute("aria-label", `Colour of ${shown}`);
    write(
      part(this.element, "count"),
      existingId === null ? count(tabIds.length, "tab") : `${open} + ${tabIds.length}`,
    );
    const taking = existingId === null ? "" : `This group is open with ${count(open, "tab")}. `;
    write(part(this.element, "reason"), `${taking}${reason}`.trim());
    show(part(this.element, "reason"), Boolean(taking || reason));
    const drop = part(this.element, "drop");
    const label = `Leave out the group ${shown}`;
    drop.setAttribute("aria-label", label);
    drop.title = "Leave this group out";
    write(
      part(this.element, "empty"),
      existingId === null ? "Empty: it will not be made." : "No tab is added.",
    );
    show(part(this.element, "empty"), tabIds.length === 0);
  }
}

/** @param {string} word */
function capitalize(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
