import { resetStub, StubPort, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { HostPort } from "../../extension/background/host_port.js";
import { PagePorts } from "../../extension/background/page_ports.js";
import { search } from "../../extension/shared/api.js";
import { SearchSession } from "../../extension/sidepanel/search_session.js";
import { until } from "./page_fixture.js";

resetStub();

/** Joins the page's end of a line to an end for the worker. @param {StubPort} page */
function join(page) {
  const end = new StubPort(page.name);
  Object.assign(end, { sender: { id: stub.runtime.id, url: stub.runtime.getURL("sidepanel/x.html") } });
  page.onPost = (message) => end.onMessage.fire(message);
  end.onPost = (message) => page.onMessage.fire(message);
  return /** @type {any} */ (end);
}

test("a newer keystroke takes the earlier search back on the wire, both its parts", async () => {
  /** @type {any[]} */
  const wire = [];
  stub.runtime.onNativePort = (port) => {
    port.onPost = (message) => {
      wire.push(message);
      const { id, method } = message;
      if (method === "hello") port.onMessage.fire({ id, result: {} });
      if (message.params?.query === "new") port.onMessage.fire({ id, result: { results: [], total: 0 } });
    };
  };
  const host = new HostPort({
    helloParams: async () => ({}),
    onState: () => {},
    onNotification: () => {},
  });
  const pages = new PagePorts((method, params, context) => host.request(method, params, context));
  stub.runtime.onPagePort = (port) => pages.accept(join(port));
  const session = new SearchSession(search, () => {});
  after(() => session.start({ query: "", mode: "text", filters: {} }));

  const asked = () => wire.filter(({ method }) => method === "search.query");
  session.start({ query: "old", mode: "hybrid-rerank", filters: {} }, { now: true });
  await until(() => asked().length === 2);
  const old = asked().map(({ id }) => id);
  session.start({ query: "new", mode: "hybrid-rerank", filters: {} });
  assert.deepEqual(
    wire.filter(({ method }) => method === "$/cancelRequest").map(({ params }) => params.id),
    old,
  );
  assert.equal(asked().length, 2, "taken back before the new search begins");
});
