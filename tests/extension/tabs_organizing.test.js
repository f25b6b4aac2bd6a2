import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { TabsWorld } from "./tabs_fixture.js";

/** @type {TabsWorld} */
let world;

beforeEach(async () => {
  world = new TabsWorld();
  world.strip.open(1, ["mail", "git", "shop", "docs", "cart", "chat", "npm"]);
  await world.start();
});

const DEV = ["git", "docs", "npm"];

test("groups are made with their names and colours, and their tabs stand together", async () => {
  const outcome = await world.apply([
    world.plan("Dev", DEV),
    world.plan("Shopping", ["shop", "cart"], { color: "orange" }),
  ]);
  assert.deepEqual(outcome, { groups: 2, tabs: 5, skipped: 0, learned: 0, unlearned: 0 });
  assert.deepEqual(world.strip.members("Dev"), DEV);
  assert.equal(world.strip.groupNamed("Shopping")?.color, "orange");
});

test("it is told how many tabs are done while groups are made", async () => {
  world.strip.tab(world.strip.named("npm")).pinned = true;
  await world.apply([world.plan("Dev", DEV), world.plan("Shopping", ["shop", "cart"])]);
  assert.deepEqual(
    world.told.filter(({ event }) => event === "tabs.progress").map(({ data }) => data),
    [
      { done: 3, total: 5 },
      { done: 5, total: 5 },
    ],
  );
});

test("undo brings windows, order and groups back as they were", async () => {
  world.strip.open(2, ["one", "two", "three"]);
  world.strip.tab(world.strip.named("mail")).pinned = true;
  world.strip.make("Trip", world.strip.ids("docs", "cart"), { color: "cyan", collapsed: true });
  const before = world.strip.picture();
  await world.apply([
    world.plan("A", ["npm", "git"]),
    world.plan("B", ["chat", "shop"]),
    world.plan("C", ["three", "one"], { windowId: 2 }),
  ]);
  assert.notDeepEqual(world.strip.picture(), before);
  const outcome = await world.undo();
  assert.deepEqual(world.strip.picture(), before);
  assert.deepEqual(outcome, { tabs: 9, closed: 0, moved: 0, opened: 0 });
  assert.deepEqual(await world.organizer.answer("state", {}), { undo: null });
});

test("several organizings are undone one after another", async () => {
  const first = world.strip.picture();
  await world.apply([world.plan("A", ["npm", "git"])]);
  const second = world.strip.picture();
  await world.apply([world.plan("B", ["chat", "mail"])]);
  await world.undo();
  assert.deepEqual(world.strip.picture(), second);
  await world.undo();
  assert.deepEqual(world.strip.picture(), first);
});

test("a group of ours that a new order dissolves comes back, and what was older can still be undone", async () => {
  const first = world.strip.picture();
  await world.apply([world.plan("Dev", DEV, { color: "green" })]);
  const second = world.strip.picture();
  await world.apply([world.plan("Git", ["git"]), world.plan("Rest", ["docs", "npm", "chat"])]);
  assert.equal(world.strip.groupNamed("Dev"), undefined);
  await world.undo();
  assert.deepEqual(world.strip.picture(), second);
  await world.undo();
  assert.deepEqual(world.strip.picture(), first);
});

test("a group that came back under another number is found by the undo before it", async () => {
  const first = world.strip.picture();
  await world.apply([world.plan("Dev", DEV)]);
  await world.apply([world.plan("Packages", ["npm", "cart"])]);
  await world.apply([world.plan("Rest", ["git", "docs", "chat"])]);
  await world.undo();
  const again = world.strip.groupNamed("Dev")?.id;
  await world.undo();
  assert.equal(world.strip.groupNamed("Dev")?.id, again);
  assert.deepEqual(world.strip.members("Dev"), DEV);
  await world.undo();
  assert.deepEqual(world.strip.picture(), first);
});

