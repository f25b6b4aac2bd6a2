/** Putting the tabs of a strip into an order without tearing its groups apart. */

import { NO_GROUP } from "./strip.js";

/**
 * @typedef {import("./strip.js").Strip} Strip
 * @typedef {{id: number, groupId: number}} Seat
 */

/**
 * The order in which the tabs of a strip belong: as they were, with tabs that came since behind
 * their group or at the end.
 *
 * @param {Strip} strip
 * @param {Array<{id: number}>} back the tabs that go back, in the order that they had
 * @returns {Seat[]} every tab that is not pinned
 */
export function desiredOrder(strip, back) {
  const movable = strip.tabs.filter((tab) => !tab.pinned);
  const groupOf = new Map(movable.map((tab) => [tab.id, tab.groupId]));
  const first = back.flatMap(({ id }) => (groupOf.has(id) ? [id] : []));
  const known = new Set(first);
  const sequence = [...first, ...movable.map((tab) => tab.id).filter((id) => !known.has(id))];
  /** @type {Seat[]} */
  const seats = [];
  const taken = new Set();
  for (const id of sequence) {
    if (taken.has(id)) continue;
    const groupId = groupOf.get(id) ?? NO_GROUP;
    const block = groupId === NO_GROUP ? [id] : sequence.filter((other) => groupOf.get(other) === groupId);
    for (const member of block) {
      taken.add(member);
      seats.push({ id: member, groupId });
    }
  }
  return seats;
}

/**
 * Moves tabs within their groups, then loose tabs and whole groups, until the order is right. What is in
 * the right order among itself already stays; everything else is put behind what it belongs behind.
 *
 * @param {import("./editing.js").TabEditor} editor
 * @param {Strip} strip
 * @param {Seat[]} seats
 * @returns {Promise<boolean>} whether it was in order already
 */
export async function orderStrip(editor, strip, seats) {
  const pinned = strip.tabs.filter((tab) => tab.pinned).length;
  const now = blocksOf(strip.tabs.filter((tab) => !tab.pinned));
  const wanted = blocksOf(seats);
  let moved = 0;
  let start = pinned;
  for (const { key, ids } of now) {
    const members = wanted.find((block) => block.key === key)?.ids ?? ids;
    const begin = start;
    moved += await rearrange(ids, members, (id, place) => editor.moveTab(id, begin + place));
    start += ids.length;
  }
  const sizes = new Map(now.map(({ key, ids }) => [key, ids.length]));
  moved += await rearrange(
    now.map((block) => block.key),
    wanted.map((block) => block.key),
    (key, _, before) => {
      const index = before.reduce((sum, other) => sum + (sizes.get(other) ?? 0), pinned);
      const block = wanted.find((one) => one.key === key);
      if (!block) return Promise.resolve();
      if (block.groupId !== NO_GROUP) return editor.moveGroup(block.groupId, index);
      return editor.moveTab(/** @type {number} */ (block.ids[0]), index);
    },
  );
  return moved === 0;
}

/**
 * Loose tabs and groups, in the order in which they come.
 *
 * @param {Seat[]} seats
 * @returns {Array<{key: string, groupId: number, ids: number[]}>}
 */
function blocksOf(seats) {
  /** @type {Array<{key: string, groupId: number, ids: number[]}>} */
  const blocks = [];
  for (const { id, groupId } of seats) {
    const last = blocks.at(-1);
    if (groupId !== NO_GROUP && last?.groupId === groupId) last.ids.push(id);
    else blocks.push({ key: groupId === NO_GROUP ? `tab-${id}` : `group-${groupId}`, groupId, ids: [id] });
  }
  return blocks;
}

/**
 * Brings items into an order with as few moves as that takes.
 *
 * @template T
 * @param {T[]} now
 * @param {T[]} wanted the same items
 * @param {(item: T, place: number, before: T[]) => Promise<void>} move puts an item behind those in `before`
 * @returns {Promise<number>} how many were moved
 */
async function rearrange(now, wanted, move) {
  const places = new Map(now.map((item, place) => [item, place]));
  const sequence = wanted.filter((item) => places.has(item));
  const staying = new Set(longestRun(sequence, (item) => places.get(item) ?? 0));
  let order = [...now];
  let moves = 0;
  for (const [index, item] of sequence.entries()) {
    if (staying.has(item)) continue;
    const others = order.filter((other) => other !== item);
    const previous = sequence[index - 1];
    const place = previous === undefined ? 0 : others.indexOf(previous) + 1;
    await move(item, place, others.slice(0, place));
    order = [...others.slice(0, place), item, ...others.slice(place)];
    moves += 1;
  }
  return moves;
}

/**
 * The longest part of a sequence whose places rise, by patience sorting.
 *
 * @template T
 * @param {T[]} items
 * @param {(item: T) => number} placeOf
 * @returns {T[]}
 */
function longestRun(items, placeOf) {
  /** @type {number[]} index of the item that ends the best run of each length */
  const ends = [];
  /** @type {Array<number | undefined>} */
  const before = [];
  for (const [index, item] of items.entries()) {
    const place = placeOf(item);
    const found = ends.findIndex((end) => placeOf(/** @type {T} */ (items[end])) >= place);
    const length = found === -1 ? ends.length : found;
    before[index] = ends[length - 1];
    ends[length] = index;
  }
  const run = [];
  for (let index = ends.at(-1); index !== undefined; index = before[index]) {
    run.unshift(/** @type {T} */ (items[index]));
  }
  return run;
}
