import "./chrome_stub.js";

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { TabsWorld } from "./tabs_fixture.js";

/** @type {TabsWorld} */
let world;
/** @type {Record<string, string>} */
const CATEGORIES = { git: "Dev", docs: "Dev", npm: "Dev", shop: "Shopping", mail: "Work" };

beforeEach(async () => {
  world = new TabsWorld();
  world.strip.open(1, ["mail", "git", "shop"]);
  world.settings["tabs.auto_group"] = true;
  world.answers["tabs.categorize"] = ({ tabs }) => ({
    tabs: tabs.map((/** @type {any} */ { id, title }) => ({ id, category: CATEGORIES[title] ?? null })),
  });
  world.answers["categories.list"] = () => ({ categories: [{ name: "Dev", colour: "blue" }] });
  await world.start();
});

afterEach(() => mock.timers.reset());

/** @param {number} tabId */
async function load(tabId) {
  await world.organizer.onCreated(tabId);
  await reload(tabId);
}

/** A tab loads something, new or not. @param {number} tabId */
async function reload(tabId) {
  mock.timers.enable({ apis: ["setTimeout"] });
  world.organizer.onUpdated(tabId, { status: "complete" });
  mock.timers.tick(2000);
  mock.timers.reset();
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("a new tab joins the group of ours that stands for its category", async () => {
  await world.apply([world.plan("Dev", ["git"])]);
  await load(world.strip.add(1, "docs"));
  assert.deepEqual(world.strip.members("Dev"), ["git", "docs"]);
});

test("two loose tabs of a category make a group in its colour, one does not", async () => {
  await load(world.strip.named("git"));
  assert.deepEqual(world.strip.groups, []);
  await load(world.strip.add(1, "docs"));
  assert.deepEqual(world.strip.members("Dev"), ["git", "docs"]);
  assert.equal(world.strip.groupNamed("Dev")?.color, "blue");
});

test("many tabs that load at once are asked about in one request", async () => {
  const ids = ["docs", "npm"].map((title) => world.strip.add(1, title));
  for (const id of [...ids, world.strip.named("git")]) await world.organizer.onCreated(id);
  mock.timers.enable({ apis: ["setTimeout"] });
  for (const id of [...ids, world.strip.named("git")]) world.organizer.onUpdated(id, { status: "complete" });
  mock.timers.tick(2000);
  mock.timers.reset();
  for (let turn = 0; turn < 60; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(world.strip.members("Dev"), ["git", "docs", "npm"]);
  assert.equal(world.requests("tabs.categorize").length, 1);
});

test("nothing happens unless it is switched on", async () => {
  world.settings["tabs.auto_group"] = false;
  await world.apply([world.plan("Dev", ["git"])]);
  await load(world.strip.add(1, "docs"));
  assert.deepEqual(world.asked, []);
  assert.deepEqual(world.strip.members("Dev"), ["git"]);
});

test("pinned tabs, tabs in groups and a person's own groups are left alone", async () => {
  world.strip.make("Dev", world.strip.ids("git"));
  await load(world.strip.add(1, "docs"));
  assert.deepEqual(world.strip.members("Dev"), ["git"]);
  await load(world.strip.add(1, "npm", { pinned: true }));
  assert.equal(world.strip.tab(world.strip.named("npm")).pinned, true);
  assert.equal(world.strip.groups.length, 1);
});

test("a tab that a person has taken out of a group is not put back as long as it shows the same site", async () => {
  await world.apply([world.plan("Dev", ["git", "mail"])]);
  const id = world.strip.named("mail");
  CATEGORIES.mail = "Dev";
  world.strip.drag(id, -1);
  await world.organizer.auto.decline([id]);
  await load(id);
  assert.deepEqual(world.strip.members("Dev"), ["git"]);
  world.strip.tab(id).url = "https://other.example/";
  await load(id);
  assert.deepEqual(world.strip.members("Dev"), ["git", "mail"]);
  CATEGORIES.mail = "Work";
});

test("tabs of another window are not gathered", async () => {
  world.strip.open(2, ["docs"]);
  await load(world.strip.named("docs"));
  assert.deepEqual(world.strip.groups, []);
});

test("without the host a tab just stays where it is", async () => {
  world.answers["tabs.categorize"] = () => {
    throw new Error("away");
  };
  await load(world.strip.add(1, "docs"));
  assert.deepEqual(world.strip.groups, []);
});

test("a tab that shows another page by the time its category is known stays where it is", async () => {
  await world.apply([world.plan("Dev", ["git"])]);
  const id = world.strip.add(1, "docs");
  const answer = world.answers["tabs.categorize"];
  world.answers["tabs.categorize"] = (params) => {
    world.strip.tab(id).url = "https://elsewhere.example/";
    return answer?.(params);
  };
  await load(id);
  assert.deepEqual(world.strip.members("Dev"), ["git"]);
});

test("a tab that was there before is neither grouped when it is loaded again nor gathered", async () => {
  await world.apply([world.plan("Shopping", ["shop"])]);
  const category = CATEGORIES.mail;
  CATEGORIES.mail = "Shopping";
  await reload(world.strip.named("mail"));
  CATEGORIES.mail = category ?? "";
  await load(world.strip.add(1, "docs"));
  assert.deepEqual(world.strip.members("Shopping"), ["shop"]);
  assert.equal(world.strip.groupNamed("Dev"), undefined);
});

test("a group that was made by itself is taken back by Undo, and not made again", async () => {
  const ids = ["docs", "npm"].map((title) => world.strip.add(1, title));
  const before = world.strip.picture();
  for (const id of ids) await load(id);
  assert.deepEqual(world.strip.members("Dev"), ["docs", "npm"]);
  assert.equal(world.told.at(-1)?.data.undo.tabs, 2);
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
  for (const id of ids) await reload(id);
  assert.deepEqual(world.strip.picture(), before);
});

test("a tab is still new after the worker was stopped", async () => {
  await world.apply([world.plan("Dev", ["git"])]);
  const id = world.strip.add(1, "docs");
  await world.organizer.onCreated(id);
  await world.start();
  await reload(id);
  assert.deepEqual(world.strip.members("Dev"), ["git", "docs"]);
});

test("while nothing is to be remembered no tab is put anywhere by itself", async () => {
  await world.apply([world.plan("Dev", ["git"])]);
  world.settings["capture.enabled"] = false;
  const added = world.strip.add(1, "docs");
  await load(added);
  assert.deepEqual(world.strip.members("Dev"), ["git"]);
  world.settings["capture.enabled"] = true;
  await load(added);
  assert.deepEqual(world.strip.members("Dev"), ["git", "docs"]);
});