test("undo does not fold the group that the person is in", async () => {
  await world.apply([world.plan("Dev", DEV)]);
  const dev = world.strip.groupNamed("Dev");
  Object.assign(dev ?? {}, { collapsed: true });
  await world.apply([world.plan("Dev", ["chat"], { existingId: dev?.id ?? null })]);
  Object.assign(dev ?? {}, { collapsed: false });
  for (const tab of world.strip.listed(1)) world.strip.tab(tab.id).active = tab.title === "git";
  await world.undo();
  assert.deepEqual(world.strip.members("Dev"), DEV);
  assert.equal(world.strip.groupNamed("Dev")?.collapsed, false);
});

test("undo is possible after the worker was stopped", async () => {
  const before = world.strip.picture();
  await world.apply([world.plan("Dev", DEV)]);
  await world.start();
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
});

test("undo is possible when the worker was stopped in the midst of applying", async () => {
  const before = world.strip.picture();
  const stopped = new Promise((resolve) => {
    world.strip.intercept = (name) => {
      if (name !== "group" || world.strip.groups.length === 0) return undefined;
      resolve(undefined);
      return new Promise(() => {});
    };
  });
  world.apply([world.plan("Dev", DEV), world.plan("Shopping", ["shop", "cart"])]);
  await stopped;
  world.strip.intercept = () => undefined;
  await world.start();
  assert.deepEqual(world.strip.members("Dev"), DEV);
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
});

test("tabs that were closed, opened or put elsewhere since are left so, and said", async () => {
  await world.apply([world.plan("Dev", DEV), world.plan("Shopping", ["shop", "cart"])]);
  world.strip.close(world.strip.named("docs"));
  const dev = world.strip.groupNamed("Dev");
  world.strip.add(1, "fresh", { groupId: dev?.id });
  world.strip.make("Mine", world.strip.ids("chat", "npm"));
  const outcome = await world.undo();
  assert.deepEqual(outcome, { tabs: 4, closed: 1, moved: 2, opened: 1 });
  assert.deepEqual(world.strip.members("Mine").sort(), ["chat", "npm"]);
  assert.deepEqual(
    world.strip.listed(1).flatMap((tab) => (tab.groupId === -1 ? [tab.title] : [])),
    ["mail", "git", "shop", "cart", "fresh"],
  );
});

test("a window that was closed since does not keep the others from being restored", async () => {
  world.strip.open(2, ["one", "two"]);
  await world.apply([world.plan("A", ["git", "npm"]), world.plan("B", ["one", "two"], { windowId: 2 })]);
  world.strip.windows.delete(2);
  const outcome = await world.undo();
  assert.deepEqual(outcome, { tabs: 7, closed: 2, moved: 0, opened: 0 });
  assert.deepEqual(
    world.strip.groups.filter((group) => group.windowId === 1),
    [],
  );
});

test("pinned tabs, shared groups and a person's own groups are counted and not offered", async () => {
  world.strip.tab(world.strip.named("mail")).pinned = true;
  world.strip.make("Ours together", world.strip.ids("git"), { shared: true });
  world.strip.make("Trip", world.strip.ids("shop", "docs"));
  world.strip.add(1, "settings", { url: "chrome://settings/" });
  const { windows, untouched } = await world.read();
  assert.deepEqual(
    windows[0].tabs.map((/** @type {any} */ tab) => tab.title),
    ["cart", "chat", "npm"],
  );
  assert.deepEqual(windows[0].groups, []);
  assert.deepEqual(untouched, { pinned: 1, shared: 1, yours: 2, made: 0, internal: 1 });
});

test("a person's own group takes tabs in only when they say so, a shared one never", async () => {
  world.strip.make("Trip", world.strip.ids("shop"));
  world.strip.make("Together", world.strip.ids("git"), { shared: true });
  const { windows } = await world.read({ joinYours: true });
  assert.deepEqual(
    windows[0].groups.map((/** @type {any} */ group) => [group.name, group.own, group.category]),
    [["Trip", false, null]],
  );
});

test("groups made here take tabs in, and their tabs are sorted again only when that is wanted", async () => {
  await world.apply([world.plan("Dev", DEV)]);
  const kept = await world.read();
  assert.equal(kept.untouched.made, 3);
  assert.deepEqual(
    kept.windows[0].groups.map((/** @type {any} */ group) => [
      group.name,
      group.own,
      group.category,
      group.tabs.length,
    ]),
    [["Dev", true, "Dev", 3]],
  );
  const again = await world.read({ regroup: true });
  assert.equal(again.untouched.made, 0);
  assert.equal(again.windows[0].tabs.length, 7);
});

