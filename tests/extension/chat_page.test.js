import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  answerOf,
  ask,
  button,
  copied,
  document,
  exchanges,
  field,
  finish,
  heldAnswer,
  last,
  lists,
  log,
  press,
  reply,
  script,
  source,
  spoken,
  startOver,
  type,
  worker,
} from "./chat_page_fixture.js";
import { READY_STATE, stats, until } from "./page_fixture.js";

after(finish);

const texts = (/** @type {ParentNode} */ root, /** @type {string} */ selector) =>
  [...root.querySelectorAll(selector)].map((found) => found.textContent);

test("the conversation that was open last is there again, and its answer is not read out as new", async () => {
  await until(() => exchanges().length === 1);
  await until(() => !log.hasAttribute("aria-busy"));
  assert.deepEqual(worker.asked("chat.get"), [{ conversation_id: 7 }]);
  assert.match(last().textContent ?? "", /How warm\?.*twelve hours/su);
  assert.equal(document.querySelector("h1")?.textContent, "Warm starters");
  assert.equal(stub.storage.local.values.lastSidePanelPage, "sidepanel/history_chat.html");
  assert.ok(!spoken.join(" ").includes("twelve hours"));
});

test("every part carries the role and label that people and programs know it by", async () => {
  await startOver();
  assert.equal(field.localName, "textarea");
  assert.equal(field.getAttribute("aria-label"), "Ask your history");
  assert.equal(log.getAttribute("aria-label"), "Conversation");
  assert.deepEqual(texts(document, "nav a"), ["Search", "Chat", "Tabs"]);
  assert.ok(button("Ask"));
  const exchange = await ask("How warm?");
  assert.ok(exchange.querySelector('ol[aria-label="Sources"]'));
});

test("an answer goes from stage to stage, streams, and ends with its sources", async () => {
  await startOver();
  const held = heldAnswer();
  type("  How warm? ");
  press(field, "Enter");
  await held.tell({ conversation_id: 7, question_id: 70 });
  assert.ok(button("Stop"));
  assert.equal(field.value, "");
  assert.equal(worker.asked("chat.ask")[0].question, "How warm?");
  assert.ok(worker.asked("chat.ask")[0].timezone);
  const stage = () => last().querySelector('[data-part="stage"]:not([hidden])')?.textContent?.trim();
  assert.equal(stage(), "Searching your history…");
  await held.tell({ sources: [source(1), source(2)] });
  assert.deepEqual(lists(last()), ["Page 1", "Page 2"]);
  await held.tell({ stage: "reading" });
  assert.equal(stage(), "Reading what was found…");
  await held.tell({ stage: "writing" });
  await held.tell({ delta: "It doubles in **twelve" });
  await held.tell({ delta: " hours**. [1" });
  await until(() => answerOf(last()).textContent === "It doubles in twelve hours.");
  assert.equal(stage(), "Writing…");
  await held.finish(reply());
  assert.equal(stage(), undefined);
  assert.equal(answerOf(last()).querySelector("a")?.getAttribute("aria-label"), "Source 1: Page 1");
  assert.deepEqual(lists(last()), ["Page 1"]);
  assert.deepEqual(lists(last(), "More pages found"), ["Page 2"]);
  assert.equal(last().querySelector(".more-sources summary")?.textContent, "1 more page found");
});

test("what is searched for instead of the question stands in the stage line, and is read out once", async () => {
  await startOver();
  const held = heldAnswer();
  type("And when was that?");
  press(field, "Enter");
  await held.tell({ conversation_id: 7, question_id: 70 });
  await held.tell({ searched_for: "When was Skerrow Light locked?" });
  const stage = () => last().querySelector('[data-part="stage"]:not([hidden])')?.textContent?.trim();
  assert.equal(stage(), "Searching for “When was Skerrow Light locked?”…");
  await held.tell({ stage: "searching" });
  assert.equal(stage(), "Searching for “When was Skerrow Light locked?”…");
  await held.tell({ stage: "reading" });
  assert.equal(stage(), "Reading what was found…");
  await held.finish(reply());
  await until(() => spoken.at(-1)?.startsWith("It doubles"));
  assert.deepEqual(spoken.slice(0, -1), [
    "Searching your history…",
    "Searching for “When was Skerrow Light locked?”…",
    "Reading what was found…",
  ]);
});

test("stages and the finished answer are read out once, and no word while it streams", async () => {
  await startOver();
  const held = heldAnswer();
  type("How warm?");
  press(field, "Enter");
  await held.tell({ stage: "searching" });
  await held.tell({ stage: "writing" });
  for (const delta of ["It ", "doubles ", "in "]) await held.tell({ delta });
  await until(() => answerOf(last()).textContent?.includes("doubles"));
  await held.finish(reply());
  await until(() => spoken.length === 3);
  assert.deepEqual(spoken, ["Searching your history…", "Writing…", "It doubles in twelve hours. 1 source."]);
  assert.equal(log.getAttribute("aria-live"), "off");
});

