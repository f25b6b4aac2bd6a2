/** Shows how far reading and understanding of captured pages has come, while there is something to do. */

import { storeStats } from "../shared/api.js";
import { countText } from "../shared/dates.js";
import { byId, show } from "../shared/dom.js";

const EVERY_MS = 3000;
const EVERY_WHEN_IDLE_MS = 20_000;

/**
 * @typedef {import("../shared/api.js").StoreStats} StoreStats
 */

export class IndexingMeter {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #onStats;

  /** @param {(stats: StoreStats) => void} onStats */
  constructor(onStats) {
    this.#onStats = onStats;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#timer);
      if (document.visibilityState === "visible") this.refresh();
    });
  }

  /** Asks now, and from then on at intervals for as long as the page can be seen. */
  async refresh() {
    clearTimeout(this.#timer);
    let wait = EVERY_WHEN_IDLE_MS;
    try {
      const stats = await storeStats();
      if (stats.pending_jobs > 0 || stats.reindexing) wait = EVERY_MS;
      this.#draw(stats);
      this.#onStats(stats);
    } catch {
      // The banner says why; this asks again later.
    }
    if (document.visibilityState === "visible") {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.refresh(), wait);
    }
  }

  /** @param {StoreStats} stats */
  #draw({ pending_jobs, chunks, embedded_chunks, reindexing }) {
    show(byId("indexing"), pending_jobs > 0 || Boolean(reindexing));
    const [done, total] = reindexing ? [reindexing.done, reindexing.total] : [embedded_chunks, chunks];
    const jobs = pending_jobs === 1 ? "1 page" : `${countText(pending_jobs)} pages`;
    byId("indexing-text").textContent = reindexing
      ? "Reading pages again for the new search model. The former one serves meanwhile."
      : `Indexing: ${jobs} to go. Words are found already, meaning follows.`;
    byId("indexing-meter").style.transform = `scaleX(${(total > 0 ? done / total : 0).toFixed(3)})`;
  }
}