test("a group of ours that a person has renamed is theirs from then on", async () => {
  await world.apply([world.plan("Dev", DEV)]);
  Object.assign(world.strip.groupNamed("Dev") ?? {}, { title: "Thesis" });
  const { untouched, windows } = await world.read({ regroup: true });
  assert.equal(untouched.yours, 3);
  assert.deepEqual(windows[0].groups, []);
});

test("only the selected tabs, or only one window, are looked at when that is chosen", async () => {
  world.strip.open(2, ["one", "two"]);
  world.strip.tab(world.strip.named("docs")).highlighted = true;
  const selected = await world.read({ scope: "selected", windowId: 1 });
  assert.deepEqual(
    selected.windows[0].tabs.map((/** @type {any} */ tab) => tab.title),
    ["mail", "docs"],
  );
  const here = await world.read({ scope: "window", windowId: 2 });
  assert.deepEqual(
    here.windows.map((/** @type {any} */ window) => window.id),
    [2],
  );
});

test("what a person did between preview and apply is respected", async () => {
  const plan = [world.plan("Dev", [...DEV, "chat"])];
  world.strip.tab(world.strip.named("npm")).pinned = true;
  world.strip.make("Mine", world.strip.ids("docs"));
  world.strip.close(world.strip.named("chat"));
  const outcome = await world.apply(plan);
  assert.deepEqual(outcome, { groups: 1, tabs: 1, skipped: 3, learned: 0, unlearned: 0 });
  assert.deepEqual(world.strip.members("Dev"), ["git"]);
  assert.deepEqual(world.strip.members("Mine"), ["docs"]);
  assert.equal(world.strip.tab(world.strip.named("npm")).pinned, true);
});

test("tabs go into an open group, which keeps its name and colour", async () => {
  const trip = world.strip.make("Trip", world.strip.ids("shop"), { color: "pink" });
  const before = world.strip.picture();
  await world.apply([world.plan("Trip", ["cart", "git"], { existingId: trip, category: null })]);
  assert.deepEqual(world.strip.members("Trip").sort(), ["cart", "git", "shop"]);
  assert.equal(world.strip.groupNamed("Trip")?.color, "pink");
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
  assert.equal(world.strip.groupNamed("Trip")?.id, trip);
});

test("while a tab is dragged the change is tried again", async () => {
  world.strip.held = 3;
  const outcome = await world.apply([world.plan("Dev", DEV)]);
  assert.equal(outcome.problem, undefined);
  assert.deepEqual(world.strip.members("Dev"), DEV);
});

test("when the tabs are not let go of, that is said, and what was done can be undone", async () => {
  const before = world.strip.picture();
  await world.start([0]);
  world.strip.intercept = (name) => {
    if (name === "group" && world.strip.groups.length > 0) world.strip.held = 1;
  };
  const outcome = await world.apply([world.plan("Dev", DEV), world.plan("Shopping", ["shop", "cart"])]);
  assert.equal(outcome.groups, 1);
  assert.match(outcome.problem.message, /does not allow changes/);
  assert.match(outcome.problem.fix, /Let go of the tab/);
  assert.equal(world.strip.calls.filter((name) => name === "group").length, 3);
  world.strip.intercept = () => undefined;
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
});

test("an undo that fails half-way can be tried again", async () => {
  const before = world.strip.picture();
  await world.apply([world.plan("A", ["npm", "git"]), world.plan("B", ["chat", "mail"])]);
  await world.start([]);
  world.strip.held = 1;
  const outcome = await world.undo();
  assert.match(outcome.problem.message, /does not allow changes/);
  assert.notEqual((await world.organizer.answer("state", {})).undo, null);
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
});

test("a tab that is closed while groups are made does not keep the others out", async () => {
  world.strip.intercept = () => {
    world.strip.intercept = () => undefined;
    world.strip.close(world.strip.named("docs"));
  };
  await world.apply([world.plan("Dev", DEV)]);
  assert.deepEqual(world.strip.members("Dev"), ["git", "npm"]);
});

