/** Settings by their names for a person, and what a value means where a number alone does not say it. Pure. */

import { countText } from "../shared/dates.js";
import { byteText } from "../shared/sizes.js";

/** Settings that stand among those of another group. @type {Record<string, string>} */
const NEIGHBOURS = { pages: "tabs" };
/** @type {Record<string, string>} */
const GROUP_NAMES = {
  capture: "What is captured",
  retention: "How long it is kept",
  backup: "Backups",
  search: "Search",
  chat: "Chat",
  summaries: "Summaries",
  tabs: "Tabs",
  indexing: "Indexing",
  appearance: "Appearance",
  daemon: "Background program",
  mcp: "Assistants of your own",
};
/** @type {Record<string, string>} */
const SETTING_NAMES = {
  "capture.enabled": "Capture the pages I read",
  "capture.excluded_sites": "Excluded sites",
  "capture.local_addresses": "Capture addresses of my own network",
  "capture.password_pages": "Capture pages that ask for a password",
  "retention.max_age_days": "Forget pages after (days)",
  "retention.max_size_mb": "Most room it may take (MB)",
  "backup.every_days": "Back up every (days)",
  "backup.keep": "How many are kept",
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
  "mcp.enabled": "Let assistants read the history",
};
const MEGABYTE = 1024 ** 2;
const DAYS_A_WEEK = 7;
const DAYS_A_MONTH = 30.4;
const DAYS_A_YEAR = 365.25;

/** @type {Record<string, (value: any) => string>} */
const VALUES = {
  "capture.enabled": (on) =>
    on
      ? ""
      : "Off: nothing is captured, background work stops and models leave the memory. Searching and asking still work.",
  "retention.max_age_days": (days) =>
    days > 0 ? `A page that you did not visit for ${daysText(days)} is forgotten.` : "Kept for ever.",
  "retention.max_size_mb": (size) =>
    size > 0
      ? `Above ${byteText(size * MEGABYTE)} the pages visited longest ago are forgotten.`
      : "As much as it needs.",
  "backup.every_days": (days) =>
    days > 0 ? `A backup is made every ${everyText(days)}.` : "None is made by itself.",
  "backup.keep": (count) =>
    count === 1 ? "Only the latest is kept." : `The latest ${countText(count)} are kept.`,
};

/** The group that a setting stands in. @param {string} key */
export function groupOf(key) {
  const family = key.split(".")[0];
  return NEIGHBOURS[family] ?? family;
}

/** @param {string} group */
export function groupName(group) {
  return GROUP_NAMES[group] ?? inWords(group);
}

/** @param {string} key */
export function settingName(key) {
  return SETTING_NAMES[key] ?? inWords(key.split(".").slice(1).join(" "));
}

/** What a value means; "" where it speaks for itself. @param {string} key @param {any} value */
export function valueText(key, value) {
  return VALUES[key]?.(value) ?? "";
}

/** @param {number} days */
function daysText(days) {
  const exact = days === 1 ? "1 day" : `${countText(days)} days`;
  if (days >= DAYS_A_YEAR - 1) return `${exact} (about ${rounded(days / DAYS_A_YEAR, "year")})`;
  if (days >= 2 * DAYS_A_MONTH - 1) return `${exact} (about ${rounded(days / DAYS_A_MONTH, "month")})`;
  return exact;
}

/** @param {number} days */
function everyText(days) {
  if (days === 1) return "day";
  return days === DAYS_A_WEEK ? "week" : `${countText(days)} days`;
}

/** @param {number} count @param {string} unit */
function rounded(count, unit) {
  const whole = Math.round(count * 2) / 2;
  return `${countText(whole)} ${unit}${whole === 1 ? "" : "s"}`;
}

/** @param {string} name */
function inWords(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
