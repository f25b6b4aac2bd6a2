/** The settings page: every setting that the host knows, with a control that fits its type. */

import { CategoriesSection } from "./categories/categories_section.js";
import { ImproveSection } from "./categories/improve_section.js";
import { LearnedSection } from "./categories/learned_section.js";
import { ModelsSection } from "./models/models_section.js";
import { isWide, settingControl } from "./setting_controls.js";
import { deletePages, getSettings, updateSettings } from "./shared/api.js";
import { bannersIn } from "./shared/banners.js";
import { onEvent } from "./shared/channel.js";
import { countText } from "./shared/dates.js";
import { byId, cloneTemplate, part, show } from "./shared/dom.js";
import { followState, followTheme } from "./shared/page.js";
import { registerPauseButtons } from "./shared/pause_buttons.js";
import { PAUSED_UNTIL } from "./shared/setting_names.js";

/**
 * @typedef {import("./shared/api.js").Setting} Setting
 */

const HOUR_MS = 3_600_000;
/** The buttons above do this one better than a number would. */
const SHOWN_ELSEWHERE = new Set([PAUSED_UNTIL]);
/** Settings that stand among those of another group. @type {Record<string, string>} */
const NEIGHBOURS = { pages: "tabs" };
/** @type {Record<string, string>} */
const GROUP_NAMES = {
  capture: "What is captured",
  retention: "How long it is kept",
  search: "Search",
  chat: "Chat",
  summaries: "Summaries",
  tabs: "Tabs",
  indexing: "Indexing",
  appearance: "Appearance",
  daemon: "Background program",
};
/** @type {Record<string, string>} */
const SETTING_NAMES = {
  "capture.enabled": "Capture the pages I read",
  "capture.excluded_sites": "Excluded sites",
  "capture.local_addresses": "Capture addresses of my own network",
  "capture.password_pages": "Capture pages that ask for a password",
  "retention.max_age_days": "Forget pages after (days)",
  "search.cross_encoder": "Rerank with a cross-encoder",
  "search.mode": "Mode where none is chosen",
  "chat.engine": "Who answers",
  "chat.unsupported": "Sentences that no page supports",
  "chat.system_prompt": "Instructions for the model",
  "summaries.when": "When pages are summarised",
  "tabs.group_by": "Group by",
  "tabs.threshold": "How sure it must be",
  "tabs.max_groups": "Most groups",
  "tabs.include_grouped": "Sort its own groups again",
  "tabs.collapse": "Fold new groups",
  "tabs.auto_group": "Group new tabs by themselves",
  "tabs.improve": "Improve from my corrections by itself",
  "pages.categorize": "Give remembered pages a category",
  "indexing.on_battery": "Full speed on battery",
  "appearance.theme": "Theme",
  "daemon.idle_exit_minutes": "Stop when idle (minutes)",
};

const drawBanners = bannersIn(byId("banners"));
const improvement = new ImproveSection(say, () => models.refresh());
const models = new ModelsSection(say, (list) => improvement.onModels(list));
const categories = new CategoriesSection(say);
// How many corrections a category has stands on its card, and how many there are decides about a training.
const learned = new LearnedSection(say, () => {
  categories.refresh();
  improvement.refresh();
});
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
    const family = setting.key.split(".")[0];
    const group = NEIGHBOURS[family] ?? family;
    const box = groups.get(group) ?? groupBox(group);
    groups.set(group, box);
    box.append(settingRow(setting));
  }
  byId("groups").replaceChildren(...groups.values());
}

/** @param {string} group */
function groupBox(group) {
  const box = cloneTemplate("group-template");
  part(box, "title").textContent = GROUP_NAMES[group] ?? inWords(group);
  return box;
}

/** @param {Setting} setting */
function settingRow(setting) {
  const row = cloneTemplate("setting-template");
  const id = `setting-${setting.key.replaceAll(".", "-")}`;
  const name = /** @type {HTMLLabelElement} */ (part(row, "name"));
  name.textContent = SETTING_NAMES[setting.key] ?? inWords(setting.key.split(".").slice(1).join(" "));
  name.htmlFor = id;
  part(row, "about").textContent = setting.description;
  part(row, "about").id = `${id}-about`;
  row.classList.toggle("wide", isWide(setting));
  const problem = (/** @type {string} */ text) => {
    part(row, "error").textContent = text;
    show(part(row, "error"), text !== "");
  };
  const control = settingControl(setting, id, (value) => save(setting.key, value, problem), problem);
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

async function forgetLastHour() {
  show(byId("forget-confirm"), false);
  byId("forget-hour").focus();
  try {
    const { deleted } = await deletePages({ from: Date.now() - HOUR_MS, to: Date.now() });
    say(`Erased ${countText(deleted)} ${deleted === 1 ? "page" : "pages"}.`);
  } catch (error) {
    say(`Nothing was erased. ${messageOf(error)}`);
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

/** @param {string} name */
function inWords(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

byId("forget-hour").addEventListener("click", () => {
  show(byId("forget-confirm"), true);
  byId("forget-yes").focus();
});
byId("forget-no").addEventListener("click", () => {
  show(byId("forget-confirm"), false);
  byId("forget-hour").focus();
});
byId("forget-yes").addEventListener("click", forgetLastHour);
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
  if (!loaded && state.host.name === "ready") load();
});
