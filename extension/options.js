/** The settings page: every setting that the host knows, with a control that fits its type. */

import { CategoriesSection } from "./categories/categories_section.js";
import { ImproveSection } from "./categories/improve_section.js";
import { LearnedSection } from "./categories/learned_section.js";
import { EncryptionSection } from "./encryption/encryption_section.js";
import { ModelsSection } from "./models/models_section.js";
import { isWide, settingControl } from "./setting_controls.js";
import { ForgetSection } from "./settings/forget_section.js";
import { groupName, groupOf, settingName, valueText } from "./settings/setting_words.js";
import { getSettings, updateSettings } from "./shared/api.js";
import { bannersIn } from "./shared/banners.js";
import { onEvent } from "./shared/channel.js";
import { byId, cloneTemplate, part, show } from "./shared/dom.js";
import { followState, followTheme } from "./shared/page.js";
import { registerPauseButtons } from "./shared/pause_buttons.js";
import { PAUSED_UNTIL } from "./shared/setting_names.js";

/**
 * @typedef {import("./shared/api.js").Setting} Setting
 */

/** The buttons above do this one better than a number would. */
const SHOWN_ELSEWHERE = new Set([PAUSED_UNTIL]);
const drawBanners = bannersIn(byId("banners"));
const improvement = new ImproveSection(say, () => models.refresh());
const models = new ModelsSection(say, (list) => improvement.onModels(list));
const categories = new CategoriesSection(say);
// How many corrections a category has stands on its card, and how many there are decides about a training.
const learned = new LearnedSection(say, () => {
  categories.refresh();
  improvement.refresh();
});
const encryption = new EncryptionSection(say);
let loaded = false;

async function load() {
  try {
    const { settings } = await getSettings();
    loaded = true;
    draw(settings);
    say("");
  } catch (error) {
    if (!loaded) say(`The settings could not be read. ${messageOf(error)}`);
  }
}

/** @param {Setting[]} settings */
function draw(settings) {
  /** @type {Map<string, HTMLElement>} */
  const groups = new Map();
  for (const setting of settings) {
    if (SHOWN_ELSEWHERE.has(setting.key)) continue;
    const group = groupOf(setting.key);
    const box = groups.get(group) ?? groupBox(group);
    groups.set(group, box);
    box.append(settingRow(setting));
  }
  byId("groups").replaceChildren(...groups.values());
}

/** @param {string} group */
function groupBox(group) {
  const box = cloneTemplate("group-template");
  part(box, "title").textContent = groupName(group);
  return box;
}

/** @param {Setting} setting */
function settingRow(setting) {
  const row = cloneTemplate("setting-template");
  const id = `setting-${setting.key.replaceAll(".", "-")}`;
  const name = /** @type {HTMLLabelElement} */ (part(row, "name"));
  name.textContent = settingName(setting.key);
  name.htmlFor = id;
  part(row, "about").textContent = setting.description;
  part(row, "about").id = `${id}-about`;
  row.classList.toggle("wide", isWide(setting));
  const problem = (/** @type {string} */ text) => {
    part(row, "error").textContent = text;
    show(part(row, "error"), text !== "");
  };
  const explain = (/** @type {any} */ value) => {
    const words = valueText(setting.key, value);
    part(row, "words").textContent = words;
    show(part(row, "words"), words !== "");
  };
  explain(setting.value);
  const onValue = (/** @type {any} */ value) => {
    explain(value);
    save(setting.key, value, problem);
  };
  const control = settingControl(setting, id, onValue, problem);
  part(row, "control").append(control);
  part(row, "control").querySelector(`#${id}`)?.setAttribute("aria-describedby", `${id}-about`);
  return row;
}

/**
 * @param {string} key
 * @param {any} value
 * @param {(problem: string) => void} problem
 */
async function save(key, value, problem) {
  say("Saving…");
  try {
    await updateSettings({ [key]: value });
    problem("");
    say("Saved.");
  } catch (error) {
    problem(messageOf(error));
    say("Not saved.");
  }
}

/** @param {string} text */
function say(text) {
  byId("saved").textContent = text;
}

/** @param {unknown} error */
function messageOf(error) {
  const { message = "Something went wrong.", fix } = /** @type {{message?: string, fix?: string}} */ (error);
  return fix ? `${message} ${fix}` : message;
}

new ForgetSection();
registerPauseButtons();
await followTheme();
await load();
onEvent("settings.changed", () => {
  // Another page changed them; a control in use here is left alone.
  if (!byId("groups").contains(document.activeElement)) load();
});
await followState((state) => {
  drawBanners(state);
  models.onState(state);
  categories.onState(state);
  learned.onState(state);
  improvement.onState(state);
  encryption.onState(state);
  if (!loaded && state.host.name === "ready" && !state.locked) load();
});
