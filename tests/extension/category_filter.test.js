import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { result, stats, until } from "./page_fixture.js";
import {
  button,
  document,
  field,
  finish,
  list,
  reply,
  script,
  startOver,
  titles,
  type,
  worker,
} from "./search_page_fixture.js";
import { categoryPiece, withCategory } from "../../extension/sidepanel/category_filter.js";

/** @param {string} query @returns {any[]} the chips that the host reads out of a query */
function chipsOf(query) {
  const pieces = [...query.matchAll(/category:(?:"([^"]*)"|(\S+))/g)];
  return pieces.map((found) => {
    const said = (found[1] ?? found[2]).toLowerCase();
    const label = ["Dev", "Slow Food"].find((name) => name.toLowerCase() === said);
    const end = found.index + found[0].length;
    return {
      kind: label ? "category" : "no-category",
      label: label ?? `no category “${said}”`,
      text: found[0],
      start: found.index,
      end,
    };
  });
}

const buttons = () => [...document.querySelectorAll("#category-buttons button")];
const pressed = () =>
  buttons()
    .filter((made) => made.getAttribute("aria-pressed") === "true")
    .map((made) => made.textContent);
const label = (/** @type {number} */ index) =>
  /** @type {HTMLButtonElement} */ (list.querySelectorAll(".result-category")[index]);

beforeEach(() => {
  startOver();
  script.answer = ({ query }) =>
    reply([result(1, { category: "Dev" }), result(2, { category: null })], {
      parsed: { chips: chipsOf(query) },
    });
});
after(finish);

/** Lets the page ask for its counts again. @param {Record<string, number>} categories */
async function count(categories) {
  worker.answers["store.stats"] = () => ({ ...stats(), categories });
  document.dispatchEvent(new /** @type {any} */ (document.defaultView).Event("visibilitychange"));
  await until(() => buttons().length === Object.keys(categories).length);
}

test("a result shows its category, and one without shows none", async () => {
  type("tea");
  await until(() => titles().length === 2);
  assert.equal(label(0).textContent, "Dev");
  assert.equal(label(0).hidden, false);
  assert.equal(label(1).hidden, true);
});

test("the category of a result narrows the search to it, once, and its chip lifts that again", async () => {
  type("tea");
  await until(() => titles().length === 2);
  label(0).click();
  assert.equal(field.value, "tea category:Dev");
  await until(() => document.querySelector("#applied .chip"));
  assert.equal(document.querySelector("#applied .chip")?.textContent?.trim(), "Dev");
  label(0).click();
  assert.equal(field.value, "tea category:Dev");
  await until(() => document.querySelector("#applied .chip"));
  /** @type {HTMLElement} */ (document.querySelector("#applied .chip")).click();
  assert.equal(field.value, "tea");
  await until(() => !document.querySelector("#applied .chip"));
});

test("a category that comes later is shown on the row that is there", async () => {
  script.answer = ({ mode }) => reply([result(1, { category: mode === "text" ? null : "Dev" })]);
  type("later");
  await until(() => label(0)?.hidden === false);
  assert.equal(label(0).textContent, "Dev");
});

test("Advanced offers the categories that pages have, and any number of them can be on", async () => {
  const section = /** @type {HTMLElement} */ (document.querySelector("#categories"));
  await count({});
  assert.equal(section.hidden, true);
  await count({ Dev: 1200, "Slow Food": 1 });
  assert.equal(section.hidden, false);
  assert.deepEqual(
    buttons().map((made) => made.textContent),
    ["Dev 1,200", "Slow Food 1"],
  );
  type("tea");
  button("Slow Food 1")?.click();
  assert.equal(field.value, 'tea category:"Slow Food"');
  await until(() => pressed().length === 1);
  button("Dev 1,200")?.click();
  assert.equal(field.value, 'tea category:"Slow Food" category:Dev');
  await until(() => pressed().length === 2);
  button("Slow Food 1")?.click();
  assert.equal(field.value, "tea category:Dev");
  await until(() => pressed().length === 1);
  assert.deepEqual(pressed(), ["Dev 1,200"]);
});

test("new counts leave the buttons in place, so that the focus stays", async () => {
  await count({ Dev: 1, "Slow Food": 1 });
  const made = /** @type {HTMLElement} */ (buttons()[1]);
  made.focus();
  worker.answers["store.stats"] = () => ({ ...stats(), categories: { Dev: 1, "Slow Food": 2 } });
  document.dispatchEvent(new /** @type {any} */ (document.defaultView).Event("visibilitychange"));
  await until(() => made.textContent === "Slow Food 2");
  assert.equal(document.activeElement, made);
});

test("a category that there is not is said on its chip, and one that is left out says so", async () => {
  script.answer = () =>
    reply([result(1)], {
      parsed: {
        chips: [
          { kind: "no-category", label: "no category “de”", text: "category:de", start: 0, end: 11 },
          { kind: "exclude", label: "Dev", text: "-category:dev", start: 12, end: 25 },
        ],
      },
    });
  type("category:de -category:dev");
  await until(() => document.querySelectorAll("#applied .chip").length === 2);
  const [unknown, without] = document.querySelectorAll("#applied .chip");
  assert.equal(unknown.textContent?.trim(), "no category “de”");
  assert.equal(/** @type {HTMLElement} */ (unknown).dataset.kind, "no-category");
  assert.equal(without.getAttribute("aria-label"), "Remove the filter not Dev");
});

test("names are quoted where they must be", () => {
  assert.equal(categoryPiece("R&D"), "category:R&D");
  assert.equal(categoryPiece("Slow Food"), 'category:"Slow Food"');
  assert.equal(categoryPiece('The "real" work'), 'category:“The "real" work”');
  assert.equal(withCategory("", [], "Dev"), "category:Dev");
  assert.equal(withCategory("category:dev", chipsOf("category:dev"), "Dev"), "category:dev");
});
