import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

/** @type {import("../../extension/shared/api.js").Setting[]} */
const settings = [
  setting("capture.enabled", "boolean", true),
  setting("capture.paused_until", "integer", 0),
  setting("capture.excluded_sites", "string_list", ["bank.example", "*health*"]),
  { ...setting("retention.max_age_days", "integer", 0), minimum: 0, maximum: 3650 },
  { ...setting("appearance.theme", "choice", "system"), choices: ["system", "light", "dark"] },
  { ...setting("chat.system_prompt", "string", "Be brief."), default: "" },
  setting("future.new_thing", "string", "x"),
];

/**
 * @param {string} key
 * @param {import("../../extension/shared/api.js").Setting["type"]} type
 * @param {any} value
 */
function setting(key, type, value) {
  return { key, type, value, default: value, description: `About ${key}.` };
}

let uncounted = false;
let count = 4;
/** What a deletion removed beside pages. */
let also = {};

const { document, worker, dom } = openPage("options.html", {
  "extension.state": () => READY_STATE,
  "extension.pause": ({ until: time }) => ({ ...READY_STATE, pausedUntil: time }),
  "settings.get": () => ({ settings }),
  "settings.update": ({ values }) => {
    if (values["capture.enabled"] === false) throw { message: "The disk is full.", fix: "Make room." };
    return { settings };
  },
  "pages.count": () => {
    if (uncounted) throw { message: "It is older.", kind: "method_not_found" };
    return { pages: count };
  },
  "pages.delete": () => ({ deleted: 4, ...also }),
});
const { window } = dom;
stub.storage.local.values.settings = { "appearance.theme": "dark" };
after(() => closePage(dom));
await import("../../extension/options.js");

/** @param {string} key @returns {HTMLInputElement} */
function control(key) {
  return /** @type {HTMLInputElement} */ (document.getElementById(`setting-${key.replaceAll(".", "-")}`));
}

/** @param {HTMLElement} target @param {string} kind */
function fire(target, kind) {
  target.dispatchEvent(new window.Event(kind, { bubbles: true, cancelable: true }));
}

const lastUpdate = () => worker.asked("settings.update").at(-1)?.values;
const saved = () => document.getElementById("saved")?.textContent ?? "";

test("every setting has a control of its type, a name and its description, those unknown here too", () => {
  assert.equal(control("capture.enabled").type, "checkbox");
  assert.equal(control("retention.max_age_days").type, "number");
  assert.equal(control("retention.max_age_days").max, "3650");
  assert.equal(control("appearance.theme").localName, "select");
  assert.equal(control("future.new_thing").type, "text");
  for (const { key } of settings.filter((each) => each.key !== "capture.paused_until")) {
    const name = document.querySelector(`label[for="${control(key).id}"]`)?.textContent;
    assert.ok(name, key);
    const about = document.getElementById(control(key).getAttribute("aria-describedby") ?? "");
    assert.equal(about?.textContent, `About ${key}.`);
  }
  assert.equal(control("capture.paused_until"), null);
});

test("a change is saved at once, with the type that the host expects", async () => {
  control("retention.max_age_days").value = "30";
  fire(control("retention.max_age_days"), "change");
  await until(() => saved() === "Saved.");
  assert.deepEqual(lastUpdate(), { "retention.max_age_days": 30 });
  control("appearance.theme").value = "dark";
  fire(control("appearance.theme"), "change");
  await until(() => worker.asked("settings.update").length === 2);
  assert.deepEqual(lastUpdate(), { "appearance.theme": "dark" });
});

test("a number out of its range is not sent", async () => {
  const before = worker.asked("settings.update").length;
  control("retention.max_age_days").value = "-5";
  fire(control("retention.max_age_days"), "change");
  const row = control("retention.max_age_days").closest(".setting");
  assert.equal(row?.querySelector('[role="alert"]')?.hasAttribute("hidden"), false);
  assert.equal(worker.asked("settings.update").length, before);
});

test("excluded sites are added and removed one by one, and nonsense is refused", async () => {
  const row = /** @type {HTMLElement} */ (control("capture.excluded_sites").closest(".setting"));
  const form = /** @type {HTMLFormElement} */ (row.querySelector("form"));
  const names = () => [...row.querySelectorAll("code")].map((code) => code.textContent);
  control("capture.excluded_sites").value = " shop.example/cart ";
  fire(form, "submit");
  await until(() => lastUpdate()?.["capture.excluded_sites"]?.length === 3);
  assert.deepEqual(names(), ["shop.example/cart", "bank.example", "*health*"]);

  control("capture.excluded_sites").value = "*";
  fire(form, "submit");
  assert.match(row.querySelector('[role="alert"]')?.textContent ?? "", /example\.com/);
  assert.equal(names().length, 3);

  /** @type {HTMLElement} */ (row.querySelector('[aria-label="Remove bank.example"]')).click();
  await until(() => lastUpdate()?.["capture.excluded_sites"]?.length === 2);
  assert.deepEqual(lastUpdate(), { "capture.excluded_sites": ["shop.example/cart", "*health*"] });
});

test("a setting that could not be saved says why, where it stands", async () => {
  control("capture.enabled").checked = false;
  fire(control("capture.enabled"), "change");
  await until(() => saved() === "Not saved.");
  const row = control("capture.enabled").closest(".setting");
  assert.equal(row?.querySelector('[role="alert"]')?.textContent, "The disk is full. Make room.");
});

const question = () => document.getElementById("forget-question")?.textContent ?? "";
const forgotten = () => document.getElementById("forget-said")?.textContent ?? "";
const erase = () => /** @type {HTMLButtonElement} */ (document.getElementById("forget-yes"));

