import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { badgeFor } from "../../extension/background/badge.js";
import { describeDisconnect, HostRefusal, HostUnreachable } from "../../extension/background/host_errors.js";
import { HostPort } from "../../extension/background/host_port.js";

/** @typedef {import("./chrome_stub.js").StubPort} StubPort */

/** @type {any[]} */
let states;
/** @type {any[]} */
let notifications;
/** @type {HostPort} */
let host;

/** Answers `hello`, and everything else as the test says. @param {(message: any, port: StubPort) => void} [answer] */
function hostAnswers(answer = () => {}) {
  stub.runtime.onNativePort = (port) => {
    port.onPost = (message) => {
      if (message.method !== "hello") return answer(message, port);
      port.onMessage.fire({ jsonrpc: "2.0", id: message.id, result: { version: "0.1.0", protocol: 1 } });
    };
  };
}

/** @param {string} reason */
function hostFails(reason) {
  stub.runtime.onNativePort = (port) => {
    port.onPost = () => queueMicrotask(() => port.drop(reason));
  };
}

beforeEach(() => {
  resetStub();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  states = [];
  notifications = [];
  host = new HostPort({
    helloParams: async () => ({ client: "extension", version: "0.1.0", profile_id: "p1" }),
    onState: (state) => states.push(state.name),
    onNotification: (method, params) => notifications.push([method, params]),
  });
});

afterEach(() => mock.timers.reset());

test("hello is said before anything else, with the profile", async () => {
  hostAnswers((message, port) =>
    port.onMessage.fire({ jsonrpc: "2.0", id: message.id, result: message.method }),
  );
  assert.equal(await host.request("store.stats"), "store.stats");
  const [port] = stub.runtime.nativePorts;
  assert.equal(port.name, "com.ai_history.host");
  assert.deepEqual(
    port.posted.map((message) => message.method),
    ["hello", "store.stats"],
  );
  assert.deepEqual(port.posted[0].params, { client: "extension", version: "0.1.0", profile_id: "p1" });
  assert.deepEqual(states, ["connecting", "ready"]);
});

test("requests made at once share one connection", async () => {
  hostAnswers((message, port) => port.onMessage.fire({ id: message.id, result: message.params.n }));
  const answers = await Promise.all([1, 2, 3].map((n) => host.request("echo", { n })));
  assert.deepEqual(answers, [1, 2, 3]);
  assert.equal(stub.runtime.nativePorts.length, 1);
});

test("answers find their request whatever their order", async () => {
  /** @type {any[]} */
  const waiting = [];
  hostAnswers((message) => waiting.push(message));
  const first = host.request("a");
  const second = host.request("b");
  await new Promise((resolve) => setImmediate(resolve));
  const [port] = stub.runtime.nativePorts;
  for (const message of waiting.reverse()) port.onMessage.fire({ id: message.id, result: message.method });
  assert.deepEqual(await Promise.all([first, second]), ["a", "b"]);
});

test("an error of the host keeps its kind and its remedy", async () => {
  hostAnswers((message, port) =>
    port.onMessage.fire({
      id: message.id,
      error: { code: -32011, message: "The disk is full.", data: { kind: "disk_full", fix: "Make room." } },
    }),
  );
  await assert.rejects(host.request("pages.capture"), (/** @type {HostRefusal} */ error) => {
    assert.ok(error instanceof HostRefusal);
    assert.deepEqual(
      [error.message, error.kind, error.fix, error.code],
      ["The disk is full.", "disk_full", "Make room.", -32011],
    );
    return true;
  });
  assert.equal(host.state.name, "ready");
});

test("a request that is taken back is cancelled at the host", async () => {
  hostAnswers();
  const controller = new AbortController();
  const asked = host.request("chat.ask", {}, { signal: controller.signal });
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  await assert.rejects(asked, { name: "AbortError" });
  const [hello, question, cancel] = stub.runtime.nativePorts[0].posted;
  assert.equal(hello.method, "hello");
  assert.deepEqual(cancel, { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: question.id } });
});

