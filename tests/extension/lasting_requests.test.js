import { resetStub, StubPort, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { test } from "node:test";
import { HostPort } from "../../extension/background/host_port.js";
import { PagePorts } from "../../extension/background/page_ports.js";
import { Router } from "../../extension/background/router.js";
import { until } from "./page_fixture.js";

resetStub();

/** @type {any[]} */
const wire = [];
stub.runtime.onNativePort = (port) => {
  port.onPost = (message) => {
    wire.push(message);
    if (message.method === "hello") port.onMessage.fire({ id: message.id, result: {} });
  };
};
const host = new HostPort({ helloParams: async () => ({}), onState: () => {}, onNotification: () => {} });
const router = new Router(/** @type {any} */ ({ host }));
const pages = new PagePorts((method, params, context) => router.answer(method, params, context));

/** A page of the extension with its line to the worker. */
function openPort() {
  const port = new StubPort("page");
  Object.assign(port, { sender: { id: stub.runtime.id, url: stub.runtime.getURL("options.html") } });
  pages.accept(/** @type {any} */ (port));
  return port;
}

const cancelled = () =>
  wire.filter(({ method }) => method === "$/cancelRequest").map(({ params }) => params.id);
const asked = (/** @type {string} */ method) => wire.filter((message) => message.method === method);

test("a download goes on when the page that began it is closed; a search does not", async () => {
  const page = openPort();
  page.onMessage.fire({ id: 1, method: "models.download", params: { id: "mini" } });
  page.onMessage.fire({ id: 2, method: "search.query", params: { query: "x" } });
  await until(() => asked("models.download").length === 1 && asked("search.query").length === 1);
  page.drop();
  assert.deepEqual(cancelled(), [asked("search.query")[0].id]);
  stub.runtime.nativePorts[0].onMessage.fire({ id: asked("models.download")[0].id, result: { model: {} } });
});

test("its progress reaches the page", async () => {
  const page = openPort();
  page.onMessage.fire({ id: 7, method: "models.download", params: { id: "other" } });
  await until(() => asked("models.download").length === 2);
  const token = asked("models.download")[1].id;
  const value = { done: 1, total: 2 };
  stub.runtime.nativePorts[0].onMessage.fire({ method: "$/progress", params: { token, value } });
  assert.deepEqual(page.posted.at(-1), { id: 7, progress: value });
  stub.runtime.nativePorts[0].onMessage.fire({ id: token, result: { model: {} } });
  await until(() => page.posted.at(-1).result);
});

test("a download may take longer than any question, and both are limited", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const before = cancelled().length;
  const download = router.answer("models.download", { id: "slow" }, /** @type {any} */ ({}));
  const question = router.answer("store.stats", {}, /** @type {any} */ ({}));
  await Promise.resolve();
  await Promise.resolve();
  const refused = assert.rejects(question, /took too long/);
  context.mock.timers.tick(121_000);
  await refused;
  assert.equal(cancelled().length, before + 1);
  context.mock.timers.tick(86_400_000);
  await assert.rejects(download, /took too long/);
});
