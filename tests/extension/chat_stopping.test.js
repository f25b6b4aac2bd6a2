import { resetStub, StubPort, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { HostPort } from "../../extension/background/host_port.js";
import { PagePorts } from "../../extension/background/page_ports.js";
import { Router } from "../../extension/background/router.js";
import { askHistory } from "../../extension/shared/chat_api.js";
import { until } from "./page_fixture.js";

/** @type {any[]} */
const wire = [];
/** @type {StubPort[]} the page's ends of its lines, in order */
const lines = [];
/** @type {Router} */
let router;

beforeEach(() => {
  resetStub();
  wire.length = 0;
  lines.length = 0;
  stub.runtime.onNativePort = (port) => {
    port.onPost = (message) => {
      wire.push(message);
      if (message.method === "hello") port.onMessage.fire({ id: message.id, result: {} });
    };
  };
  const host = new HostPort({ helloParams: async () => ({}), onState: () => {}, onNotification: () => {} });
  router = new Router(/** @type {any} */ ({ host }));
  const pages = new PagePorts((method, params, context) => router.answer(method, params, context));
  stub.runtime.onPagePort = (page) => {
    lines.push(page);
    const end = new StubPort(page.name);
    Object.assign(end, { sender: { id: stub.runtime.id, url: stub.runtime.getURL("sidepanel/x.html") } });
    page.onPost = (message) => end.onMessage.fire(message);
    end.onPost = (message) => page.onMessage.fire(message);
    pages.accept(/** @type {any} */ (end));
  };
});

const asked = () => wire.filter(({ method }) => method === "chat.ask");
const cancelled = () =>
  wire.filter(({ method }) => method === "$/cancelRequest").map(({ params }) => params.id);

/** @param {string} question */
function ask(question) {
  const controller = new AbortController();
  const answer = askHistory({ question }, { signal: controller.signal, onProgress: () => {} });
  return { answer, stop: () => controller.abort() };
}

test("a stopped question is cancelled at the host, and still gets what the host has by then", async () => {
  const { answer, stop } = ask("How warm?");
  await until(() => asked().length === 1);
  stop();
  const { id } = asked()[0];
  assert.deepEqual(cancelled(), [id]);
  stub.runtime.nativePorts[0].onMessage.fire({ id, result: { answer: "It", state: "stopped" } });
  assert.equal((await answer).state, "stopped");
  lines[0].drop();
});

test("a host that hands nothing over when it is stopped is not waited for long", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const controller = new AbortController();
  const signal = controller.signal;
  const answer = router.answer("chat.ask", {}, { signal, onProgress: () => {} });
  for (let turn = 0; asked().length === 0 && turn < 100; turn += 1) await Promise.resolve();
  controller.abort();
  const refused = assert.rejects(answer, { name: "AbortError" });
  context.mock.timers.tick(10_001);
  await refused;
});

test("a question that lost its line is not asked a second time behind a person's back", async () => {
  const { answer } = ask("How cold?");
  const refused = assert.rejects(answer, { kind: "worker_gone" });
  await until(() => asked().length === 1);
  lines.at(-1)?.drop();
  await refused;
  assert.equal(asked().length, 1);
  stub.runtime.nativePorts[0].onMessage.fire({ id: asked()[0].id, result: {} });
});
