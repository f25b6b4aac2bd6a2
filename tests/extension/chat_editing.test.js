import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  answerOf,
  ask,
  button,
  conversation,
  document,
  exchanges,
  field,
  finish,
  head,
  heldAnswer,
  last,
  press,
  reply,
  script,
  spoken,
  startOver,
  type,
  worker,
} from "./chat_page_fixture.js";
import { until } from "./page_fixture.js";

after(finish);

const editing = () => !document.querySelector("#editing")?.hasAttribute("hidden");
const notice = (/** @type {ParentNode} */ exchange) => exchange.querySelector(".notice")?.textContent ?? "";
/** @param {number} id @param {string} question @param {object} [values] */
const message = (id, question, values = {}) => ({
  question_id: id,
  question,
  created_at: 0,
  answer: reply({ question_id: id, message_id: id + 1, ...values }),
});

/** Asks "How warm?", which the host then holds, and has the next question refused. @param {object} error */
async function refuseNext(error) {
  await startOver();
  await ask("How warm?");
  script.get = () => conversation({ messages: [message(70, "How warm?")] });
  script.ask = () => {
    throw error;
  };
}

/** Opens a conversation of the list. @param {number} id */
async function openChat(id) {
  script.list = () => ({ conversations: [head(id)], total: 1 });
  button("Chats")?.click();
  const title = () =>
    [...document.querySelectorAll(".chat-title")].find((t) => t.textContent === `Chat ${id}`);
  await until(title);
  title()?.closest("button")?.click();
}

test("Up in an empty box edits the last question, which then takes its place with all that follows", async () => {
  await startOver();
  await ask("How warm?");
  assert.equal(press(field, "ArrowUp"), false);
  assert.equal(field.value, "How warm?");
  assert.equal(document.querySelector("#editing")?.hasAttribute("hidden"), false);
  script.ask = () => reply({ question_id: 80, answer: "Colder. [1]" });
  await ask("How cold?");
  assert.equal(worker.asked("chat.ask").at(-1).replaces, 70);
  assert.equal(exchanges().length, 1);
  assert.match(last().textContent ?? "", /How cold\?.*Colder\./su);
  assert.equal(document.querySelector("#editing")?.hasAttribute("hidden"), true);
});

test("an edit that is left changes nothing", async () => {
  await startOver();
  await ask("How warm?");
  button("Edit the question", last())?.click();
  press(field, "Escape");
  assert.equal(field.value, "");
  await ask("And when?");
  assert.equal(worker.asked("chat.ask").at(-1).replaces, undefined);
});

test("asking again wants another wording in place of the answer", async () => {
  await startOver();
  await ask("How warm?");
  button("Ask again", last())?.focus();
  button("Ask again", last())?.click();
  await until(() => worker.asked("chat.ask").length === 2);
  await until(() => button("Ask"));
  assert.equal(document.activeElement, field, "the focus does not go with the button");
  const { question, replaces, fresh, conversation_id: id } = worker.asked("chat.ask")[1];
  assert.deepEqual([question, replaces, fresh, id], ["How warm?", 70, true, 7]);
  assert.equal(exchanges().length, 1);
});

test("an edit ends with the conversation that it belongs to; words that were typed stay", async () => {
  for (const [typed, left] of [
    ["How warm?", ""],
    ["How cold?", "How cold?"],
  ]) {
    await startOver();
    await ask("How warm?");
    button("Edit the question", last())?.click();
    type(typed);
    script.get = () => conversation({ conversation_id: 2, title: "Chat 2", messages: [message(60, "Rye?")] });
    await openChat(2);
    await until(() => document.querySelector("h1")?.textContent === "Chat 2");
    assert.equal(editing(), false);
    assert.equal(field.value, left);
    await ask("And when?");
    const { conversation_id: id, replaces } = worker.asked("chat.ask").at(-1);
    assert.deepEqual([id, replaces], [2, undefined]);
  }
});

test("an edit ends when its conversation is deleted", async () => {
  await startOver();
  await ask("How warm?");
  button("Edit the question", last())?.click();
  script.list = () => ({ conversations: [head(7)], total: 1 });
  button("Chats")?.click();
  await until(() => button("Delete: Chat 7"));
  button("Delete: Chat 7")?.click();
  button("Delete", /** @type {HTMLElement} */ (document.querySelector(".chat-row")))?.click();
  await until(() => exchanges().length === 0);
  assert.equal(editing(), false);
  press(/** @type {HTMLElement} */ (document.querySelector("#chats-query")), "Escape");
});

test("only the last question can be asked again, for that throws away what follows", async () => {
  await startOver();
  await ask("How warm?");
  script.ask = () => reply({ question_id: 80, message_id: 81 });
  await ask("And when?");
  const offers = () =>
    exchanges().map((exchange) => !(/** @type {HTMLElement} */ (button("Ask again", exchange)).hidden));
  assert.deepEqual(offers(), [false, true]);
  button("Edit the question", exchanges()[0])?.click();
  assert.equal(editing(), true, "editing an earlier one says what goes with it");
  press(field, "Escape");
  script.get = () => conversation({ messages: [message(60, "One"), message(62, "Two")] });
  await openChat(7);
  await until(() => button("Edit the question", last()) && last().textContent?.includes("Two"));
  assert.deepEqual(offers(), [false, true]);
});

