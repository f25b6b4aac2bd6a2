import "./chrome_stub.js";

import assert from "node:assert/strict";
import { test } from "node:test";
import { rateByRules, rulesFor } from "../../extension/shared/category_rules.js";
import { defaultCategories } from "../../extension/shared/kept_categories.js";
import { groupByRules } from "../../extension/shared/rule_groups.js";

const rules = rulesFor(defaultCategories());

/** @param {string} url @param {string} [title] */
const rate = (url, title = "") => rateByRules({ id: 1, url, title }, rules);

/** @param {string} name @param {object} values */
const own = (name, values) => ({
  key: name.toLowerCase(),
  name,
  colour: /** @type {const} */ ("yellow"),
  enabled: true,
  builtin: false,
  ...values,
});

test("a well-known site of one kind is enough, its subdomains too", () => {
  assert.equal(rate("https://www.zalando.de/x").category, "Shopping");
  assert.equal(rate("https://gist.github.com/a").category, "Dev");
});

test("a site that holds everything is not enough, and what a title says outweighs it", () => {
  assert.equal(rate("https://www.youtube.com/watch?v=1", "How to tile a wall").category, null);
  const course = rate("https://www.youtube.com/watch?v=1", "Python programming: git for beginners");
  assert.equal(course.category, "Dev");
  assert.deepEqual(
    course.alternatives.map(({ category }) => category),
    ["Entertainment"],
  );
});

test("one word alone decides nothing, and two that disagree neither", () => {
  assert.equal(rate("https://a.example/", "Breaking the ice").category, null);
  assert.equal(
    rate("https://a.example/", "Election of the python, album of a parliament repository").category,
    null,
  );
});

test("sites of no category, pages of the browser and nonsense have none", () => {
  assert.equal(rate("https://accounts.google.com/x", "Sign in to read your breaking news").category, null);
  for (const url of [
    "chrome://settings",
    "",
    "http://",
    "javascript:alert(1)",
    "https://a.example/%E0%A4%A",
  ]) {
    assert.equal(rate(url).category, null, url);
  }
});

test("an answer gives its reasons, shares below one, and is never quite sure", () => {
  const answer = rate(
    "https://github.com/a/b/pull/1",
    "Fix the parser by refactor · Pull Request · GitHub repository",
  );
  assert.match(answer.reason, /github\.com is known for Dev/);
  assert.match(answer.reason, /“refactor”/);
  assert.ok(answer.confidence > 0.6 && answer.confidence <= 0.9);
  const shares = answer.alternatives.reduce((sum, { confidence }) => sum + confidence, answer.confidence);
  assert.ok(shares <= 1);
});

test("a person's site counts with its path, and their titles and words count", () => {
  const baking = own("Baking", {
    description: "bread, cakes and sourdough",
    examples: ["https://Kitchen.example/Bread/", "oven.example", "Sourdough hydration for beginners"],
  });
  const mine = rulesFor([...defaultCategories(), baking]);
  const place = (/** @type {string} */ url, title = "") => rateByRules({ id: 1, url, title }, mine).category;
  assert.equal(place("https://www.kitchen.example/bread/rye"), "Baking");
  assert.equal(place("https://kitchen.example/breadless"), null);
  assert.equal(place("https://shop.oven.example/"), "Baking");
  assert.equal(place("https://notoven.example/"), null);
  assert.equal(place("https://a.example/", "Sourdough hydration and bread: a table"), "Baking");
});

test("a category that is switched off is never the answer, and one with a new name answers by it", () => {
  const [dev, ...rest] = defaultCategories();
  const off = rulesFor([{ ...dev, enabled: false }, ...rest]);
  assert.equal(rateByRules({ id: 1, url: "https://github.com/a", title: "" }, off).category, null);
  const renamed = rulesFor([{ ...dev, name: "Code" }, ...rest]);
  assert.equal(rateByRules({ id: 1, url: "https://github.com/a", title: "" }, renamed).category, "Code");
});

test("groups are the largest ones, of two tabs at least, and every tab is in one or in none", () => {
  const names = ["Dev", "Dev", "Dev", "News", "News", "Shopping", null];
  const tabs = names.map((_, id) => ({ id, url: `https://s${id}.example/`, title: "" }));
  const rated = names.map((category, id) => ({
    id,
    category,
    confidence: 0.7,
    alternatives: [],
    reason: "",
  }));
  const all = groupByRules({ tabs, by: "category" }, rated, defaultCategories());
  assert.deepEqual(
    all.groups.map(({ name, tab_ids }) => [name, tab_ids]),
    [
      ["Dev", [0, 1, 2]],
      ["News", [3, 4]],
    ],
  );
  assert.deepEqual(all.ungrouped, [5, 6]);
  const one = groupByRules({ tabs, by: "category", max_groups: 1 }, rated, defaultCategories());
  assert.deepEqual([one.groups.length, one.ungrouped], [1, [3, 4, 5, 6]]);
  const open = { id: 9, name: "Dev", color: /** @type {const} */ ("red"), tabs: tabs.slice(0, 2) };
  const joined = groupByRules({ tabs, by: "category", existing: [open] }, rated, defaultCategories());
  assert.deepEqual(
    joined.groups.map(({ existing_id, tab_ids, color }) => [existing_id, tab_ids, color]),
    [
      [9, [2], "red"],
      [null, [3, 4], "purple"],
    ],
  );
});
