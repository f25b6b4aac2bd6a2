import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  ask,
  button,
  conversation,
  document,
  exchanges,
  field,
  finish,
  head,
  script,
  spoken,
  startOver,
  worker,
} from "./chat_page_fixture.js";
import { READY_STATE, until } from "./page_fixture.js";

after(finish);

const problem = /** @type {HTMLElement} */ (document.querySelector("#chat-problem"));
const GONE = {
  message: "This conversation is not there any more.",
  kind: "not_found",
  fix: "Begin a new one.",
};
const AWAY = { message: "The AI History program stopped.", kind: "exited" };

/** Opens the list with these and returns their buttons. @param {number[]} ids */
async function openList(...ids) {
  script.list = () => ({ conversations: ids.map((id) => head(id)), total: ids.length });
  button("Chats")?.click();
  const rows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".chat-open")]);
  await until(
    () =>
      rows().length === ids.length &&
      ids.every((id, at) => rows()[at].textContent?.includes(`Chat ${id}`)) &&
      document.querySelector("#chats-status")?.textContent,
  );
  return rows();
}

/** Refuses to hand over a conversation. @param {object} error */
function refuse(error) {
  script.get = () => {
    throw error;
  };
}

test("a chat that is gone is said to be gone, and what is shown stays", async () => {
  await startOver();
  await ask("How warm?");
  const [row] = await openList(2);
  refuse(GONE);
  row.click();
  await until(() => problem.textContent);
  assert.match(problem.textContent ?? "", /could not be opened.*not there any more\.Begin a new one\./su);
  assert.equal(button("Try again", problem), undefined);
  assert.match(
    spoken.at(-1) ?? "",
    /^This chat could not be opened\. This conversation is not there any more/,
  );
  assert.equal(exchanges().length, 1);
  assert.equal(stub.storage.local.values.chatConversation, 7);
  button("Dismiss", problem)?.click();
  assert.equal(problem.childElementCount, 0);
  assert.equal(document.activeElement, field);
});

test("with the host away a chat can be tried again", async () => {
  await startOver();
  const [row] = await openList(2);
  refuse(AWAY);
  row.click();
  await until(() => button("Try again", problem));
  assert.match(problem.textContent ?? "", /The AI History program stopped\./);
  script.get = () => conversation({ conversation_id: 2, title: "Chat 2" });
  button("Try again", problem)?.click();
  await until(() => exchanges().length === 1);
  assert.equal(problem.childElementCount, 0);
  assert.equal(spoken.at(-1), "Chat opened: Chat 2.");
});

test("of two chats opened one after the other the second is shown, whichever comes first", async () => {
  await startOver();
  /** @type {Map<number, (value: any) => void>} */
  const asked = new Map();
  script.get = ({ conversation_id: id }) => new Promise((resolve) => asked.set(id, resolve));
  const rows = await openList(2, 3);
  rows[0].click();
  rows[1].click();
  await until(() => asked.size === 2);
  asked.get(3)?.(conversation({ conversation_id: 3, title: "Chat 3" }));
  await until(() => document.querySelector("h1")?.textContent === "Chat 3");
  asked.get(2)?.(conversation({ conversation_id: 2, title: "Chat 2" }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(document.querySelector("h1")?.textContent, "Chat 3");
  assert.equal(stub.storage.local.values.chatConversation, 3);
});

test("a chat that comes late does not take the place of a new one", async () => {
  for (const begin of [() => button("New chat")?.click(), () => ask("How warm?")]) {
    await startOver();
    /** @type {(value: any) => void} */
    let late = () => {};
    script.get = () =>
      new Promise((resolve) => {
        late = resolve;
      });
    const [row] = await openList(2);
    row.click();
    await until(() => worker.asked("chat.get").length === 1);
    await begin();
    late(conversation({ conversation_id: 2, title: "Chat 2" }));
    await new Promise((resolve) => setImmediate(resolve));
    assert.notEqual(document.querySelector("h1")?.textContent, "Chat 2");
  }
});

test("the chat that was open last and is gone is not looked for a second time", async () => {
  await startOver();
  stub.storage.local.values.chatConversation = 5;
  refuse(GONE);
  const down = { name: "down", problem: { kind: "exited", message: "It stopped." } };
  worker.tell("extension.changed", { ...READY_STATE, host: down });
  worker.tell("extension.changed", READY_STATE);
  await until(() => problem.textContent);
  assert.equal(stub.storage.local.values.chatConversation, null);
});

test("a host that is away is said once, not beside the chat that was open last too", async () => {
  await startOver();
  const down = { name: "down", problem: { kind: "exited", message: "It stopped." } };
  /** @type {(error: any) => void} */
  let fail = () => {};
  script.get = () =>
    new Promise((_resolve, reject) => {
      fail = reject;
    });
  stub.storage.local.values.chatConversation = 5;
  worker.tell("extension.changed", { ...READY_STATE, host: down });
  worker.tell("extension.changed", READY_STATE);
  await until(() => worker.asked("chat.get").length === 1);
  worker.tell("extension.changed", { ...READY_STATE, host: down });
  fail(AWAY);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(problem.childElementCount, 0);
  assert.match(document.querySelector("#banners")?.textContent ?? "", /It stopped\./);
  assert.equal(stub.storage.local.values.chatConversation, 5);
});
