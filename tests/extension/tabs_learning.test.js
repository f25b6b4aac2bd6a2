import "./chrome_stub.js";

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HostUnreachable } from "../../extension/background/host_errors.js";
import { until } from "./page_fixture.js";
import { TabsWorld } from "./tabs_fixture.js";

/** @type {TabsWorld} */
let world;

beforeEach(async () => {
  world = new TabsWorld();
  world.strip.open(1, ["mail", "git", "shop", "docs", "cart", "chat", "npm"]);
  await world.start();
});

afterEach(() => mock.timers.reset());

const GROUPS = () => [world.plan("Dev", ["git", "docs", "npm"]), world.plan("Shopping", ["shop", "cart"])];

/** A person drags a tab through these groups; the browser tells of each. @param {string} tab @param {Array<string | null>} titles */
async function drag(tab, titles) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const id = world.strip.named(tab);
  for (const title of titles) {
    world.strip.drag(id, title === null ? -1 : (world.strip.groupNamed(title)?.id ?? 0));
    world.organizer.onUpdated(id, { groupId: world.strip.tab(id).groupId });
    mock.timers.tick(100);
  }
  mock.timers.tick(1000);
  mock.timers.reset();
  await settled();
}

/** Everything that has begun is done: nothing here waits for a clock. */
async function settled() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("a tab that a person puts from one of our groups into another is learned from", async () => {
  await world.apply(GROUPS());
  await drag("docs", ["Shopping"]);
  assert.deepEqual(world.requests("tabs.correct"), [
    { url: "https://docs.example/", title: "docs", category: "Shopping", from: "Dev" },
  ]);
  const learned = world.told.find(({ event }) => event === "tabs.learned")?.data;
  assert.deepEqual([learned.title, learned.category, learned.from], ["docs", "Shopping", "Dev"]);
  await world.organizer.answer("unlearn", { tokens: [learned.token] });
  await until(() => world.requests("tabs.forget").length === 1);
  assert.deepEqual(world.requests("tabs.forget"), [{ ids: [1] }]);
});

test("a group that a tab is only dragged through teaches nothing", async () => {
  await world.apply([...GROUPS(), world.plan("Social", ["chat"])]);
  await drag("docs", ["Shopping", "Social"]);
  assert.deepEqual(
    world.requests("tabs.correct").map(({ category }) => category),
    ["Social"],
  );
  await drag("docs", ["Dev", "Social"]);
  assert.equal(world.requests("tabs.correct").length, 1);
});

test("what the extension does itself teaches nothing", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const ids = world.strip.ids("git", "docs", "shop");
  const tell = () => {
    for (const id of ids) world.organizer.onUpdated(id, { groupId: world.strip.tab(id).groupId });
    mock.timers.tick(1000);
  };
  await world.apply(GROUPS());
  tell();
  await settled();
  await world.apply([world.plan("Shopping", ["git", "docs"])]);
  tell();
  await settled();
  await world.undo();
  tell();
  await settled();
  assert.deepEqual(world.requests("tabs.correct"), []);
});

test("topics, groups of one's own and leaving a group teach nothing about categories", async () => {
  await world.apply([
    world.plan("Kayaks", ["git", "docs"], { category: null }),
    world.plan("Tents", ["shop", "cart"], { category: null }),
    world.plan("Dev", ["npm", "chat"]),
  ]);
  world.strip.make("Trip", world.strip.ids("mail"));
  await drag("git", ["Tents"]);
  await drag("shop", ["Dev"]);
  await drag("npm", ["Trip"]);
  await drag("chat", [null]);
  assert.deepEqual(world.requests("tabs.correct"), []);
});

test("two groups of one category teach nothing about each other", async () => {
  await world.apply([
    world.plan("Code", ["git", "docs"], { category: "Dev" }),
    world.plan("Packages", ["npm", "chat"], { category: "Dev" }),
  ]);
  await drag("docs", ["Packages"]);
  assert.deepEqual(world.requests("tabs.correct"), []);
});

test("a group that a person has renamed stands for no category any more", async () => {
  await world.apply(GROUPS());
  Object.assign(world.strip.groupNamed("Shopping") ?? {}, { title: "Gifts" });
  await drag("docs", ["Gifts"]);
  assert.deepEqual(world.requests("tabs.correct"), []);
});

test("what leaves a group that a person has renamed teaches nothing", async () => {
  await world.apply(GROUPS());
  Object.assign(world.strip.groupNamed("Dev") ?? {}, { title: "Mine" });
  await drag("docs", ["Shopping"]);
  assert.deepEqual(world.requests("tabs.correct"), []);
});

