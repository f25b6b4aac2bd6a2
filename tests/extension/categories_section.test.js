import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { CategoryHost, category } from "./categories_fixture.js";
import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

const host = new CategoryHost();
host.categories = [category("Dev"), category("News", { corrections: 2 })];
const { document, worker, dom } = openPage("options.html", host.answers());
stub.tabs.all = [
  { id: 1, title: "Seen long ago", url: "https://a.example/", lastAccessed: 1 },
  { id: 2, title: "Sourdough in a cold kitchen", url: "https://b.example/", lastAccessed: 9 },
  { id: 3, title: "Settings", url: "chrome://settings" },
];
after(() => closePage(dom));
await import("../../extension/options.js");

const { window } = dom;
const list = () => [...(document.getElementById("categories-list")?.children ?? [])];
const names = () => list().map((card) => card.querySelector('[data-part="name"]')?.textContent);
const notice = () => document.getElementById("categories-notice")?.textContent ?? "";
const said = () => document.getElementById("saved")?.textContent;
const sent = () => worker.asked("categories.set").at(-1);

/** @param {string} label @returns {HTMLElement} */
function labelled(label) {
  const found = document.querySelector(`[aria-label="${label}"]`);
  assert.ok(found, label);
  return /** @type {HTMLElement} */ (found);
}

/** @param {Element} form @param {Record<string, string>} values */
function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = /** @type {HTMLInputElement} */ (form.querySelector(`[data-part="${name}"]`));
    field.value = value;
    field.dispatchEvent(new window.Event("input"));
  }
}

/** @param {Element} form */
function submit(form) {
  form.dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
}

/** @param {Element} root @param {string} text @returns {HTMLElement} */
function buttonIn(root, text) {
  const found = [...root.querySelectorAll("button")].find((each) => each.textContent === text);
  assert.ok(found, text);
  return found;
}

const problem = (/** @type {Element} */ form, /** @type {string} */ field) =>
  form.querySelector(`[data-part="${field}-problem"]`)?.textContent;

function openNew() {
  document.getElementById("categories-add")?.click();
  return labelled("New category");
}

beforeEach(async () => {
  host.errors = {};
  host.categories = [category("Dev"), category("News", { corrections: 2 })];
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  worker.tell("extension.changed", READY_STATE);
  await until(() => names().join() === "Dev,News" && !notice());
});

test("every category is listed with what it is and what was said about it, and kept for hard times", () => {
  assert.match(list()[1].textContent ?? "", /About News · 2 corrections/);
  assert.equal(stub.storage.local.values.tabCategories.length, 2);
});

test("a category of one's own needs a name of its own; the rest may be left out", async () => {
  const form = openNew();
  assert.equal(document.activeElement, form.querySelector('[data-part="name"]'));
  const before = worker.asked("categories.set").length;
  submit(form);
  assert.equal(problem(form, "name"), "A category needs a name.");
  fill(form, { name: " dev " });
  assert.equal(problem(form, "name"), "");
  submit(form);
  assert.match(problem(form, "name") ?? "", /“Dev” already/);
  assert.equal(form.querySelector('[data-part="name"]')?.getAttribute("aria-invalid"), "true");
  fill(form, { name: "x".repeat(61), examples: `short\n${"y".repeat(501)}`, description: "z".repeat(1001) });
  submit(form);
  assert.match(problem(form, "name") ?? "", /61 characters, 60 is the most/);
  assert.match(problem(form, "examples") ?? "", /Example 2 is too long/);
  assert.match(problem(form, "description") ?? "", /1001/);
  assert.equal(worker.asked("categories.set").length, before);
  fill(form, { name: " Home  baking ", examples: " bread \n\nbread\nkitchen.example ", description: "" });
  /** @type {HTMLElement} */ (form.querySelector('input[value="orange"]')).click();
  submit(form);
  await until(() => names().includes("Home baking"));
  assert.deepEqual(sent(), {
    categories: [
      { name: "Home baking", description: "", examples: ["bread", "kitchen.example"], colour: "orange" },
    ],
  });
  assert.equal(document.activeElement?.id, "categories-add");
});

test("a new category is offered a colour that no other has", () => {
  const form = openNew();
  const chosen = /** @type {HTMLInputElement} */ (form.querySelector("input[type=radio]:checked"));
  assert.equal(chosen.value, "red");
  buttonIn(form, "Cancel").click();
});

test("an open tab becomes an example, the one seen last first, and pages of the browser are not offered", async () => {
  const form = openNew();
  const select = /** @type {HTMLSelectElement} */ (form.querySelector('[data-part="open-tabs"]'));
  await until(() => select.options.length === 3);
  assert.deepEqual(
    [...select.options].slice(1).map(({ text }) => text),
    ["Sourdough in a cold kitchen", "Seen long ago"],
  );
  fill(form, { examples: "First\n" });
  select.selectedIndex = 1;
  select.dispatchEvent(new window.Event("change"));
  const field = /** @type {HTMLTextAreaElement} */ (form.querySelector('[data-part="examples"]'));
  assert.equal(field.value, "First\nSourdough in a cold kitchen");
  buttonIn(form, "Cancel").click();
  assert.equal(document.querySelector('[aria-label="New category"]'), null);
});

