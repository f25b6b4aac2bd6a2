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
 * Moves tabs and whole groups to the left until the order is right. All that stands left of the place
 * that is being filled is in order, so a place is never inside a strange group.
 *
 * @param {import("./editing.js").TabEditor} editor
 * @param {Strip} strip
 * @param {Seat[]} seats
 * @returns {Promise<boolean>} whether it was in order already
 */
export async function orderStrip(editor, strip, seats) {
  const pinned = strip.tabs.filter((tab) => tab.pinned).length;
  const groupOf = new Map(seats.map((seat) => [seat.id, seat.groupId]));
  let order = strip.tabs.filter((tab) => !tab.pinned).map((tab) => tab.id);
  let moved = false;
  for (const [place, { id, groupId }] of seats.entries()) {
    if (order[place] === id) continue;
    moved = true;
    const begins = groupId !== NO_GROUP && seats[place - 1]?.groupId !== groupId;
    if (begins && groupOf.get(/** @type {number} */ (order[place])) !== groupId) {
      await editor.moveGroup(groupId, pinned + place);
      order = shift(order, place, (other) => groupOf.get(other) === groupId);
    }
    if (order[place] === id) continue;
    await editor.moveTab(id, pinned + place);
    order = shift(order, place, (other) => other === id);
  }
  return !moved;
}

/** @param {number[]} order @param {number} place @param {(id: number) => boolean} taken */
function shift(order, place, taken) {
  const moving = order.filter(taken);
  const others = order.filter((id) => !taken(id));
  return [...others.slice(0, place), ...moving, ...others.slice(place)];
}
