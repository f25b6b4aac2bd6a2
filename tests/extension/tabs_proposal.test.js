import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Proposal } from "../../extension/tabs/proposal.js";

/** @typedef {import("../../extension/shared/tabs_api.js").OpenWindow} OpenWindow */

/** @param {number} id */
function item(id) {
  return { id, url: `https://${id}.example/`, title: `Tab ${id}` };
}

/** @param {number} id @param {number[]} ids @param {Partial<OpenWindow>} [values] @returns {OpenWindow} */
function window(id, ids, values = {}) {
  return { id, tabs: ids.map(item), groups: [], ...values };
}

/** @param {Array<[string, number[], object?]>} groups @param {number[]} ungrouped @returns {any} */
function reply(groups, ungrouped = []) {
  const ids = [...groups.flatMap(([, tabIds]) => tabIds), ...ungrouped];
  return {
    groups: groups.map(([name, tabIds, values]) => ({
      name,
      color: "blue",
      category: name,
      tab_ids: tabIds,
      reason: "",
      ...values,
    })),
    ungrouped,
    tabs: ids.map((id) => ({
      id,
      category: null,
      confidence: 0.5,
      alternatives: [],
      reason: `Reason ${id}`,
    })),
  };
}

/** @type {Proposal} */
let proposal;

/** @param {string} name */
function keyOf(name) {
  return proposal.groups.find((group) => group.name === name)?.key ?? "";
}

beforeEach(() => {
  const answer = {
    window: window(1, [1, 2, 3, 4]),
    reply: reply(
      [
        ["Dev", [1, 2]],
        ["News", [3]],
      ],
      [4],
    ),
  };
  proposal = new Proposal("category", [answer]);
});

test("the plan is what was proposed, when nothing was changed", () => {
  assert.deepEqual(proposal.plan(), {
    groups: [
      { windowId: 1, name: "Dev", color: "blue", tabIds: [1, 2], category: "Dev", existingId: null },
      { windowId: 1, name: "News", color: "blue", tabIds: [3], category: "News", existingId: null },
    ],
    corrections: [],
  });
  assert.deepEqual(
    proposal.looseIn(1).map((tab) => tab.id),
    [4],
  );
  assert.equal(proposal.tab(1).reason, "Reason 1");
});

test("moves teach where tabs belong: into a category, out of every one, and out of none", () => {
  proposal.move(1, keyOf("News"));
  proposal.move(2, null);
  proposal.move(4, keyOf("Dev"));
  assert.deepEqual(proposal.plan().corrections, [
    { url: "https://1.example/", title: "Tab 1", category: "News", from: "Dev" },
    { url: "https://2.example/", title: "Tab 2", category: null, from: "Dev" },
    { url: "https://4.example/", title: "Tab 4", category: "Dev" },
  ]);
});

test("a tab that is moved back, a group that is left out, and a group of one's own teach nothing", () => {
  proposal.move(1, keyOf("News"));
  proposal.move(1, keyOf("Dev"));
  proposal.moveToNew(2);
  proposal.drop(keyOf("News"));
  const { corrections, groups } = proposal.plan();
  assert.deepEqual(corrections, []);
  assert.deepEqual(
    groups.map((group) => [group.name, group.tabIds]),
    [
      ["Dev", [1]],
      ["New group", [2]],
    ],
  );
});

test("groups by topic teach nothing about categories", () => {
  const topics = reply([
    ["Kayaks", [1, 2], { category: null }],
    ["Tents", [3], { category: null }],
  ]);
  proposal = new Proposal("topic", [{ window: window(1, [1, 2, 3]), reply: topics }]);
  proposal.move(1, keyOf("Tents"));
  assert.deepEqual(proposal.plan().corrections, []);
});

test("a category's group that is open teaches nothing either, as long as topics are asked for", () => {
  const dev = {
    id: 71,
    name: "Dev",
    color: /** @type {const} */ ("red"),
    category: "Dev",
    own: true,
    tabs: [],
  };
  const topics = reply([["Kayaks", [1, 2], { category: null }]]);
  proposal = new Proposal("topic", [{ window: window(1, [1, 2], { groups: [dev] }), reply: topics }]);
  proposal.move(1, keyOf("Dev"));
  assert.equal(proposal.groupOf(1)?.existingId, 71);
  assert.deepEqual(proposal.plan().corrections, []);
});

test("another name or colour changes the group and not what it stands for", () => {
  proposal.rename(keyOf("Dev"), "  Code ");
  proposal.recolour(keyOf("News"), "pink");
  proposal.move(4, keyOf("  Code "));
  const { groups, corrections } = proposal.plan();
  assert.deepEqual(
    groups.map(({ name, color, category }) => [name, color, category]),
    [
      ["Code", "blue", "Dev"],
      ["News", "pink", "News"],
    ],
  );
  assert.equal(corrections[0]?.category, "Dev");
  proposal.rename(keyOf("News"), "   ");
  assert.equal(proposal.plan().groups[1]?.name, "News");
});

test("each change can be taken back, one after another, with what it would have taught", () => {
  proposal.move(1, keyOf("News"));
  proposal.drop(keyOf("Dev"));
  proposal.stepBack();
  assert.deepEqual(proposal.groupOf(2)?.name, "Dev");
  proposal.stepBack();
  assert.equal(proposal.canStepBack, false);
  proposal.stepBack();
  assert.deepEqual(proposal.plan().corrections, []);
  assert.equal(proposal.groupOf(1)?.name, "Dev");
});

test("a tab stays in its window", () => {
  proposal = new Proposal("category", [
    { window: window(1, [1, 2]), reply: reply([["Dev", [1, 2]]]) },
    { window: window(2, [5, 6]), reply: reply([["News", [5, 6]]]) },
  ]);
  proposal.move(1, keyOf("News"));
  assert.equal(proposal.groupOf(1)?.name, "Dev");
  assert.equal(proposal.canStepBack, false);
});

test("open groups keep their name and colour, and those of ours are found by what they stand for", () => {
  const groups = [
    {
      id: 70,
      name: "Trip",
      color: /** @type {const} */ ("pink"),
      category: null,
      own: false,
      tabs: [item(9)],
    },
    {
      id: 71,
      name: "Code",
      color: /** @type {const} */ ("red"),
      category: "Dev",
      own: true,
      tabs: [item(8)],
    },
    { id: 72, name: "Idle", color: /** @type {const} */ ("grey"), category: null, own: false, tabs: [] },
  ];
  const answer = reply([
    ["Dev", [1]],
    ["Away", [2], { existing_id: 70, category: null }],
  ]);
  proposal = new Proposal("category", [{ window: window(1, [1, 2], { groups }), reply: answer }]);
  assert.deepEqual(
    proposal.groups.map(({ name, color, existingId, open, tabIds }) => [
      name,
      color,
      existingId,
      open,
      tabIds,
    ]),
    [
      ["Code", "red", 71, 1, [1]],
      ["Trip", "pink", 70, 1, [2]],
      ["Idle", "grey", 72, 0, []],
    ],
  );
  assert.equal(proposal.plan().groups.length, 2);
  proposal.move(1, keyOf("Trip"));
  assert.deepEqual(proposal.plan().corrections, []);
});

test("a new group gets a colour that no other group of its window has", () => {
  const key = proposal.moveToNew(4);
  const made = proposal.groups.find((group) => group.key === key);
  assert.notEqual(made?.color, "blue");
  assert.deepEqual(made?.tabIds, [4]);
});