test("stopping keeps what the host hands over, and says so", async () => {
  await startOver();
  const held = heldAnswer();
  type("How warm?");
  press(field, "Enter");
  await held.tell({ stage: "writing" });
  await held.tell({ delta: "It doubles" });
  button("Stop")?.click();
  await held.cancelled();
  assert.ok(button("Stop"), "it is not over before the host has answered");
  await held.finish(reply({ answer: "It doubles", citations: [], state: "stopped" }));
  assert.equal(answerOf(last()).textContent, "It doubles");
  assert.match(last().querySelector('[data-part="footnote"]')?.textContent ?? "", /^Stopped\./);
  assert.ok(button("Ask again", last()));
});

test("Escape stops too, and what was streamed stays when the host hands nothing over", async () => {
  await startOver();
  const held = heldAnswer();
  type("How warm?");
  press(field, "Enter");
  await held.tell({ sources: [source(1)] });
  await held.tell({ delta: "It doubles [1]" });
  press(field, "Escape");
  await held.cancelled();
  await held.fail({ message: "The request was taken back.", kind: "cancelled" });
  assert.equal(answerOf(last()).textContent, "It doubles\u00a01");
  assert.equal(last().querySelector('[data-part="footnote"]')?.textContent, "Stopped.");
  assert.equal(last().querySelector(".notice"), null);
});

test("what was streamed before a reset is thrown away", async () => {
  await startOver();
  const held = heldAnswer();
  type("How warm?");
  press(field, "Enter");
  await held.tell({ delta: "Nonsense from a broken model" });
  await until(() => answerOf(last()).textContent?.includes("Nonsense"));
  await held.tell({ reset: true });
  await until(() => answerOf(last()).textContent === "");
  await held.tell({ delta: "These pages" });
  await until(() => answerOf(last()).textContent === "These pages");
  await held.finish(reply({ answer: "These pages fit. [1]" }));
  assert.equal(answerOf(last()).textContent, "These pages fit.\u00a01");
});

test("Enter asks; Shift+Enter, a character being composed and an empty box do not", async () => {
  await startOver();
  press(field, "Enter");
  type("How warm?");
  assert.equal(press(field, "Enter", { shiftKey: true }), true, "a new line is begun");
  press(field, "Enter", { isComposing: true });
  press(field, "Enter", { keyCode: 229 });
  assert.deepEqual(worker.asked("chat.ask"), []);
  assert.equal(press(field, "Enter"), false);
  await until(() => worker.asked("chat.ask").length === 1);
  await until(() => button("Ask"));
});

test("a second question goes on with the same conversation, and a new chat does not", async () => {
  await startOver();
  await ask("How warm?");
  await ask("And when was that?");
  const [first, second] = worker.asked("chat.ask");
  assert.equal(first.conversation_id, undefined);
  assert.equal(second.conversation_id, 7);
  assert.equal(stub.storage.local.values.chatConversation, 7);
  assert.equal(exchanges().length, 2);
  button("New chat")?.click();
  assert.equal(exchanges().length, 0);
  assert.equal(stub.storage.local.values.chatConversation, null);
  assert.equal(document.querySelector("#empty")?.hasAttribute("hidden"), false);
});

test("no answer in the history: said plainly, with the closest pages", async () => {
  await startOver();
  script.ask = () =>
    reply({ answer: "Nothing in your history answers that.", citations: [], engine: "none", state: "none" });
  const exchange = await ask("Who won?");
  assert.match(answerOf(exchange).textContent ?? "", /Nothing in your history answers that/);
  assert.equal(exchange.querySelector(".sources-title")?.textContent, "Closest pages");
  assert.deepEqual(lists(exchange), ["Page 1", "Page 2"]);
});