test("a number says what it means, and follows what is entered", async () => {
  const row = control("retention.max_age_days").closest(".setting");
  const words = () => row?.querySelector('[data-part="words"]')?.textContent;
  control("retention.max_age_days").value = "0";
  fire(control("retention.max_age_days"), "change");
  assert.equal(words(), "Kept for ever.");
  control("retention.max_age_days").value = "365";
  fire(control("retention.max_age_days"), "change");
  assert.equal(words(), "A page that you did not visit for 365 days (about 1 year) is forgotten.");
  await until(() => lastUpdate()?.["retention.max_age_days"] === 365);
});

test("forgetting the last hour asks first, with the number of pages", async () => {
  document.getElementById("forget-hour")?.click();
  assert.deepEqual(worker.asked("pages.delete"), []);
  assert.equal(document.getElementById("forget-confirm")?.hasAttribute("hidden"), false);
  await until(() => question().includes("within the past hour (4 pages)"));
  document.getElementById("forget-yes")?.click();
  await until(() => forgotten() === "Erased 4 pages.");
  const [{ from, to }] = worker.asked("pages.delete");
  assert.equal(to - from, 3_600_000);
});

test("a key pressed twice keeps everything, and nothing is erased before its number is known", async () => {
  const before = worker.asked("pages.delete").length;
  document.getElementById("forget-hour")?.click();
  assert.equal(document.activeElement?.id, "forget-no");
  assert.ok(erase().disabled);
  erase().click();
  await until(() => !erase().disabled);
  assert.match(question(), /4 pages/);
  assert.equal(forgotten(), "", "what came of the last act has gone with this one");
  document.getElementById("forget-no")?.click();
  assert.equal(worker.asked("pages.delete").length, before);
  count = 0;
  document.getElementById("forget-hour")?.click();
  await until(() => question().startsWith("No visit within the past hour is stored."));
  count = 4;
  document.getElementById("forget-no")?.click();
});

test("a site is forgotten with its subdomains, once it is one and somebody is sure", async () => {
  const field = /** @type {HTMLInputElement} */ (document.getElementById("forget-site"));
  const form = /** @type {HTMLFormElement} */ (document.getElementById("forget-site-form"));
  const before = worker.asked("pages.delete").length;
  field.value = "nonsense";
  fire(form, "submit");
  assert.match(document.getElementById("forget-problem")?.textContent ?? "", /example\.com/);
  assert.equal(document.getElementById("forget-confirm")?.hasAttribute("hidden"), true);
  field.value = " https://www.News.example/today ";
  fire(form, "submit");
  await until(() => question().startsWith("Erase 4 pages of news.example"));
  document.getElementById("forget-no")?.click();
  assert.equal(document.activeElement, field);
  assert.equal(worker.asked("pages.delete").length, before);
  uncounted = true;
  fire(form, "submit");
  await until(() => question().startsWith("Erase every page of news.example"));
  uncounted = false;
  also = { backups_cleaned: 2, visits: 3 };
  document.getElementById("forget-yes")?.click();
  await until(() => forgotten().startsWith("Erased 4 pages."));
  assert.match(forgotten(), /3 visits of pages that stay went as well\. It is gone from the backups, too\./);
  assert.deepEqual(worker.asked("pages.delete").at(-1), { domain: "news.example" });
});

test("days are forgotten from the first midnight to the one after the last", async () => {
  const set = (/** @type {string} */ id, /** @type {string} */ day) => {
    /** @type {HTMLInputElement} */ (document.getElementById(id)).value = day;
  };
  const form = /** @type {HTMLFormElement} */ (document.getElementById("forget-days-form"));
  set("forget-from", "2026-03-28");
  set("forget-to", "2026-03-27");
  fire(form, "submit");
  assert.match(document.getElementById("forget-problem")?.textContent ?? "", /not before it/);
  set("forget-to", "2026-03-29");
  fire(form, "submit");
  await until(() => question().includes("(4 pages)"));
  document.getElementById("forget-yes")?.click();
  const range = { from: new Date(2026, 2, 28).getTime(), to: new Date(2026, 2, 30).getTime() };
  await until(() => worker.asked("pages.delete").at(-1).from === range.from);
  assert.deepEqual(worker.asked("pages.delete").at(-1), range);
});

test("pausing for an hour ends in an hour", async () => {
  const before = Date.now();
  document.getElementById("pause-hour")?.click();
  await until(() => worker.asked("extension.pause").length === 1);
  const [{ until: time }] = worker.asked("extension.pause");
  assert.ok(time >= before + 3_600_000 && time <= Date.now() + 3_600_000);
});

test("the theme of the settings is worn", () => {
  assert.equal(document.documentElement.dataset.theme, "dark");
});

test("the instructions for the model are a text of many lines, which can be put back", async () => {
  const box = /** @type {HTMLTextAreaElement} */ (/** @type {unknown} */ (control("chat.system_prompt")));
  assert.equal(box.localName, "textarea");
  const reset = /** @type {HTMLButtonElement} */ (box.parentElement?.querySelector("button"));
  assert.equal(reset.textContent, "Reset to the built-in prompt");
  box.value = "Answer\nin verse.";
  fire(box, "change");
  await until(() => lastUpdate()?.["chat.system_prompt"] === "Answer\nin verse.");
  reset.click();
  await until(() => lastUpdate()?.["chat.system_prompt"] === "");
  assert.equal(box.value, "");
  assert.equal(reset.disabled, true);
});
