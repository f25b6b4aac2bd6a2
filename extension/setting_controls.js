/** A control for each type of setting, and its value back out of it. */

import { button, cloneTemplate, element, part, show } from "./shared/dom.js";
import { isPattern } from "./shared/exclusions.js";
import { SYSTEM_PROMPT } from "./shared/setting_names.js";

/** @type {Record<string, string>} */
const CHOICE_NAMES = {
  system: "As the system",
  light: "Light",
  dark: "Dark",
  "hybrid-rerank": "Hybrid + rerank",
  "hybrid-rrf": "Hybrid (RRF)",
  text: "Text only",
  vector: "Vector only",
  auto: "Automatic",
  written: "Written",
  extractive: "Quoted",
  mark: "Marked",
  omit: "Left out",
  idle: "When idle",
  asked: "On demand",
  category: "Category",
  topic: "Topic",
};

/** Texts that need more than a line, with what their button says that puts the default back. */
const LONG_TEXTS = new Map([[SYSTEM_PROMPT, "Reset to the built-in prompt"]]);

/**
 * @typedef {import("./shared/api.js").Setting} Setting
 * @typedef {(value: any) => void} OnValue
 */

/**
 * Whether a setting's control takes the whole width.
 *
 * @param {Setting} setting
 */
export function isWide({ key, type }) {
  return type === "string_list" || LONG_TEXTS.has(key);
}

/**
 * The control for a setting; it calls `onValue` with a new value that is valid for its type.
 *
 * @param {Setting} setting
 * @param {string} id for the label
 * @param {OnValue} onValue
 * @param {(problem: string) => void} onProblem what is wrong with what was entered, or ""
 * @returns {HTMLElement}
 */
export function settingControl(setting, id, onValue, onProblem) {
  switch (setting.type) {
    case "boolean":
      return checkbox(setting, id, onValue);
    case "choice":
      return choice(setting, id, onValue);
    case "integer":
    case "number":
      return number(setting, id, onValue, onProblem);
    case "string_list":
      return siteList(setting, id, onValue, onProblem);
    default:
      return LONG_TEXTS.has(setting.key) ? longText(setting, id, onValue) : text(setting, id, onValue);
  }
}

/** @param {Setting} setting @param {string} id @param {OnValue} onValue */
function checkbox(setting, id, onValue) {
  const box = element("input", { attributes: { type: "checkbox", id } });
  box.checked = setting.value;
  box.addEventListener("change", () => onValue(box.checked));
  return box;
}

/** @param {Setting} setting @param {string} id @param {OnValue} onValue */
function choice(setting, id, onValue) {
  const select = element("select", { class: "field", attributes: { id } });
  for (const name of setting.choices ?? []) {
    select.append(element("option", { text: CHOICE_NAMES[name] ?? name, attributes: { value: name } }));
  }
  select.value = setting.value;
  select.addEventListener("change", () => onValue(select.value));
  return select;
}

/** @param {Setting} setting @param {string} id @param {OnValue} onValue */
function text(setting, id, onValue) {
  const field = element("input", { class: "field", attributes: { type: "text", id } });
  field.value = setting.value ?? "";
  field.addEventListener("change", () => onValue(field.value));
  return field;
}

/** @param {Setting} setting @param {string} id @param {OnValue} onValue */
function longText(setting, id, onValue) {
  const field = element("textarea", { class: "field", attributes: { id, rows: "5", spellcheck: "true" } });
  field.value = setting.value ?? "";
  field.placeholder = "The built-in prompt";
  const reset = button(LONG_TEXTS.get(setting.key) ?? "", () => {
    field.value = setting.default ?? "";
    field.focus();
    draw();
    onValue(field.value);
  });
  const draw = () => {
    reset.disabled = field.value === (setting.default ?? "");
  };
  field.addEventListener("input", draw);
  field.addEventListener("change", () => onValue(field.value));
  draw();
  return element("div", { class: "long-text" }, [field, reset]);
}

/**
 * @param {Setting} setting
 * @param {string} id
 * @param {OnValue} onValue
 * @param {(problem: string) => void} onProblem
 */
function number(setting, id, onValue, onProblem) {
  const whole = setting.type === "integer";
  const field = element("input", {
    class: "field",
    attributes: { type: "number", id, step: whole ? "1" : "any" },
  });
  if (setting.minimum !== undefined && setting.minimum !== null) field.min = String(setting.minimum);
  if (setting.maximum !== undefined && setting.maximum !== null) field.max = String(setting.maximum);
  field.value = String(setting.value);
  field.addEventListener("change", () => {
    const valid = field.value !== "" && field.checkValidity();
    onProblem(valid ? "" : field.validationMessage || "A number is needed here.");
    if (valid) onValue(Number(field.value));
  });
  return field;
}

/**
 * @param {Setting} setting
 * @param {string} id
 * @param {OnValue} onValue
 * @param {(problem: string) => void} onProblem
 */
function siteList(setting, id, onValue, onProblem) {
  /** @type {string[]} */
  let sites = [...setting.value];
  const box = cloneTemplate("sites-template");
  const input = /** @type {HTMLInputElement} */ (part(box, "input"));
  const list = part(box, "list");
  input.id = id;

  const draw = () => {
    list.replaceChildren(
      ...sites.map((site) => {
        const row = cloneTemplate("site-template");
        part(row, "name").textContent = site;
        part(row, "remove").setAttribute("aria-label", `Remove ${site}`);
        part(row, "remove").addEventListener("click", () => change(sites.filter((other) => other !== site)));
        return row;
      }),
    );
    show(list, sites.length > 0);
  };
  const change = (/** @type {string[]} */ next) => {
    sites = next;
    draw();
    onValue(sites);
  };
  part(box, "form").addEventListener("submit", (event) => {
    event.preventDefault();
    const site = input.value.trim();
    if (!isPattern(site)) {
      onProblem("Write a site such as example.com, example.com/private or *bank*.");
      return;
    }
    onProblem("");
    input.value = "";
    if (!sites.includes(site)) change([site, ...sites]);
  });
  draw();
  return box;
}
