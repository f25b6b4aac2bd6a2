/** How tabs are to be organized: what the settings say, and what a person chooses on the page. */

import { updateSettings } from "../shared/api.js";
import { browser } from "../shared/browser.js";
import { TABS_GROUP_BY, TABS_INCLUDE_GROUPED, TABS_MAX_GROUPS } from "../shared/setting_names.js";
import { SETTINGS, TAB_CHOICES } from "../shared/storage_names.js";

const MOST_GROUPS = 100;

/**
 * @typedef {import("./asking.js").Choice} Choice
 */

export class Choices {
  #form;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    form.addEventListener("change", (event) => this.#keep(/** @type {HTMLInputElement} */ (event.target)));
    browser.storage.onChanged.addListener((changes, area) => {
      if (area === "local" && changes[SETTINGS]) this.#takeSettings(changes[SETTINGS].newValue);
    });
  }

  /** Takes up what was chosen last. */
  async load() {
    const kept = await browser.storage.local.get([SETTINGS, TAB_CHOICES]);
    this.#takeSettings(kept[SETTINGS]);
    const { scope, joinYours } = /** @type {any} */ (kept[TAB_CHOICES] ?? {});
    // Which tabs are selected is a matter of the moment.
    if (scope === "all") this.#check("scope", scope);
    this.#input("join").checked = joinYours === true;
  }

  /** @returns {Choice} */
  get value() {
    return {
      by: /** @type {Choice["by"]} */ (this.#chosen("by")),
      scope: /** @type {Choice["scope"]} */ (this.#chosen("scope")),
      maxGroups: this.#maxGroups(),
      joinYours: this.#input("join").checked,
      regroup: this.#input("regroup").checked,
    };
  }

  /** @param {boolean} enabled */
  enable(enabled) {
    for (const field of this.#form.querySelectorAll("fieldset")) field.disabled = !enabled;
  }

  #maxGroups() {
    const wanted = Math.round(Number(this.#input("max").value)) || 0;
    return Math.min(MOST_GROUPS, Math.max(0, wanted));
  }

  /** @param {any} settings */
  #takeSettings(settings) {
    if (settings?.[TABS_GROUP_BY]) this.#check("by", settings[TABS_GROUP_BY]);
    const most = settings?.[TABS_MAX_GROUPS];
    if (typeof most === "number") this.#input("max").value = String(most);
    this.#input("regroup").checked = settings?.[TABS_INCLUDE_GROUPED] === true;
  }

  /** @param {HTMLInputElement} changed */
  async #keep({ name }) {
    const { by, scope, maxGroups, joinYours, regroup } = this.value;
    if (name === "scope" || name === "join") {
      await browser.storage.local.set({ [TAB_CHOICES]: { scope, joinYours } });
      return;
    }
    this.#input("max").value = String(maxGroups);
    const values = { by: { [TABS_GROUP_BY]: by }, max: { [TABS_MAX_GROUPS]: maxGroups } };
    const setting = { ...values, regroup: { [TABS_INCLUDE_GROUPED]: regroup } }[name];
    // What the host cannot be told now still counts for this page.
    if (setting) await updateSettings(setting).catch(() => {});
  }

  /** @param {string} name @param {string} value */
  #check(name, value) {
    for (const input of this.#form.querySelectorAll("input")) {
      if (input.name === name && input.value === value) input.checked = true;
    }
  }

  /** @param {string} name of radio buttons */
  #chosen(name) {
    const inputs = [...this.#form.querySelectorAll("input")];
    return inputs.find((input) => input.name === name && input.checked)?.value ?? "";
  }

  /** @param {string} name */
  #input(name) {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name));
  }
}
