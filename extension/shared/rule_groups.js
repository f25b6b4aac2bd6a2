/**
 * Groups of tabs without the host: by what the rules say of each, or by site.
 *
 * @typedef {import("./tabs_api.js").CategorizedTab} CategorizedTab
 * @typedef {import("./tabs_api.js").Colour} Colour
 * @typedef {import("./tabs_api.js").GroupItem} GroupItem
 * @typedef {import("./tabs_api.js").GroupParams} GroupParams
 * @typedef {import("./kept_categories.js").KeptCategory} KeptCategory
 *
 * @typedef {Omit<GroupItem, "color"> & {color?: Colour}} Proposed
 */

import { siteOf } from "./url.js";

/** A group of one is none. */
const FEWEST = 2;
/** @type {Colour[]} */
const COLOURS = ["blue", "red", "green", "purple", "orange", "cyan", "pink", "yellow", "grey"];

/**
 * @param {GroupParams} params
 * @param {CategorizedTab[]} rated what is known of each tab
 * @param {KeptCategory[]} categories
 * @returns {{groups: GroupItem[], ungrouped: number[]}}
 */
export function groupByRules({ tabs, by, max_groups = 0, existing = [] }, rated, categories) {
  const inside = new Set(existing.flatMap((group) => group.tabs.map(({ id }) => id)));
  // What is in an open group already stays there.
  const free = tabs.filter(({ id }) => !inside.has(id));
  const known = rated.filter(({ id }) => !inside.has(id));
  const proposed = by === "topic" ? bySite(free) : byCategory(known, categories);
  const groups = proposed
    .map((group) => ({ ...group, existing_id: openGroup(group.name, existing)?.id ?? null }))
    .filter((group) => group.tab_ids.length >= (group.existing_id === null ? FEWEST : 1))
    .map((group, index) => ({
      ...group,
      color: openGroup(group.name, existing)?.color ?? group.color ?? COLOURS[index % COLOURS.length],
    }));
  const most = max_groups > 0 ? max_groups : groups.length;
  const largest = new Set([...groups].sort((a, b) => b.tab_ids.length - a.tab_ids.length).slice(0, most));
  const kept = groups.filter((group) => largest.has(group));
  const placed = new Set(kept.flatMap((group) => group.tab_ids));
  return { groups: kept, ungrouped: free.map(({ id }) => id).filter((id) => !placed.has(id)) };
}

/** @param {CategorizedTab[]} rated @param {KeptCategory[]} categories @returns {Proposed[]} */
function byCategory(rated, categories) {
  return categories.map(({ name, colour }) => ({
    name,
    color: colour,
    tab_ids: rated.filter(({ category }) => category === name).map(({ id }) => id),
    reason: `By rules: known sites and words of ${name}.`,
    category: name,
  }));
}

/** @param {GroupParams["tabs"]} tabs @returns {Proposed[]} */
function bySite(tabs) {
  /** @type {Map<string, number[]>} */
  const sites = new Map();
  for (const { id, url } of tabs) {
    const site = siteOf(url);
    if (site) sites.set(site, [...(sites.get(site) ?? []), id]);
  }
  return [...sites].map(([site, ids]) => ({
    name: site,
    tab_ids: ids,
    reason: `All of them are on ${site}.`,
    category: null,
  }));
}

/** @param {string} name @param {NonNullable<GroupParams["existing"]>} existing */
function openGroup(name, existing) {
  return existing.find((group) => group.name.toLowerCase() === name.toLowerCase());
}
