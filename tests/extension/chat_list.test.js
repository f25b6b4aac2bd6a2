import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  button,
  conversation,
  document,
  dom,
  exchanges,
  finish,
  head,
  press,
  script,
  startOver,
  worker,
} from "./chat_page_fixture.js";
import { until } from "./page_fixture.js";

after(finish);

const panel = /** @type {HTMLElement} */ (document.querySelector("#chats"));
const query = /** @type {HTMLInputElement} */ (document.querySelector("#chats-query"));
const titles = () => [...panel.querySelectorAll(".chat-title")].map((title) => title.textContent);
const status = () => panel.querySelector('[role="status"]')?.textContent;
const row = (/** @type {number} */ index) =>
  /** @type {HTMLElement} */ (panel.querySelectorAll(".chat-row")[index]);
const part = (/** @type {number} */ index, /** @type {string} */ name) =>
  /** @type {HTMLElement} */ (row(index).querySelector(`[data-part="${name}"]`));

/** @param {object[]} heads */
async function openList(heads) {
  await startOver();
  script.list = () => ({ conversations: heads, total: heads.length });
  if (panel.hidden) button("Chats")?.click();
  else press(query, "Escape");
  if (panel.hidden) button("Chats")?.click();
  await until(() => titles().length === heads.length && status() !== "");
}

test("the list holds the conversations, the latest first, and opens one", async () => {
  await openList([head(2, { questions: 3 }), head(1)]);
  assert.deepEqual(titles(), ["Chat 2", "Chat 1"]);
  assert.match(row(0).textContent ?? "", /3 questions/);
  assert.equal(status(), "2 chats");
  assert.equal(button("Chats")?.getAttribute("aria-expanded"), "true");
  script.get = () => conversation({ conversation_id: 2, title: "Chat 2" });
  part(0, "open").click();
  await until(() => exchanges().length === 1);
  assert.deepEqual(worker.asked("chat.get"), [{ conversation_id: 2 }]);
  assert.equal(panel.hidden, true);
  assert.equal(document.querySelector("h1")?.textContent, "Chat 2");
  assert.equal(stub.storage.local.values.chatConversation, 2);
});

test("words are searched for, and where they stand is shown", async () => {
  await openList([head(1)]);
  script.list = ({ query: words }) => ({ conversations: [head(5, { snippet: `…${words}…` })], total: 1 });
  query.value = "rye";
  query.dispatchEvent(new dom.window.Event("input", { bubbles: true }));
  await until(() => titles()[0] === "Chat 5");
  assert.equal(part(0, "snippet").textContent, "…rye…");
  script.list = () => ({ conversations: [], total: 0 });
  query.dispatchEvent(new dom.window.Event("input", { bubbles: true }));
  await until(() => status() === "No chat holds “rye”.");
  query.value = "";
});

test("a title is changed in its place; Escape leaves it", async () => {
  await openList([head(1)]);
  const input = /** @type {HTMLInputElement} */ (part(0, "input"));
  part(0, "rename").click();
  assert.equal(document.activeElement, input);
  input.value = "Other";
  press(input, "Escape");
  assert.equal(panel.hidden, false, "only the edit is left");
  assert.deepEqual(worker.asked("chat.rename"), []);
  part(0, "rename").click();
  assert.equal(input.value, "Chat 1");
  input.value = " Bread ";
  press(input, "Enter");
  await until(() => titles()[0] === "Bread");
  assert.deepEqual(worker.asked("chat.rename"), [{ conversation_id: 1, title: "Bread" }]);
});

test("deleting asks first, and the open conversation goes with it", async () => {
  await openList([head(7), head(1)]);
  script.get = () => conversation();
  part(0, "open").click();
  await until(() => exchanges().length === 1);
  button("Chats")?.click();
  part(0, "delete").click();
  assert.deepEqual(worker.asked("chat.delete"), []);
  press(part(0, "confirm-yes"), "Escape");
  assert.equal(part(0, "confirm").hidden, true);
  part(0, "delete").click();
  part(0, "confirm-yes").click();
  await until(() => titles().length === 1);
  assert.deepEqual(worker.asked("chat.delete"), [{ conversation_id: 7 }]);
  assert.equal(exchanges().length, 0);
  assert.equal(stub.storage.local.values.chatConversation, null);
  assert.equal(document.activeElement, query);
});