test("a list of results says why it is one, with the command that mends it", async () => {
  await startOver();
  const problem = {
    kind: "model_unavailable",
    reason: "No language model is installed.",
    fix: "Install one: classify model download mini",
  };
  script.ask = () => reply({ engine: "results", state: "fallback", model: null, problem });
  const exchange = await ask("How warm?");
  const notice = /** @type {HTMLElement} */ (exchange.querySelector(".notice"));
  assert.match(notice.textContent ?? "", /No language model is installed\.Install one: /);
  assert.equal(notice.querySelector("code")?.textContent, "classify model download mini");
  button("See the models", notice)?.click();
  assert.match(stub.tabs.created[0].url, /options\.html#models$/);
  assert.match(spoken.at(-1) ?? "", /No language model is installed\. Install one: classify/);
});

test("an answer of which nothing is left says so, and neither quotes nor copies it", async () => {
  await startOver();
  const sentences = [{ text: "", citations: [], supported: true, removed: true }];
  const problem = { kind: "timeout", reason: "It took too long." };
  for (const values of [
    { engine: /** @type {const} */ ("extractive") },
    { engine: /** @type {const} */ ("results"), state: /** @type {const} */ ("fallback"), problem },
  ]) {
    script.ask = () => reply({ answer: "", sentences, citations: [], sources: [], ...values });
    const exchange = await ask("How warm?");
    assert.equal(exchange.querySelector(".removed")?.textContent, "This answer was removed with its page.");
    assert.equal(answerOf(exchange).textContent, "");
    assert.equal(exchange.querySelector(".notice"), null);
    assert.equal(exchange.querySelector('[data-part="footnote"]')?.hasAttribute("hidden"), true);
    assert.deepEqual(texts(exchange, ".answer-actions button"), ["Ask again"]);
  }
});

test("what is left of an answer stands above the words that the rest was removed", async () => {
  await startOver();
  const kept = { text: "It doubles.", citations: [1], supported: true };
  const sentences = [kept, { text: "", citations: [], supported: true, removed: true }];
  script.ask = () => reply({ answer: "It doubles. [1]", sentences });
  const exchange = await ask("How warm?");
  assert.match(
    exchange.querySelector('[data-part="words"]')?.textContent ?? "",
    /It doubles\..*A part of it was removed with its page\./su,
  );
  assert.ok(button("Copy", exchange));
});

test("a question can be held to the site in front and to a span of time, and be let go again", async () => {
  await startOver();
  const chip = /** @type {HTMLElement} */ (document.querySelector("#site-chip"));
  assert.equal(chip.hidden, false);
  chip.click();
  assert.equal(chip.textContent?.trim(), "other.org");
  button("Last 7 days")?.click();
  await ask("How warm?");
  const { sites, from } = worker.asked("chat.ask")[0].filters;
  assert.deepEqual(sites, ["other.org"]);
  assert.ok(from < Date.now() - 5 * 86_400_000);
  chip.click();
  button("Last 7 days")?.click();
  await ask("And now?");
  assert.deepEqual(worker.asked("chat.ask")[1].filters, {});
});

test("when a part of the history has no answer, all of it can be asked", async () => {
  await startOver();
  button("Today")?.click();
  script.ask = () => reply({ answer: "Nothing in this part.", citations: [], engine: "none", state: "none" });
  const exchange = await ask("Who won?");
  script.ask = () => reply({ question_id: 72 });
  button("Ask the whole history", exchange)?.click();
  await until(() => worker.asked("chat.ask").length === 2);
  await until(() => button("Ask"));
  const { filters, replaces } = worker.asked("chat.ask")[1];
  assert.deepEqual([filters, replaces], [{}, 70]);
  assert.equal(exchanges().length, 1);
  assert.equal(button("Ask the whole history"), undefined);
});

test("an answer is copied as text and as Markdown, with its sources numbered", async () => {
  await startOver();
  const exchange = await ask("How warm?");
  button("Copy", exchange)?.click();
  await until(() => copied.length === 1);
  button("Copy as Markdown", exchange)?.click();
  await until(() => copied.length === 2);
  assert.equal(copied[0], "It doubles in twelve hours. [1]\n\nSources:\n[1] Page 1: https://example.com/1");
  assert.equal(
    copied[1],
    "**How warm?**\n\nIt doubles in **twelve hours**. [1]\n\nSources:\n\n1. [Page 1](<https://example.com/1>)\n",
  );
});

test("examples fill the box, and an empty history is told what to do instead", async () => {
  await startOver();
  const [example] = document.querySelectorAll("#examples button");
  /** @type {HTMLElement} */ (example).click();
  assert.equal(field.value, example.textContent);
  assert.equal(document.activeElement, field);
  worker.answers["store.stats"] = () => stats({ pages: 0 });
  worker.tell("extension.changed", {
    ...READY_STATE,
    host: { name: "down", problem: { kind: "exited", message: "It stopped." } },
  });
  assert.match(document.querySelector("#banners")?.textContent ?? "", /It stopped\./);
  worker.tell("extension.changed", READY_STATE);
  await until(() => button("Import my history"));
  assert.equal(document.querySelector("#examples")?.hasAttribute("hidden"), true);
});

test("the slash key leads to the box", async () => {
  await startOver();
  button("Chats")?.focus();
  assert.equal(press(document.activeElement ?? document, "/"), false);
  assert.equal(document.activeElement, field);
});

test("the page keys scroll the conversation from the box", async () => {
  await startOver();
  const scroller = /** @type {HTMLElement} */ (document.querySelector("#scroller"));
  Object.defineProperty(scroller, "clientHeight", { value: 400 });
  field.focus();
  scroller.scrollTop = 1000;
  press(field, "PageUp");
  assert.equal(scroller.scrollTop, 660);
  press(field, "PageDown");
  assert.equal(scroller.scrollTop, 1000);
});
