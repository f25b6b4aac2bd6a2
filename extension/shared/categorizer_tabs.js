/**
 * Tabs on their way to the host, and answers on their way back.
 *
 * @typedef {import("./tabs_api.js").CategorizedTab} CategorizedTab
 * @typedef {import("./tabs_api.js").GroupItem} GroupItem
 * @typedef {{groups: GroupItem[], ungrouped: number[], tabs: CategorizedTab[]}} Grouping
 */

/** The host takes no more in one request. */
export const MOST_TABS = 2000;
const LONGEST_TITLE = 2000;
const LONGEST_URL = 65_536;
const LONGEST_TEXT = 100_000;

/**
 * What the host is told of tabs.
 *
 * @param {import("./categorizer.js").AnyTab[]} tabs
 */
export function wireTabs(tabs) {
  return tabs.map(({ id, url, title, text }, index) => ({
    id: id ?? index,
    url: (url ?? "").slice(0, LONGEST_URL),
    title: (title ?? "").slice(0, LONGEST_TITLE),
    ...(text === undefined ? {} : { text: text.slice(0, LONGEST_TEXT) }),
  }));
}

/**
 * @template T
 * @param {T[]} items
 * @param {number} size
 * @returns {T[][]} at least one
 */
export function batchesOf(items, size) {
  const count = Math.max(1, Math.ceil(items.length / size));
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/**
 * Groups of several requests as if it had been one: those that stand for the same are one.
 *
 * @param {Grouping[]} parts
 * @param {number} most groups; 0 for no limit
 * @returns {Grouping}
 */
export function mergeGroupings(parts, most) {
  if (parts.length === 1) return parts[0];
  /** @type {Map<string, GroupItem>} */
  const merged = new Map();
  for (const group of parts.flatMap(({ groups }) => groups)) {
    const key = `${group.existing_id ?? ""}\n${group.category ?? ""}\n${group.name}`;
    const known = merged.get(key);
    merged.set(key, { ...(known ?? group), tab_ids: [...(known?.tab_ids ?? []), ...group.tab_ids] });
  }
  const largest = [...merged.values()].sort((a, b) => b.tab_ids.length - a.tab_ids.length);
  const left = most > 0 ? largest.splice(most) : [];
  return {
    groups: [...merged.values()].filter((group) => largest.includes(group)),
    ungrouped: [...parts.flatMap(({ ungrouped }) => ungrouped), ...left.flatMap(({ tab_ids }) => tab_ids)],
    tabs: parts.flatMap(({ tabs }) => tabs),
  };
}
