import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { READY_STATE, result, until } from "./page_fixture.js";
import {
  button,
  document,
  field,
  finish,
  reply,
  script,
  startOver,
  status,
  titles,
  type,
  worker,
} from "./search_page_fixture.js";

beforeEach(startOver);
after(finish);

test("filters read out of the words are shown and can be taken off", async () => {
  const chip = { kind: "site", label: "example.com", text: "site:example.com", start: 6, end: 22 };
  script.answer = ({ query }) =>
    reply([result(1)], { parsed: { chips: query.includes("site:") ? [/** @type {any} */ (chip)] : [] } });
  type("bread site:example.com soup");
  await until(() => document.querySelector("#applied .chip"));
  /** @type {HTMLElement} */ (document.querySelector("#applied .chip")).click();
  assert.equal(field.value, "bread soup");
  await until(() => worker.asked("search.query").some(({ query }) => query === "bread soup"));
  await until(() => !document.querySelector("#applied .chip"));
});

test("a span of time narrows the search, and only one is on", async () => {
  script.answer = () => reply([result(1)]);
  type("time");
  button("Today")?.click();
  button("Yesterday")?.click();
  await until(() => worker.asked("search.query").some(({ filters }) => filters.to !== undefined));
  const pressed = [...document.querySelectorAll('[data-range][aria-pressed="true"]')].map(
    (chip) => chip.textContent,
  );
  assert.deepEqual(pressed, ["Yesterday"]);
  button("Yesterday")?.click();
});

test("the mode is chosen under Advanced, used, and remembered", async () => {
  script.answer = () => reply([result(1)]);
  const advanced = /** @type {HTMLButtonElement} */ (button("Advanced"));
  advanced.click();
  assert.equal(advanced.getAttribute("aria-expanded"), "true");
  assert.equal(document.querySelector("#advanced")?.hasAttribute("hidden"), false);
  type("mode");
  /** @type {HTMLInputElement} */ (document.querySelector("#mode-text")).click();
  await until(() => worker.asked("search.query").length > 0);
  assert.deepEqual([...new Set(worker.asked("search.query").map(({ mode }) => mode))], ["text"]);
  assert.equal(stub.storage.local.values.searchMode, "text");
  /** @type {HTMLInputElement} */ (document.querySelector("#mode-rerank")).click();
  advanced.click();
});

test("when nothing matches, a spelling is offered and taken", async () => {
  script.answer = ({ query }) =>
    query === "recieve"
      ? reply([], { parsed: { corrected: [{ from: "recieve", to: "receive" }] } })
      : reply([result(1)]);
  type("recieve");
  await until(() => button("Search for “receive”"));
  assert.match(status.textContent ?? "", /No page matches “recieve”/);
  button("Search for “receive”")?.click();
  await until(() => titles().length === 1);
  assert.equal(field.value, "receive");
});

test("a date that no page of that time answers is said to be left aside", async () => {
  script.answer = () => reply([result(1)], { parsed: { ignored_dates: ["on Monday"] } });
  type("opening ceremony on Monday");
  await until(() => titles().length === 1);
  await until(() => status.textContent?.includes("Nothing that you read “on Monday” fits."));
});

test("an error is told with its remedy, and can be tried again", async () => {
  script.answer = () => {
    throw { message: "The index is damaged.", kind: "storage", fix: "Run the doctor." };
  };
  type("broken");
  await until(() => button("Try again"));
  assert.match(status.textContent ?? "", /The index is damaged\. Run the doctor\./);
  script.answer = () => reply([result(1)]);
  button("Try again")?.click();
  await until(() => titles().length === 1);
});

test("what does not work at the moment is said beside the results", async () => {
  script.answer = () =>
    reply([result(1)], { degraded: [{ part: "vector", reason: "The model is still loading." }] });
  type("degraded");
  await until(() => /The model is still loading\./.test(status.textContent ?? ""));
  const degraded = [{ part: "vector", reason: "No model is here.", fix: "Download one." }];
  script.answer = () => reply([], { degraded });
  type("nothing at all");
  await until(() => /No page matches.*No model is here\. Download one\./.test(status.textContent ?? ""));
});

test("a missing host is told with the command that sets it up, and the page comes back by itself", async () => {
  const command = "python3 -m host.install --browser chrome";
  const problem = { kind: "not_found", message: "Not set up yet.", fix: "Run this once:", command };
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down", problem } });
  assert.equal(document.querySelector("#banners code")?.textContent, command);
  assert.ok(button("Retry"));
  script.answer = () => reply([result(1)]);
  field.value = "back";
  worker.tell("extension.changed", READY_STATE);
  assert.equal(document.querySelector("#banners")?.childElementCount, 0);
  await until(() => titles().length === 1);
});

test("a pause is shown and can be ended here", async () => {
  worker.answers["extension.pause"] = ({ until: time }) => ({ ...READY_STATE, pausedUntil: time });
  worker.tell("extension.changed", { ...READY_STATE, pausedUntil: -1 });
  assert.match(document.querySelector("#banners")?.textContent ?? "", /Paused until you resume it/);
  button("Resume")?.click();
  await until(() => worker.asked("extension.pause").length === 1);
  assert.deepEqual(worker.asked("extension.pause"), [{ until: 0 }]);
  worker.tell("extension.changed", READY_STATE);
});

test("the page remembers that it was the last one", () => {
  assert.equal(stub.storage.local.values.lastSidePanelPage, "sidepanel/history_search.html");
});
