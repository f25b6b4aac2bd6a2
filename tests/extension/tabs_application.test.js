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

test("an organizing that does nothing costs none of the steps that can be undone", async () => {
  const pictures = [];
  for (const title of TITLES.slice(0, 5)) {
    pictures.unshift(world.strip.picture());
    await world.apply([world.plan(title, [title])]);
  }
  world.strip.tab(world.strip.named("npm")).pinned = true;
  assert.equal((await world.apply([world.plan("None", ["npm"])])).groups, 0);
  world.strip.tab(world.strip.named("npm")).pinned = false;
  for (const picture of pictures) {
    await world.undo();
    assert.deepEqual(world.strip.picture(), picture);
  }
});

test("no more than five steps are kept", async () => {
  for (const title of TITLES.slice(0, 6)) await world.apply([world.plan(title, [title])]);
  for (let step = 0; step < 5; step++) await world.undo();
  assert.deepEqual(await world.organizer.answer("state", {}), { undo: null });
  assert.deepEqual(world.strip.members("mail"), ["mail"]);
});

test("a worker that is stopped while it applies leaves Undo with what was done", async () => {
  const held = world.plan("Shopping", ["shop", "cart"]);
  const stopped = new Promise((resolve) => {
    world.strip.intercept = (name) => {
      if (name !== "update") return undefined;
      resolve(undefined);
      return new Promise(() => {});
    };
  });
  world.apply([world.plan("Dev", DEV), held]);
  await stopped;
  world.strip.intercept = () => undefined;
  await world.start();
  const { undo } = await world.organizer.answer("state", {});
  assert.deepEqual([undo.groups, undo.tabs], [1, 3]);
});
