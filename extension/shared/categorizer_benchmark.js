/**
 * How fast tabs are sorted, measured from here: through the browser, to the model, and back.
 *
 * @typedef {import("./categorizer.js").Origin} Origin
 * @typedef {import("./categorizer.js").RatingAnswer} RatingAnswer
 *
 * @typedef {Object} BenchmarkOptions
 * @property {AbortSignal} [signal]
 * @property {number} [single] how many tabs one by one
 * @property {number} [batch] how many tabs in a batch
 * @property {number} [batches] how many batches
 *
 * @typedef {Object} BenchmarkResult
 * @property {number} mean_ms for a tab, one by one
 * @property {number} p50_ms
 * @property {number} p95_ms
 * @property {{tabs: number, tabs_per_second: number}} one_by_one
 * @property {{tabs: number, batch: number, ms_per_tab: number, tabs_per_second: number}} batches
 * @property {string} engine
 * @property {string} model
 * @property {Origin["source"]} source "fallback" as soon as one answer came from there
 * @property {Origin["fallback"]} fallback
 */

const SINGLE = 40;
const BATCH = 100;
const BATCHES = 3;
const WARMING = 3;
/** What the made-up tabs are about; each gets a number of its own, so that nothing is answered from memory. */
const SUBJECTS = [
  ["Pull request: fix the parser of dates", "https://git.example/project/pulls/"],
  ["Winter coat with hood, free delivery", "https://shop.example/coats/"],
  ["Parliament votes on the new budget", "https://daily.example/politics/"],
  ["Minutes of the meeting of the planning team", "https://office.example/documents/"],
  ["Official trailer of the film in four languages", "https://videos.example/watch/"],
  ["Usage of the cluster in the northern region", "https://console.example/clusters/"],
  ["New replies to your post in the group", "https://people.example/posts/"],
  ["Recipe for bread with walnuts and honey", "https://kitchen.example/recipes/"],
];

/**
 * @param {(tabs: Array<{id: number, url: string, title: string}>, signal?: AbortSignal) => Promise<RatingAnswer>} rate
 *   sorts tabs in one request
 * @param {BenchmarkOptions} [options]
 * @returns {Promise<BenchmarkResult>}
 */
export async function measure(rate, options = {}) {
  const { signal, single = SINGLE, batch = BATCH, batches = BATCHES } = options;
  const make = tabMaker();
  for (let count = 0; count < WARMING; count++) await rate(make(1), signal);
  /** @type {RatingAnswer[]} */
  const answers = [];
  const timed = async (/** @type {number} */ size) => {
    const tabs = make(size);
    const start = performance.now();
    answers.push(await rate(tabs, signal));
    return performance.now() - start;
  };
  const times = [];
  for (let count = 0; count < single; count++) times.push(await timed(1));
  let inBatches = 0;
  for (let count = 0; count < batches; count++) inBatches += await timed(batch);
  const oneByOne = times.reduce((sum, time) => sum + time, 0);
  const { engine, model, source, fallback } = answers.find((each) => each.fallback) ?? answers[0];
  return {
    mean_ms: oneByOne / single,
    p50_ms: quantile(times, 0.5),
    p95_ms: quantile(times, 0.95),
    one_by_one: { tabs: single, tabs_per_second: rateOf(single, oneByOne) },
    batches: {
      tabs: batch * batches,
      batch,
      ms_per_tab: inBatches / (batch * batches),
      tabs_per_second: rateOf(batch * batches, inBatches),
    },
    engine,
    model,
    source,
    fallback,
  };
}

/**
 * The smallest time that at least this share of all times does not exceed (nearest rank).
 *
 * @param {number[]} times at least one
 * @param {number} share
 */
export function quantile(times, share) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Makes tabs of which no two are alike, in this run and from run to run. */
function tabMaker() {
  let next = Math.floor(Math.random() * 1e9);
  return (/** @type {number} */ count) =>
    Array.from({ length: count }, (_, id) => {
      const [title, url] = SUBJECTS[next % SUBJECTS.length];
      next += 1;
      return { id, title: `${title} ${next}`, url: `${url}${next}` };
    });
}

/** @param {number} tabs @param {number} milliseconds */
function rateOf(tabs, milliseconds) {
  // A clock that browsers make coarse on purpose may see no time pass at all.
  return milliseconds > 0 ? (1000 * tabs) / milliseconds : 0;
}