test("groups that are not in use are folded when that is set, but not the one with the active tab", async () => {
  world.settings["tabs.collapse"] = true;
  const before = world.strip.picture();
  await world.apply([world.plan("Mail", ["mail", "chat"]), world.plan("Dev", DEV)]);
  assert.equal(world.strip.groupNamed("Mail")?.collapsed, false);
  assert.equal(world.strip.groupNamed("Dev")?.collapsed, true);
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
});

test("a person's own groups are not folded", async () => {
  world.settings["tabs.collapse"] = true;
  world.strip.make("Trip", world.strip.ids("shop", "cart"));
  await world.apply([world.plan("Dev", DEV)]);
  assert.equal(world.strip.groupNamed("Trip")?.collapsed, false);
});

test("five hundred tabs are grouped in batches and put back in order", async () => {
  const titles = Array.from({ length: 500 }, (_, index) => `t${index}`);
  world.strip.open(2, titles);
  const before = world.strip.picture();
  const groups = [0, 1, 2].map((rest) =>
    world.plan(
      `G${rest}`,
      titles.filter((_, index) => index % 3 === rest),
      { windowId: 2 },
    ),
  );
  world.strip.calls.length = 0;
  const outcome = await world.apply(groups);
  assert.equal(outcome.tabs, 500);
  assert.ok(world.strip.calls.length < 20, `${world.strip.calls.length} calls`);
  world.strip.calls.length = 0;
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
  const moves = world.strip.calls.filter((name) => name === "move").length;
  assert.ok(moves < 400, `${moves} moves`);
});

test("putting back a few tabs among many moves only those few", async () => {
  const titles = Array.from({ length: 300 }, (_, index) => `t${index}`);
  world.strip.open(2, titles);
  const before = world.strip.picture();
  await world.apply([world.plan("Few", ["t3", "t90", "t280", "t150"], { windowId: 2 })]);
  world.strip.calls.length = 0;
  await world.undo();
  assert.deepEqual(world.strip.picture(), before);
  const moves = world.strip.calls.filter((name) => name === "move").length;
  assert.ok(moves > 0 && moves <= 4, `${moves} moves`);
});

test("after a restart of the browser our groups are known again by title and pages, others are not", async () => {
  await world.apply([world.plan("Dev", DEV)]);
  const marks = stub.storage.local.values;
  assert.doesNotMatch(JSON.stringify(marks.ownTabGroups), /example/);
  world.strip.windows.clear();
  world.strip.groups.length = 0;
  world.strip.open(7, ["mail", "git", "docs", "npm", "shop", "cart"]);
  stub.storage.session.values = {};
  await world.start();
  world.strip.make("Dev", world.strip.ids("shop", "cart"));
  world.strip.make("Dev", world.strip.ids("git", "docs", "npm"));
  const { windows } = await world.read();
  assert.deepEqual(
    windows[0].groups.map((/** @type {any} */ group) => [
      group.category,
      group.tabs.map((/** @type {any} */ tab) => tab.title),
    ]),
    [["Dev", ["git", "docs", "npm"]]],
  );
});

test("a group that a person has dissolved and made anew by hand is theirs", async () => {
  await world.apply([world.plan("Dev", DEV)]);
  for (const id of world.strip.ids(...DEV)) world.strip.drag(id, -1);
  await world.organizer.settle();
  world.strip.make("Dev", world.strip.ids(...DEV));
  assert.equal((await world.read()).untouched.yours, 3);
});

test("a key combination begins once, in its own window", async () => {
  await world.organizer.begin(1);
  assert.deepEqual(world.told.at(-1), { event: "tabs.begin", data: { windowId: 1 } });
  assert.deepEqual(await world.organizer.answer("begin", { windowId: 2 }), { begin: false });
  assert.deepEqual(await world.organizer.answer("begin", { windowId: 1 }), { begin: true });
  assert.deepEqual(await world.organizer.answer("begin", { windowId: 1 }), { begin: false });
});
