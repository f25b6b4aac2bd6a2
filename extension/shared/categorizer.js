/**
 * Sorts tabs into categories and groups, for pages and for the worker: by the models of the host, and by
 * plain rules of the extension when no host or no model answers. Every answer says which of them it was.
 *
 * ```js
 * const categorizer = new TabCategorizer();
 * await categorizer.initialize();
 * const { category, confidence, source } = await categorizer.categorizeTab(url, title);
 * const { groups, ungrouped, categories } = await categorizer.categorizeTabs(tabs, 6);
 * ```
 *
 * @typedef {import("./tabs_api.js").CategorizedTab} CategorizedTab
 * @typedef {import("./tabs_api.js").GroupBy} GroupBy
 * @typedef {import("./tabs_api.js").GroupItem} GroupItem
 * @typedef {import("./tabs_api.js").GroupParams} GroupParams
 * @typedef {import("./categorizer_benchmark.js").BenchmarkOptions} BenchmarkOptions
 * @typedef {import("./categorizer_benchmark.js").BenchmarkResult} BenchmarkResult
 * @typedef {import("./categorizer_state.js").CategorizerState} CategorizerState
 * @typedef {import("./categorizer_state.js").Trouble} Trouble
 *
 * @typedef {{id?: number, url?: string, title?: string, text?: string}} AnyTab a tab of the browser is one; a tab without
 *   an id gets its place in the list
 *
 * @typedef {Object} Origin where an answer comes from
 * @property {"host" | "fallback"} source
 * @property {Trouble | null} fallback why no model answered, and what to do; null when one did
 * @property {string} engine kind of the model that answered; "words" for the host without a model, "rules" for the
 *   fallback
 * @property {string} model its name; "" for the fallback
 * @property {number} took_ms
 *
 * @typedef {CategorizedTab & Origin} TabAnswer
 * @typedef {{tabs: CategorizedTab[]} & Origin} RatingAnswer
 * @typedef {{groups: GroupItem[], ungrouped: number[], tabs: CategorizedTab[]} & Origin} GroupAnswer
 * @typedef {GroupAnswer & {categories: Record<string, number[]>}} TabsAnswer `categories`: ids of the tabs by name of
 *   their group
 *
 * @typedef {Object} CallOptions
 * @property {AbortSignal} [signal] takes the call back, while it waits for its turn and while it runs
 * @property {string} [engine] embedding, nli, instruction, or an installed model
 * @property {() => void} [onLoading] a model is still on its way, and is waited for
 * @property {boolean} [patient] false: a model that is loading is an error (`model_loading`) and not waited for
 *
 * @typedef {CallOptions & {by?: GroupBy, existing?: GroupParams["existing"]}} GroupOptions
 *
 * @typedef {Object} Wiring
 * @property {(method: string, params?: any, options?: any) => Promise<any>} [request] asks the host; a page has it
 *   from channel.js, the worker hands over its own
 * @property {((event: string, listener: (data: any) => void) => void) | null} [onEvent] tells of the host's coming
 * @property {number} [concurrency] how many requests may run at the same time
 * @property {number} [batchSize] how many tabs one request carries where no groups are asked for
 * @property {(state: CategorizerState) => void} [onState] is told of every change
 */

import { measure } from "./categorizer_benchmark.js";
import { isSameState, isTrouble, troubleOf } from "./categorizer_state.js";
import { batchesOf, MOST_TABS, mergeGroupings, wireTabs } from "./categorizer_tabs.js";
import { loadCategoryModel } from "./categorizer_warming.js";
import { rateByRules, rulesFor } from "./category_rules.js";
import { onEvent, request } from "./channel.js";
import { keepCategories, keptCategories } from "./kept_categories.js";
import { RequestQueue } from "./request_queue.js";
import { groupByRules } from "./rule_groups.js";
import { MODEL_WAIT_MS } from "./tabs_api.js";

const CONCURRENCY = 2;
const BATCH_SIZE = 200;
/** How often a model that is loading is waited for. */
const MOST_WAITS = 6;

/** What the host goes by when it has no model. */
const WORDS = "words";
/** @type {Trouble} */
const NO_MODEL = {
  kind: "model_unavailable",
  reason: "No model answered, so tabs were sorted by their words and by known sites.",
  fix: "Get a model that can do categories in the settings, under Models.",
};

export class TabCategorizer {
  /** @type {CategorizerState} */
  #state = { name: "idle" };
  #followed = false;
  #request;
  #onEvent;
  #onState;
  #batchSize;
  #queue;