/** A person moves a tab, and before it rests something else happens. @param {string} tab @param {string} title @param {() => Promise<void>} meanwhile */
async function dragWhile(tab, title, meanwhile) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const id = world.strip.named(tab);
  world.strip.drag(id, world.strip.groupNamed(title)?.id ?? 0);
  world.organizer.onUpdated(id, { groupId: world.strip.tab(id).groupId });
  await meanwhile();
  mock.timers.tick(1000);
  mock.timers.reset();
  await settled();
}

test("a move is learned though things are taken note of before it rests, also from a group that it ends", async () => {
  await world.apply([world.plan("Social", ["chat"]), ...GROUPS()]);
  await dragWhile("docs", "Shopping", () => world.organizer.settle());
  await dragWhile("chat", "Shopping", () => world.organizer.settle());
  assert.deepEqual(
    world.requests("tabs.correct").map(({ from, category }) => [from, category]),
    [
      ["Dev", "Shopping"],
      ["Social", "Shopping"],
    ],
  );
});

test("a move is learned though the worker is stopped before it rests", async () => {
  await world.apply(GROUPS());
  await dragWhile("docs", "Shopping", async () => {
    await settled();
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout"] });
    await world.start();
    await world.organizer.settle();
  });
  assert.deepEqual(
    world.requests("tabs.correct").map(({ from, category }) => [from, category]),
    [["Dev", "Shopping"]],
  );
});

test("moves in the preview are learned when they are applied and forgotten when that is undone", async () => {
  const correction = { url: "https://docs.example/", title: "docs", category: "Shopping", from: "Dev" };
  const outcome = await world.apply(GROUPS(), [correction]);
  assert.equal(outcome.learned, 1);
  await until(() => world.requests("tabs.correct").length === 1);
  assert.deepEqual(world.requests("tabs.correct"), [correction]);
  await world.undo();
  await until(() => world.requests("tabs.forget").length === 1);
  assert.deepEqual(world.requests("tabs.forget"), [{ ids: [1] }]);
});

test("nothing is learned from sites that are left out, nor while capturing is paused", async () => {
  const correction = { url: "https://docs.example/", title: "docs", category: "Shopping", from: "Dev" };
  world.settings["capture.excluded_sites"] = ["docs.example"];
  const outcome = await world.apply(GROUPS(), [correction]);
  assert.deepEqual([outcome.learned, outcome.unlearned], [0, 1]);
  world.settings = { "capture.paused_until": -1 };
  await drag("docs", ["Shopping"]);
  assert.deepEqual(world.requests("tabs.correct"), []);
  assert.equal(world.outbox?.size, 0);
});

test("corrections made while the host is away are handed over later", async () => {
  const away = () => {
    throw new HostUnreachable({ kind: "exited", message: "away" });
  };
  world.answers["tabs.correct"] = away;
  await world.apply(GROUPS());
  await drag("docs", ["Shopping"]);
  assert.equal(world.outbox?.size, 1);
  delete world.answers["tabs.correct"];
  await world.start();
  await world.outbox?.drain();
  assert.equal(world.outbox?.size, 0);
  assert.equal(world.requests("tabs.correct").at(-1).category, "Shopping");
});

test("a correction that is taken back before it was handed over never reaches the host", async () => {
  world.answers["tabs.correct"] = () => {
    throw new HostUnreachable({ kind: "exited", message: "away" });
  };
  await world.apply(GROUPS(), [{ url: "https://a.example/", title: "a", category: "Dev" }]);
  await world.undo();
  assert.equal(world.outbox?.size, 0);
  assert.deepEqual(world.requests("tabs.forget"), []);
});

test("a correction that is taken back while it is on its way is forgotten on arrival", async () => {
  /** @type {(value: any) => void} */
  let arrive = () => {};
  world.answers["tabs.correct"] = () =>
    new Promise((resolve) => {
      arrive = resolve;
    });
  await world.apply(GROUPS(), [{ url: "https://a.example/", title: "a", category: "Dev" }]);
  await until(() => world.requests("tabs.correct").length === 1);
  await world.undo();
  arrive({ learned: true, correction_id: 9 });
  await until(() => world.requests("tabs.forget").length === 1);
  assert.deepEqual(world.requests("tabs.forget"), [{ ids: [9] }]);
});

test("what a person removes from their history is not kept in waiting corrections", async () => {
  world.answers["tabs.correct"] = () => {
    throw new HostUnreachable({ kind: "exited", message: "away" });
  };
  await world.apply(GROUPS(), [{ url: "https://a.example/", title: "a", category: "Dev" }]);
  await world.outbox?.forget((url) => url === "https://a.example/");
  assert.equal(world.outbox?.size, 0);
});