test("an edited question that fails goes back into the box, and the earlier answer is kept", async () => {
  await refuseNext({ message: "The disk is full.", kind: "disk_full", fix: "Make room." });
  press(field, "ArrowUp");
  await ask("How cold?");
  assert.equal(exchanges().length, 1);
  assert.match(answerOf(last()).textContent ?? "", /twelve hours/);
  assert.equal(notice(last()), "Kept the earlier answer: The disk is full.Make room.");
  assert.equal(spoken.at(-1), "Kept the earlier answer: The disk is full. Make room.");
  await until(() => worker.asked("chat.get").length === 1);
  assert.equal(field.value, "How cold?");
  assert.equal(editing(), true);
  script.ask = () => reply({ question_id: 80 });
  press(field, "Enter");
  await until(() => worker.asked("chat.ask").length === 3 && button("Ask"));
  assert.equal(worker.asked("chat.ask").at(-1).replaces, 70);
  assert.equal(notice(last()), "");
});

test("asking again without a model keeps the answer, with the way to the models", async () => {
  await refuseNext({ message: "No language model is installed.", kind: "model_unavailable" });
  button("Ask again", last())?.click();
  await until(() => notice(last()).includes("No language model"));
  assert.match(notice(last()), /^Kept the earlier answer: No language model is installed\./);
  assert.ok(button("See the models", last()));
  assert.ok(button("Ask again", last()));
  assert.equal(field.value, "", "what was not typed is not put into the box");
});

test("a new answer that is stopped leaves the earlier one, with all that followed it", async () => {
  await startOver();
  await ask("How warm?");
  script.ask = () => reply({ question_id: 80, message_id: 81, answer: "In 1988. [1]" });
  await ask("And when?");
  script.get = () => conversation({ messages: [message(70, "How warm?"), message(80, "And when?")] });
  const held = heldAnswer();
  button("Edit the question", exchanges()[0])?.click();
  type("How cold?");
  press(field, "Enter");
  await held.tell({ delta: "It freezes" });
  assert.equal(exchanges().length, 1);
  button("Stop")?.click();
  await held.cancelled();
  await held.fail({ message: "Stopped; the earlier answer is still there.", kind: "cancelled" });
  assert.equal(exchanges().length, 2);
  assert.equal(notice(exchanges()[0]), "Kept the earlier answer: the new one was stopped.");
  assert.match(answerOf(last()).textContent ?? "", /1988/);
  assert.equal(field.value, "How cold?");
  assert.doesNotMatch(document.querySelector("#log")?.textContent ?? "", /freezes/);
});

test("what the host holds by then is shown, where it is not what was kept", async () => {
  await refuseNext({ message: "The extension did not answer.", kind: "worker_gone" });
  script.get = () => conversation({ messages: [message(90, "How cold?", { answer: "Colder. [1]" })] });
  press(field, "ArrowUp");
  await ask("How cold?");
  await until(() => answerOf(last()).textContent?.includes("Colder"));
  assert.equal(exchanges().length, 1);
  assert.equal(editing(), false, "the question that was edited is not there any more");
});

test("a question that was never answered and fails again says why", async () => {
  await startOver();
  const failing = heldAnswer();
  type("How warm?");
  press(field, "Enter");
  await failing.tell({ conversation_id: 7, question_id: 70 });
  await failing.fail({ message: "It broke.", kind: "internal" });
  script.get = () =>
    conversation({ messages: [{ question_id: 70, question: "How warm?", created_at: 0, answer: null }] });
  script.ask = () => {
    throw { message: "It broke again.", kind: "internal" };
  };
  button("Try again", last())?.click();
  await until(() => notice(last()).includes("again"));
  assert.equal(worker.asked("chat.ask")[1].replaces, 70);
  assert.match(notice(last()), /^This question was not answered.*It broke again\./su);
  assert.ok(button("Try again", last()));
});

test("a question to a conversation that is gone goes back into the box", async () => {
  await refuseNext({ message: "This conversation is not there any more.", kind: "not_found" });
  await ask("And when?");
  assert.equal(field.value, "And when?");
  assert.equal(editing(), false);
  assert.match(notice(last()), /not there any more/);
  assert.equal(button("Try again", last()), undefined);
});

test("what was typed meanwhile is not lost to a question that comes back", async () => {
  await refuseNext({});
  const held = heldAnswer();
  press(field, "ArrowUp");
  type("How cold?");
  press(field, "Enter");
  await held.tell({ stage: "reading" });
  type("And when?");
  await held.fail({ message: "It broke.", kind: "internal" });
  assert.equal(field.value, "How cold?\nAnd when?");
});