  /** @param {Wiring} [wiring] */
  constructor(wiring = {}) {
    this.#request = wiring.request ?? request;
    this.#onEvent = wiring.onEvent === undefined ? onEvent : wiring.onEvent;
    this.#onState = wiring.onState;
    this.#batchSize = Math.min(wiring.batchSize ?? BATCH_SIZE, MOST_TABS);
    this.#queue = new RequestQueue(wiring.concurrency ?? CONCURRENCY);
  }

  /** How it is now; every answer brings it up to date. */
  get state() {
    return this.#state;
  }

  /**
   * Finds out what there is, loads the model, and keeps the categories for when the host is away. Not needed
   * before the other calls, but it spares the first of them the loading. When the host comes back later,
   * this is done again by itself.
   *
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<CategorizerState>} "ready", or "fallback" with the reason and what to do
   * @throws an `AbortError` when it was taken back
   */
  async initialize({ signal } = {}) {
    this.#follow();
    const before = this.#state;
    this.#become({ name: "connecting" });
    try {
      const { categories } = await this.#request("categories.list", {}, { signal });
      await keepCategories(categories);
      await loadCategoryModel(this.#request, {
        signal,
        onProgress: (progress) => this.#become({ name: "loading", progress }),
      });
      // The first answer of a model takes longer than all others.
      await this.categorizeTab("https://example.com/", "Example", { signal });
    } catch (error) {
      if (isTrouble(error)) this.#become({ name: "fallback", trouble: troubleOf(error) });
      else {
        this.#become(before);
        throw error;
      }
    }
    return this.#state;
  }

  /**
   * Where one tab belongs.
   *
   * @param {string} url
   * @param {string} title
   * @param {CallOptions} [options]
   * @returns {Promise<TabAnswer>} `category` is null when nothing is likely enough
   */
  async categorizeTab(url, title, options = {}) {
    const { tabs, ...origin } = await this.#rate(wireTabs([{ id: 0, url, title }]), options);
    return { ...tabs[0], ...origin };
  }

  /**
   * Where each of many tabs belongs, without groups; in batches, several of them at the same time.
   *
   * @param {AnyTab[]} tabs
   * @param {CallOptions} [options]
   * @returns {Promise<RatingAnswer>} in the order of `tabs`
   */
  async rateTabs(tabs, options = {}) {
    const batches = batchesOf(wireTabs(tabs), this.#batchSize);
    const answers = await this.#together(options, batches, (batch, rest) => this.#rate(batch, rest));
    return { ...originOf(answers), tabs: answers.flatMap((answer) => answer.tabs) };
  }

  /**
   * The groups that tabs make.
   *
   * @param {AnyTab[]} tabs
   * @param {number | null} [maxGroups] at most so many groups; 0 or null for no limit
   * @param {GroupOptions} [options]
   * @returns {Promise<TabsAnswer>}
   */
  async categorizeTabs(tabs, maxGroups = 0, options = {}) {
    const { by = "category", existing = [] } = options;
    const most = maxGroups && maxGroups > 0 ? { max_groups: maxGroups } : {};
    const batches = batchesOf(wireTabs(tabs), MOST_TABS).map((batch) => ({
      tabs: batch,
      by,
      existing,
      ...most,
    }));
    const answers = await this.#together(options, batches, (batch, rest) => this.groupTabs(batch, rest));
    const answer = { ...originOf(answers), ...mergeGroupings(answers, maxGroups ?? 0) };
    return {
      ...answer,
      categories: Object.fromEntries(answer.groups.map((group) => [group.name, group.tab_ids])),
    };
  }

  /**
   * The same with the parameters and the answer of the host's `tabs.group`, for at most 2000 tabs.
   *
   * @param {GroupParams} params
   * @param {CallOptions} [options]
   * @returns {Promise<GroupAnswer>}
   */
  groupTabs(params, options = {}) {
    return this.#ask("tabs.group", params, options, async () => {
      const { tabs, categories } = await rateHere(params.tabs);
      return { ...groupByRules(params, tabs, categories), tabs };
    });
  }

  /**
   * Measures how fast tabs are sorted, one by one and in batches, with tabs of which no two are alike.
   *
   * @param {BenchmarkOptions} [options]
   * @returns {Promise<BenchmarkResult>}
   */
  benchmark(options = {}) {
    return measure((tabs, signal) => this.#rate(tabs, { signal }), options);
  }

  /**
   * @param {GroupParams["tabs"]} tabs
   * @param {CallOptions} options
   * @returns {Promise<RatingAnswer>}
   */
  #rate(tabs, options) {
    return this.#ask("tabs.categorize", { tabs }, options, async () => ({
      tabs: (await rateHere(tabs)).tabs,
    }));
  }

  /**
   * Asks for all batches; when one fails, the others are taken back.
   *
   * @template Batch, Answer
   * @param {CallOptions} options
   * @param {Batch[]} batches
   * @param {(batch: Batch, options: CallOptions) => Promise<Answer>} ask
   * @returns {Promise<Answer[]>}
   */
  async #together({ signal, engine, onLoading, patient }, batches, ask) {
    const rest = new AbortController();
    const either = signal ? AbortSignal.any([signal, rest.signal]) : rest.signal;
    try {
      const options = { engine, onLoading, patient, signal: either };
      return await Promise.all(batches.map((batch) => ask(batch, options)));
    } catch (error) {
      rest.abort();
      throw error;
    }
  }

  /**
   * Asks the host, and the rules where no model answers.
   *
   * @template T
   * @param {string} method
   * @param {any} params
   * @param {CallOptions} options
   * @param {() => Promise<T>} byRules
   * @returns {Promise<T & Origin>}
   */
  async #ask(method, params, { signal, engine, onLoading, patient = true }, byRules) {
    const wanted = engine === undefined ? params : { ...params, engine };
    const start = performance.now();
    try {
      const send = () => this.#askPatiently(method, wanted, { signal, onLoading, patient });
      const answer = await this.#queue.run(send, signal);
      const fallback = withoutModel(answer, wanted) ? NO_MODEL : null;
      const { engine: kind, model } = answer;
      this.#become(
        fallback ? { name: "fallback", trouble: fallback } : { name: "ready", engine: kind, model },
      );
      return { ...answer, source: "host", fallback };
    } catch (error) {
      const loading = /** @type {{kind?: string}} */ (error).kind === "model_loading";
      if (!isTrouble(error) || (loading && !patient)) throw error;
      const trouble = troubleOf(error);
      this.#become({ name: "fallback", trouble });
      const answer = await byRules();
      signal?.throwIfAborted();
      const took_ms = performance.now() - start;
      return { ...answer, source: "fallback", fallback: trouble, engine: "rules", model: "", took_ms };
    }
  }

  /**
   * Asks, and asks again for as long as a model is on its way. Until it is there, the host goes by words.
   *
   * @param {string} method
   * @param {any} params
   * @param {CallOptions} options
   */
  async #askPatiently(method, params, { signal, onLoading, patient }) {
    for (let waits = 0; ; waits++) {
      try {
        const waiting = waits === 0 ? params : { ...params, wait_ms: MODEL_WAIT_MS };
        const answer = await this.#request(method, waiting, { signal });
        const known = this.#state.trouble?.kind === NO_MODEL.kind;
        if (!withoutModel(answer, params) || !patient || waits > 0 || known) return answer;
      } catch (error) {
        const loading = /** @type {{kind?: string}} */ (error).kind === "model_loading";
        if (!loading || !patient || waits === MOST_WAITS) throw error;
      }
      this.#become({ name: "loading", progress: null });
      onLoading?.();
    }
  }

  /** Gets ready again when the host comes back. */
  #follow() {
    if (this.#followed) return;
    this.#followed = true;
    this.#onEvent?.("extension.changed", ({ host }) => {
      const away = this.#state.name === "fallback" && this.#state.trouble?.kind === "host_away";
      // Whoever asks next learns of new trouble.
      if (away && host.name === "ready") this.initialize().catch(() => {});
    });
  }

  /** @param {CategorizerState} state */
  #become(state) {
    if (isSameState(this.#state, state)) return;
    this.#state = state;
    this.#onState?.(state);
  }
}

/**
 * What the rules of the extension say, with the categories that are known here.
 *
 * @param {GroupParams["tabs"]} tabs
 */
async function rateHere(tabs) {
  const categories = await keptCategories();
  const rules = rulesFor(categories);
  return { tabs: tabs.map((tab) => rateByRules(tab, rules)), categories };
}

/**
 * Whether the host has answered by words although nobody asked for that.
 *
 * @param {{engine: string}} answer
 * @param {{engine?: string}} params
 */
function withoutModel(answer, params) {
  return answer.engine === WORDS && params.engine !== WORDS;
}

/**
 * Where the answers of several requests come from; the fallback, as soon as one came from there.
 *
 * @param {Origin[]} answers at least one
 * @returns {Origin}
 */
function originOf(answers) {
  const { source, fallback, engine, model } = answers.find((answer) => answer.fallback) ?? answers[0];
  const took_ms = Math.max(...answers.map((answer) => answer.took_ms));
  return { source, fallback, engine, model, took_ms };
}