const end = /** @type {HTMLElement} */ (document.querySelector("#chats-end"));

test("all chats are deleted at once, when that is confirmed, and the open one with them", async () => {
  await openList([head(7), head(1)]);
  script.get = () => conversation();
  part(0, "open").click();
  await until(() => exchanges().length === 1);
  button("Chats")?.click();
  await until(() => !end.hidden);
  button("Delete all chats", end)?.click();
  assert.match(end.textContent ?? "", /Delete all 2 chats\?/);
  assert.equal(document.activeElement, button("Delete them all", end));
  press(document.activeElement ?? end, "Escape");
  assert.equal(panel.hidden, false, "only the question is left");
  assert.deepEqual(worker.asked("chat.delete"), []);
  button("Delete all chats", end)?.click();
  button("Delete them all", end)?.click();
  await until(() => titles().length === 0);
  assert.deepEqual(worker.asked("chat.delete"), [{ all: true }]);
  assert.equal(end.hidden, true);
  assert.equal(status(), "All chats were deleted.");
  assert.equal(exchanges().length, 0);
  assert.equal(stub.storage.local.values.chatConversation, null);
  assert.equal(document.activeElement, query);
});

test("beside chats that were searched for there is no deleting of all", async () => {
  await openList([head(1)]);
  assert.equal(end.hidden, false);
  script.list = () => ({ conversations: [head(5)], total: 1 });
  query.value = "rye";
  query.dispatchEvent(new dom.window.Event("input", { bubbles: true }));
  await until(() => titles()[0] === "Chat 5");
  assert.equal(end.hidden, true);
  query.value = "";
});

test("deleting all chats that fails says why, and leaves them", async () => {
  await openList([head(1)]);
  const { "chat.delete": answer } = worker.answers;
  worker.answers["chat.delete"] = () => {
    throw { message: "The disk is full.", fix: "Make room." };
  };
  button("Delete all chats", end)?.click();
  button("Delete them all", end)?.click();
  await until(() => end.textContent?.includes("The disk is full. Make room."));
  worker.answers["chat.delete"] = answer;
  assert.deepEqual(titles(), ["Chat 1"]);
  assert.equal(document.activeElement, button("Delete them all", end));
});

test("what could not be done says why in its row", async () => {
  await openList([head(1)]);
  worker.answers["chat.delete"] = () => {
    throw { message: "The disk is full.", fix: "Make room." };
  };
  part(0, "delete").click();
  part(0, "confirm-yes").click();
  await until(() => !part(0, "problem").hidden);
  assert.equal(part(0, "problem").textContent, "The disk is full. Make room.");
});

test("a conversation is saved as Markdown, whole, however many parts it comes in", async () => {
  await openList([head(1)]);
  /** @type {Blob[]} */
  const blobs = [];
  /** @type {string[]} */
  const saved = [];
  const { createObjectURL } = URL;
  URL.createObjectURL = (/** @type {any} */ blob) => {
    blobs.push(blob);
    return "blob:test";
  };
  after(() => {
    URL.createObjectURL = createObjectURL;
  });
  dom.window.HTMLAnchorElement.prototype.click = function () {
    saved.push(this.download);
  };
  part(0, "export").click();
  await until(() => saved.length === 1);
  assert.deepEqual(saved, ["chat.md"]);
  assert.equal(await blobs[0].text(), "# One two");
});

test("Escape closes the list and goes back to where it was opened", async () => {
  await openList([head(1)]);
  press(query, "Escape");
  assert.equal(panel.hidden, true);
  assert.equal(document.activeElement, button("Chats"));
});
