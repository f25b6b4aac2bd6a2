import "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { TabsWorld } from "./tabs_fixture.js";

/** @type {TabsWorld} */
let world;
const TITLES = ["mail", "git", "shop", "docs", "cart", "chat", "npm"];
const DEV = ["git", "docs", "npm"];

beforeEach(() => begin());

async function begin() {
  world = new TabsWorld();
  world.strip.open(1, TITLES);
  await world.start();
}

/** Lets a person do something before a change of that name, the nth. @param {string} name @param {number} nth @param {() => void} action */
function before(name, nth, action) {
  let count = 0;
  world.strip.intercept = (called) => {
    if (called === name && ++count === nth) action();
  };
}

test("a tab that a person pins or puts into a group of their own while groups are made stays there", async () => {
  const trip = world.strip.make("Trip", world.strip.ids("mail"));
  before("group", 1, () => {
    world.strip.drag(world.strip.named("shop"), trip);
    world.strip.tab(world.strip.named("cart")).pinned = true;
  });
  const outcome = await world.apply([
    world.plan("Dev", DEV),
    world.plan("Shopping", ["shop", "cart", "chat"]),
  ]);
  assert.deepEqual([outcome.groups, outcome.tabs, outcome.skipped], [2, 4, 2]);
  assert.deepEqual(world.strip.members("Trip"), ["mail", "shop"]);
  assert.deepEqual(world.strip.members("Shopping"), ["chat"]);
  assert.equal(world.strip.tab(world.strip.named("cart")).pinned, true);
});

test("a group that is dissolved while groups are made is made anew, and the others are made too", async () => {
  for (const nth of [1, 2]) {
    await begin();
    await world.apply([world.plan("Shopping", ["shop"])]);
    const existingId = world.strip.groupNamed("Shopping")?.id ?? null;
    before("group", nth, () => world.strip.drag(world.strip.named("shop"), -1));
    const outcome = await world.apply([
      world.plan("Dev", DEV),
      world.plan("Shopping", ["cart"], { existingId }),
      world.plan("Social", ["chat", "mail"]),
    ]);
    assert.deepEqual([outcome.problem, outcome.groups, outcome.tabs], [undefined, 3, 6]);
    assert.deepEqual(world.strip.members("Shopping"), ["cart"]);
    assert.deepEqual(world.strip.members("Social"), ["chat", "mail"]);
  }
});
