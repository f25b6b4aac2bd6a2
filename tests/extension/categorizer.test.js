import { resetStub, StubPort, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { HostPort } from "../../extension/background/host_port.js";
import { PagePorts } from "../../extension/background/page_ports.js";
import { Router } from "../../extension/background/router.js";
import { TabCategorizer } from "../../extension/shared/categorizer.js";
import { quantile } from "../../extension/shared/categorizer_benchmark.js";
import { RequestError } from "../../extension/shared/channel.js";
import { until } from "./page_fixture.js";

const ORIGIN = { engine: "embedding", model: "small", took_ms: 2 };
const MODELS = {
  models: [{ id: "small", state: "installed", loading: null }],
  roles: [{ role: "categories", model: "small", chosen: false }],
};
const CATEGORIES = [
  { key: "dev", name: "Code", description: "", colour: "blue", examples: [], enabled: true, builtin: true },
  {
    key: "baking",
    name: "Baking",
    description: "bread and cakes",
    colour: "yellow",
    examples: ["kitchen.example/bread", "Sourdough for beginners"],
    enabled: true,
    builtin: false,
  },
];

/** @param {{id: number}} tab */
const verdict = ({ id }) => ({ id, category: "Dev", confidence: 0.9, alternatives: [], reason: "near" });

/** A host behind a plain function. */
class Host {
  /** @type {Array<{method: string, params: any}>} */
  asked = [];
  /** @type {Record<string, (params: any, options: any) => any>} */
  answers = {
    "categories.list": () => ({ categories: CATEGORIES }),
    "models.list": () => MODELS,
    "models.load": (_, { onProgress }) => {
      onProgress({ share: 0.5 });
      return {};
    },
    "tabs.categorize": ({ tabs }) => ({ tabs: tabs.map(verdict), ...ORIGIN }),
    "tabs.group": ({ tabs }) => ({
      groups: [
        {
          name: "Dev",
          color: "blue",
          tab_ids: tabs.map((/** @type {any} */ tab) => tab.id),
          reason: "near",
          category: "Dev",
        },
      ],
      ungrouped: [],
      tabs: tabs.map(verdict),
      ...ORIGIN,
    }),
  };

  request = async (
    /** @type {string} */ method,
    /** @type {any} */ params,
    /** @type {any} */ options = {},
  ) => {
    this.asked.push({ method, params });
    options.signal?.throwIfAborted();
    return this.answers[method](params, options);
  };

  /** @param {object} problem */
  fail(problem) {
    for (const method of Object.keys(this.answers)) {
      this.answers[method] = () => {
        throw new RequestError(/** @type {any} */ (problem));
      };
    }
  }

  /** @param {string} method */
  calls(method) {
    return this.asked.filter((each) => each.method === method).map(({ params }) => params);
  }
}

const AWAY = { kind: "host_away", message: "The program is not set up.", fix: "Set it up." };
const REPOSITORY = { id: 7, url: "https://github.com/a/b", title: "a/b: a Python repository" };
const SHOP = { id: 8, url: "https://www.zalando.de/x", title: "Warenkorb" };
const SHOP_TOO = { id: 9, url: "https://www.ebay.com/x", title: "Order details" };

/** @type {Host} */
let host;
/** @type {string[]} */
let told;
/** @type {(state: any) => void} */
let tellOfHost;

/** @param {import("../../extension/shared/categorizer.js").Wiring} [wiring] */
function make(wiring = {}) {
  return new TabCategorizer({
    request: host.request,
    onEvent: (_, listener) => {
      tellOfHost = listener;
    },
    onState: ({ name, progress }) => told.push(progress === undefined ? name : `${name} ${progress}`),
    ...wiring,
  });
}

beforeEach(() => {
  resetStub();
  host = new Host();
  told = [];
});

test("initialize loads the model, keeps the categories, and tells each step", async () => {
  const categorizer = make();
  const state = await categorizer.initialize();
  assert.deepEqual(state, { name: "ready", engine: "embedding", model: "small" });
  assert.deepEqual(told, ["connecting", "loading null", "loading 0.5", "ready"]);
  assert.deepEqual(host.calls("models.load"), [{ id: "small" }]);
  assert.equal(stub.storage.local.values.tabCategories[1].name, "Baking");
});

test("a tab gets the host's answer, and the answer says that it is the host's", async () => {
  const answer = await make().categorizeTab("https://a.example/", "A");
  assert.equal(answer.category, "Dev");
  assert.equal(answer.confidence, 0.9);
  assert.deepEqual([answer.source, answer.fallback, answer.engine], ["host", null, "embedding"]);
});

test("tabs get groups, by name too, and at most as many as asked for", async () => {
  const tabs = [REPOSITORY, SHOP];
  const answer = await make().categorizeTabs(tabs, 3);
  assert.deepEqual(answer.categories, { Dev: [7, 8] });
  assert.deepEqual(answer.groups[0].tab_ids, [7, 8]);
  const [params] = host.calls("tabs.group");
  assert.deepEqual([params.by, params.max_groups, params.existing], ["category", 3, []]);
  await make().categorizeTabs(tabs);
  assert.equal("max_groups" in host.calls("tabs.group")[1], false);
});

test("more tabs than one request carries go in several, and come back as one answer", async () => {
  const tabs = Array.from({ length: 2500 }, (_, id) => ({ id, url: "https://a.example/", title: "A" }));
  const answer = await make().categorizeTabs(tabs, 0);
  assert.deepEqual(
    host.calls("tabs.group").map((params) => params.tabs.length),
    [2000, 500],
  );
  assert.equal(answer.groups.length, 1);
  assert.equal(answer.groups[0].tab_ids.length, 2500);
  const rated = await make({ batchSize: 1000 }).rateTabs(tabs);
  assert.equal(host.calls("tabs.categorize").length, 3);
  assert.deepEqual(
    rated.tabs.map(({ id }) => id),
    tabs.map(({ id }) => id),
  );
});

test("only so many requests run at once", async () => {
  /** @type {Array<() => void>} */
  const ends = [];
  host.answers["tabs.categorize"] = ({ tabs }) =>
    new Promise((resolve) => ends.push(() => resolve({ tabs: tabs.map(verdict), ...ORIGIN })));
  const categorizer = make({ concurrency: 2 });
  const answers = ["a", "b", "c"].map((title) => categorizer.categorizeTab("https://a.example/", title));
  await until(() => ends.length === 2);
  assert.equal(host.calls("tabs.categorize").length, 2);
  ends[0]();
  await until(() => ends.length === 3);
  ends[1]();
  ends[2]();
  assert.equal((await Promise.all(answers)).length, 3);
});

test("without a host the rules answer, say so, and say what to do", async () => {
  host.fail(AWAY);
  const answer = await make().categorizeTab(REPOSITORY.url, REPOSITORY.title);
  assert.equal(answer.category, "Dev");
  assert.equal(answer.source, "fallback");
  assert.equal(answer.engine, "rules");
  assert.deepEqual(answer.fallback, {
    kind: "host_away",
    reason: "The program is not set up.",
    fix: "Set it up.",
  });
});

test("without a host groups have the host's shape", async () => {
  host.fail(AWAY);
  const open = { id: 3, name: "shopping", color: /** @type {const} */ ("grey"), tabs: [] };
  const answer = await make().categorizeTabs([REPOSITORY, SHOP, SHOP_TOO], 0, { existing: [open] });
  assert.deepEqual(answer.categories, { Shopping: [8, 9] });
  assert.equal(answer.groups[0].existing_id, 3);
  assert.equal(answer.groups[0].color, "grey");
  assert.deepEqual(answer.ungrouped, [7]);
  assert.deepEqual(
    answer.tabs.map(({ id, category }) => [id, category]),
    [
      [7, "Dev"],
      [8, "Shopping"],
      [9, "Shopping"],
    ],
  );
  assert.equal(answer.source, "fallback");
});

test("without a host topics are the sites", async () => {
  host.fail(AWAY);
  const tabs = [REPOSITORY, { ...REPOSITORY, id: 10 }, SHOP];
  const answer = await make().categorizeTabs(tabs, 0, { by: "topic" });
  assert.deepEqual(answer.categories, { "github.com": [7, 10] });
});

test("the categories of a person are known without the host, once it was there", async () => {
  const categorizer = make();
  await categorizer.initialize();
  host.fail(AWAY);
  const own = await categorizer.categorizeTab("https://kitchen.example/bread/7", "Number 7");
  assert.equal(own.category, "Baking");
  const renamed = await categorizer.categorizeTab(REPOSITORY.url, REPOSITORY.title);
  assert.equal(renamed.category, "Code");
  const elsewhere = await categorizer.categorizeTab("https://kitchen.example/soup/7", "Number 7");
  assert.equal(elsewhere.category, null);
});

for (const kind of ["model_unavailable", "worker_died", "timeout", "internal", "not_ready", "worker_gone"]) {
  test(`the rules step in for ${kind}`, async () => {
    host.fail({ kind, message: "No." });
    const answer = await make().categorizeTab(REPOSITORY.url, REPOSITORY.title);
    assert.deepEqual(answer.fallback, { kind, reason: "No.", fix: null });
  });
}

for (const kind of ["invalid_input", "not_found", "cancelled", "forbidden"]) {
  test(`${kind} is the caller's to know, and no reason for the rules`, async () => {
    host.fail({ kind, message: "No." });
    await assert.rejects(make().categorizeTab(REPOSITORY.url, REPOSITORY.title), { kind });
  });
}

test("the state says why it is the fallback, and recovers by itself when the host is back", async () => {
  const { answers } = host;
  const whole = { ...answers };
  host.fail(AWAY);
  const categorizer = make();
  const state = await categorizer.initialize();
  assert.equal(state.name, "fallback");
  assert.equal(state.trouble?.reason, AWAY.message);
  host.answers = whole;
  tellOfHost({ host: { name: "down" } });
  assert.equal(categorizer.state.name, "fallback");
  tellOfHost({ host: { name: "ready" } });
  await until(() => categorizer.state.name === "ready");
  assert.equal((await categorizer.categorizeTab(SHOP.url, SHOP.title)).source, "host");
});

test("an answer of the host ends the fallback also where nobody told of its coming", async () => {
  const whole = { ...host.answers };
  host.fail(AWAY);
  const categorizer = make({ onEvent: null });
  await categorizer.categorizeTab(SHOP.url, SHOP.title);
  assert.equal(categorizer.state.name, "fallback");
  host.answers = whole;
  await categorizer.categorizeTab(SHOP.url, SHOP.title);
  assert.equal(categorizer.state.name, "ready");
});

test("where no model is installed initialize says what to get", async () => {
  host.answers["models.list"] = () => ({ models: [], roles: [{ role: "categories", model: null }] });
  const state = await make().initialize();
  assert.equal(state.trouble?.kind, "model_unavailable");
  assert.match(state.trouble?.fix ?? "", /Models/);
});

test("a model that is loading is waited for, and whoever asks can be told or wait by themselves", async () => {
  const answer = host.answers["tabs.categorize"];
  host.answers["tabs.categorize"] = (params, options) => {
    if (params.wait_ms === undefined) throw new RequestError({ kind: "model_loading", message: "Loading." });
    return answer(params, options);
  };
  let loading = 0;
  const onLoading = () => {
    loading += 1;
  };
  const { source } = await make().categorizeTab(SHOP.url, SHOP.title, { onLoading });
  assert.deepEqual([source, loading], ["host", 1]);
  assert.deepEqual(told, ["loading null", "ready"]);
  await assert.rejects(make().categorizeTab(SHOP.url, SHOP.title, { patient: false }), {
    kind: "model_loading",
  });
});

test("words of the host are no model: they are waited out, and told for what they are", async () => {
  const answer = host.answers["tabs.categorize"];
  const words = (/** @type {any} */ params) => ({ ...answer(params, {}), engine: "words", model: "words" });
  host.answers["tabs.categorize"] = (params) => (params.wait_ms ? answer(params, {}) : words(params));
  let loading = 0;
  const onLoading = () => {
    loading += 1;
  };
  const waited = await make().categorizeTab(SHOP.url, SHOP.title, { onLoading });
  assert.deepEqual([waited.engine, waited.fallback, loading], ["embedding", null, 1]);
  const impatient = await make().categorizeTab(SHOP.url, SHOP.title, { patient: false });
  assert.deepEqual([impatient.source, impatient.engine], ["host", "words"]);

  host.answers["tabs.categorize"] = words;
  const categorizer = make();
  const without = await categorizer.categorizeTab(SHOP.url, SHOP.title);
  assert.equal(without.source, "host");
  assert.equal(without.fallback?.kind, "model_unavailable");
  assert.equal(categorizer.state.name, "fallback");
  const before = host.calls("tabs.categorize").length;
  await categorizer.categorizeTab(SHOP.url, SHOP.title);
  assert.equal(host.calls("tabs.categorize").length, before + 1, "it waited again");
  const asked = await make().categorizeTab(SHOP.url, SHOP.title, { engine: "words" });
  assert.equal(asked.fallback, null);
});

test("one batch that fails takes the others back", async () => {
  /** @type {AbortSignal[]} */
  const signals = [];
  host.answers["tabs.categorize"] = ({ tabs }, { signal }) => {
    if (tabs[0].id === 2) throw new RequestError({ kind: "invalid_input", message: "No." });
    signals.push(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const tabs = [1, 2].map((id) => ({ id, url: "https://a.example/", title: "A" }));
  await assert.rejects(make({ batchSize: 1 }).rateTabs(tabs), { kind: "invalid_input" });
  assert.equal(signals[0].aborted, true);
});

test("the benchmark tells mean, median, 95th percentile, throughput, and who answered", async () => {
  const result = await make().benchmark({ single: 5, batch: 10, batches: 2 });
  assert.ok(result.mean_ms >= 0 && result.p95_ms >= result.p50_ms);
  assert.deepEqual([result.one_by_one.tabs, result.batches.tabs, result.batches.batch], [5, 20, 10]);
  assert.deepEqual([result.engine, result.model, result.source], ["embedding", "small", "host"]);
  const titles = host
    .calls("tabs.categorize")
    .flatMap(({ tabs }) => tabs.map((/** @type {any} */ tab) => tab.title));
  assert.equal(new Set(titles).size, titles.length);
});

test("a benchmark without a host measures the rules and says so", async () => {
  host.fail(AWAY);
  const result = await make().benchmark({ single: 2, batch: 2, batches: 1 });
  assert.deepEqual([result.source, result.engine, result.fallback?.kind], ["fallback", "rules", "host_away"]);
});

test("percentiles are nearest ranks", () => {
  const times = Array.from({ length: 20 }, (_, index) => 20 - index);
  assert.deepEqual([quantile(times, 0.5), quantile(times, 0.95), quantile([4], 0.95)], [10, 19, 4]);
});

test("what is taken back while it runs is cancelled at the host; what waits is never sent", async () => {
  /** @type {any[]} */
  const wire = [];
  stub.runtime.onNativePort = (port) => {
    port.onPost = (message) => {
      wire.push(message);
      if (message.method === "hello") port.onMessage.fire({ id: message.id, result: {} });
    };
  };
  const native = new HostPort({ helloParams: async () => ({}), onState: () => {}, onNotification: () => {} });
  const router = new Router(/** @type {any} */ ({ host: native }));
  const pages = new PagePorts((method, params, context) => router.answer(method, params, context));
  stub.runtime.onPagePort = (page) => {
    const end = new StubPort(page.name);
    Object.assign(end, { sender: { id: stub.runtime.id, url: stub.runtime.getURL("sidepanel/x.html") } });
    page.onPost = (message) => end.onMessage.fire(message);
    end.onPost = (message) => page.onMessage.fire(message);
    pages.accept(/** @type {any} */ (end));
  };
  const categorizer = new TabCategorizer({ concurrency: 1 });
  const [running, waiting] = [new AbortController(), new AbortController()];
  const first = categorizer.categorizeTab(SHOP.url, "first", { signal: running.signal });
  const second = categorizer.categorizeTab(SHOP.url, "second", { signal: waiting.signal });
  const third = categorizer.categorizeTab(SHOP.url, "third");
  const asked = () => wire.filter(({ method }) => method === "tabs.categorize");
  await until(() => asked().length === 1);
  waiting.abort();
  await assert.rejects(second, { name: "AbortError" });
  running.abort();
  await assert.rejects(first, { name: "AbortError" });
  await until(() => asked().length === 2);
  assert.deepEqual(
    wire.filter(({ method }) => method === "$/cancelRequest").map(({ params }) => params.id),
    [asked()[0].id],
  );
  const { id, params } = asked()[1];
  assert.equal(params.tabs[0].title, "third");
  stub.runtime.nativePorts[0].onMessage.fire({ id, result: { tabs: [verdict({ id: 0 })], ...ORIGIN } });
  assert.equal((await third).category, "Dev");
});