test("progress reaches the request that it belongs to", async () => {
  hostAnswers((message, port) => {
    port.onMessage.fire({ method: "$/progress", params: { token: message.id, value: { done: 1 } } });
    port.onMessage.fire({ method: "$/progress", params: { token: 999, value: "someone else's" } });
    port.onMessage.fire({ id: message.id, result: null });
  });
  /** @type {any[]} */
  const seen = [];
  await host.request("models.download", {}, { onProgress: (value) => seen.push(value) });
  assert.deepEqual(seen, [{ done: 1 }]);
});

test("a notification of the host is passed on", async () => {
  hostAnswers();
  await host.open();
  stub.runtime.nativePorts[0].onMessage.fire({ method: "settings.changed", params: { values: { a: 1 } } });
  assert.deepEqual(notifications, [["settings.changed", { values: { a: 1 } }]]);
});

test("a request that is never answered ends with an error", async () => {
  hostAnswers();
  const asked = host.request("store.stats", {}, { limitMs: 1000 });
  await new Promise((resolve) => setImmediate(resolve));
  mock.timers.tick(1001);
  await assert.rejects(asked, { kind: "no_answer" });
});

test("a host that exits fails what is waiting, and is started again with growing pauses", async () => {
  hostAnswers();
  const asked = host.request("store.stats");
  await new Promise((resolve) => setImmediate(resolve));
  stub.runtime.nativePorts[0].drop("Native host has exited.");
  await assert.rejects(asked, HostUnreachable);
  assert.equal(host.state.name, "down");
  hostFails("Native host has exited.");
  mock.timers.tick(500);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(stub.runtime.nativePorts.length, 2);
  mock.timers.tick(500);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(stub.runtime.nativePorts.length, 2, "the second pause is longer");
  hostAnswers();
  mock.timers.tick(500);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(stub.runtime.nativePorts.length, 3);
  assert.equal(host.state.name, "ready");
});

test("while the pause lasts requests fail at once, and a person's retry does not wait", async () => {
  hostFails("Specified native messaging host not found.");
  await assert.rejects(host.request("store.stats"), HostUnreachable);
  await assert.rejects(host.request("store.stats"), HostUnreachable);
  assert.equal(stub.runtime.nativePorts.length, 1);
  hostAnswers();
  await host.open({ now: true });
  assert.equal(host.state.name, "ready");
});

test("a host that refuses hello says why", async () => {
  stub.runtime.onNativePort = (port) => {
    port.onPost = (message) =>
      port.onMessage.fire({
        id: message.id,
        error: { code: -32013, message: "Written by a newer version.", data: { kind: "database_too_new" } },
      });
  };
  await assert.rejects(host.open(), HostUnreachable);
  assert.equal(host.state.problem?.kind, "database_too_new");
  assert.equal(host.state.problem?.message, "Written by a newer version.");
  assert.equal(stub.runtime.nativePorts[0].disconnected, true);
});

test("each way the browser reports a lost host has a name, a message and the command that mends it", () => {
  const sentences = {
    "Specified native messaging host not found.": "not_found",
    "Access to the specified native messaging host is forbidden.": "forbidden",
    "Failed to start native messaging host.": "failed_to_start",
    "Native host has exited.": "exited",
    "Error when communicating with the native messaging host.": "io",
  };
  for (const [sentence, kind] of Object.entries(sentences)) {
    const problem = describeDisconnect(sentence, "brave");
    assert.equal(problem.kind, kind);
    assert.equal(problem.command, "python3 -m host.install --browser brave");
    assert.ok(problem.message && problem.fix);
  }
});

test("the badge shows trouble before a pause, and nothing when all is well", () => {
  const state = /** @type {any} */ ({ host: { name: "ready" }, pausedUntil: 0, captureEnabled: true });
  assert.equal(badgeFor(state).text, "");
  assert.equal(badgeFor({ ...state, pausedUntil: -1 }).text, "off");
  assert.equal(badgeFor({ ...state, captureEnabled: false }).text, "off");
  const down = { name: "down", problem: { kind: "exited", message: "It stopped." } };
  assert.equal(badgeFor({ ...state, pausedUntil: -1, host: down }).text, "!");
  assert.match(badgeFor({ ...state, host: down }).title, /It stopped\./);
});