test("a category is renamed by its key, and the focus is back where it was", async () => {
  labelled("Edit News").click();
  const form = labelled("Edit News").closest("li")?.querySelector("form");
  assert.ok(form);
  fill(form, { name: "Press" });
  submit(form);
  await until(() => names().includes("Press"));
  assert.equal(sent().categories[0].key, "news");
  assert.equal(document.activeElement, labelled("Edit Press"));
  assert.equal(said(), "Press was saved.");
});

test("Escape leaves the fields, unless something was typed, and nothing is saved", () => {
  const before = worker.asked("categories.set").length;
  labelled("Edit Dev").click();
  const form = labelled("Edit Dev").closest("li")?.querySelector("form");
  assert.ok(form);
  const pressEscape = () =>
    form.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  fill(form, { name: "Deve" });
  pressEscape();
  assert.ok(labelled("Edit Dev").closest("li")?.querySelector("form"));
  fill(form, { name: "Dev" });
  pressEscape();
  assert.equal(labelled("Edit Dev").closest("li")?.querySelector("form"), null);
  assert.equal(document.activeElement, labelled("Edit Dev"));
  assert.equal(worker.asked("categories.set").length, before);
});

test("a category that cannot be saved keeps what was typed, and says why", async () => {
  host.errors["categories.set"] = { message: "The disk is full.", fix: "Make room.", kind: "disk_full" };
  const form = openNew();
  fill(form, { name: "Bees" });
  submit(form);
  await until(
    () => problem(form, "name") === "" && form.textContent?.includes("The disk is full. Make room."),
  );
  assert.equal(/** @type {HTMLInputElement} */ (form.querySelector('[data-part="name"]')).value, "Bees");
  buttonIn(form, "Cancel").click();
});

test("a category is switched off and on, and stays as it is when that fails", async () => {
  const box = /** @type {HTMLInputElement} */ (labelled("Use News"));
  box.click();
  await until(() => said() === "News is not used any more.");
  assert.deepEqual(sent(), { categories: [{ key: "news", enabled: false }] });
  assert.ok(box.closest("li")?.classList.contains("off"));
  host.errors["categories.set"] = { message: "No." };
  box.click();
  await until(() => notice().includes("No."));
  assert.equal(box.checked, false);
});

test("one's own is removed after a question, and can be put back; the seven cannot be removed", async () => {
  host.categories.push(category("Bees", { builtin: false, examples: ["hive"], colour: "yellow" }));
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  worker.tell("extension.changed", READY_STATE);
  await until(() => names().includes("Bees"));
  labelled("Edit Dev").click();
  assert.equal(labelled("Remove Dev").hidden, true);
  labelled("Edit Dev").click();
  labelled("Edit Bees").click();
  const form = labelled("Remove Bees").closest("form");
  assert.ok(form);
  labelled("Remove Bees").click();
  assert.equal(document.activeElement, buttonIn(form, "Keep it"));
  buttonIn(form, "Keep it").click();
  assert.ok(names().includes("Bees"));
  labelled("Remove Bees").click();
  buttonIn(form, "Remove it").click();
  await until(() => !names().includes("Bees"));
  assert.deepEqual(sent(), { remove: ["bees"] });
  const back = buttonIn(/** @type {Element} */ (document.getElementById("categories-notice")), "Put back");
  assert.equal(document.activeElement, back);
  back.click();
  await until(() => names().includes("Bees"));
  assert.deepEqual(sent().categories[0].examples, ["hive"]);
});

test("a reset asks first, leaves one's own alone, and can be taken back", async () => {
  labelled("Use News").click();
  await until(() => said() === "News is not used any more.");
  document.getElementById("categories-reset")?.click();
  assert.equal(document.activeElement?.id, "categories-reset-no");
  document.getElementById("categories-reset-yes")?.click();
  await until(() => /** @type {HTMLInputElement} */ (labelled("Use News")).checked);
  assert.deepEqual(sent(), { reset: true });
  buttonIn(/** @type {Element} */ (document.getElementById("categories-notice")), "Put back").click();
  await until(() => !(/** @type {HTMLInputElement} */ (labelled("Use News")).checked));
  assert.deepEqual(
    sent().categories.map((/** @type {any} */ each) => [each.key, each.enabled]),
    [
      ["dev", true],
      ["news", false],
    ],
  );
});

test("what the host cannot tell is said where the categories would stand, and asked for again", async () => {
  host.errors["categories.list"] = { message: "The database is closed.", kind: "storage" };
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  assert.match(notice(), /back/);
  worker.tell("extension.changed", READY_STATE);
  await until(() => notice().includes("The database is closed."));
  host.errors = {};
  buttonIn(/** @type {Element} */ (document.getElementById("categories-notice")), "Try again").click();
  await until(() => notice() === "");
});
