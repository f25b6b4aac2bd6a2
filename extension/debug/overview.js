/** The Overview: counts, growth, indexes, queue, models, latencies and checks, each asked for by itself. */

import { doctor, storeStats } from "../shared/api.js";
import { byId } from "../shared/dom.js";
import { daemonStatus, latencies, listJobs, storeHealth, storeSizes } from "../shared/insight_api.js";
import { listModels } from "../shared/models_api.js";
import { Card } from "./card.js";
import { DoctorList } from "./doctor_list.js";
import { drawGrowth } from "./growth_view.js";
import { HealthList } from "./health_list.js";
import { drawLatencies } from "./latency_table.js";
import { drawLoadedModels } from "./loaded_models.js";
import { drawNumbers, drawSizes } from "./numbers_view.js";
import { isWaiting, QueueView } from "./queue_view.js";

/**
 * @typedef {import("../shared/api.js").StoreStats} StoreStats
 * @typedef {import("../shared/insight_api.js").Health} Health
 */

export class Overview {
  /** @type {StoreStats | null} */
  #stats = null;
  /** @type {Health | null} */
  #health = null;
  #numbers;
  #healthCard;
  #growth;
  #queue;
  #models;
  #latencies;
  #checks;
  #sizes;

  constructor() {
    const again = () => this.refresh();
    const healthList = new HealthList(byId("health"), again);
    const queue = new QueueView(byId("queue"), () => this.#queue.refresh());
    const checks = new DoctorList(byId("checks-card"), again);
    this.#numbers = new Card(byId("counts"), {
      methods: ["store.stats"],
      load: storeStats,
      draw: (stats) => {
        this.#stats = stats;
        this.#drawNumbers();
      },
      isMoving: ({ pending_jobs: waiting, reindexing }) => waiting > 0 || Boolean(reindexing),
    });
    this.#growth = new Card(byId("growth"), {
      methods: ["store.health"],
      load: storeHealth,
      draw: ({ growth }) => drawGrowth(byId("growth"), growth),
    });
    this.#healthCard = new Card(byId("health"), {
      methods: ["store.health"],
      load: storeHealth,
      draw: (health) => {
        this.#health = health;
        this.#growth.take(health);
        this.#drawNumbers();
        healthList.draw(health);
      },
    });
    this.#queue = new Card(byId("queue"), {
      methods: ["jobs.list"],
      load: listJobs,
      draw: (jobs) => queue.draw(jobs),
      isMoving: isWaiting,
    });
    this.#models = new Card(byId("loaded"), {
      methods: ["models.list", "daemon.status"],
      load: () => Promise.all([listModels(), daemonStatus()]),
      draw: ([list, daemon]) => drawLoadedModels(byId("loaded"), list, daemon),
      isMoving: ([{ models }]) => models.some(({ state }) => state === "loading"),
    });
    this.#latencies = new Card(byId("latencies"), {
      methods: ["daemon.latencies"],
      load: latencies,
      draw: ({ methods }) => drawLatencies(byId("latencies"), methods),
    });
    this.#checks = new Card(byId("checks-card"), {
      methods: ["doctor"],
      load: () => checks.load(doctor),
      draw: (reply) => checks.draw(reply.checks),
    });
    this.#sizes = new Card(byId("sizes"), {
      methods: ["store.sizes"],
      load: storeSizes,
      draw: ({ tables }) => drawSizes(byId("sizes"), tables),
    });
    this.#onDemand();
  }

  #onDemand() {
    const sizes = /** @type {HTMLDetailsElement} */ (byId("sizes-details"));
    sizes.addEventListener("toggle", () => {
      if (sizes.open) this.#sizes.refresh();
    });
    byId("check-again").addEventListener("click", () => this.#checks.refresh());
    byId("latencies-again").addEventListener("click", () => this.#latencies.refresh());
  }

  /** @param {(method: string) => boolean} offers */
  offer(offers) {
    for (const card of this.#all()) card.offer(offers);
  }

  #all() {
    return [
      this.#numbers,
      this.#healthCard,
      this.#growth,
      this.#queue,
      this.#models,
      this.#latencies,
      this.#checks,
      this.#sizes,
    ];
  }

  /** Asks for everything at once; only the checks, which take long, come after the rest. */
  async refresh() {
    await Promise.allSettled([
      this.#numbers.refresh(),
      this.#healthCard.refresh(),
      this.#queue.refresh(),
      this.#models.refresh(),
      this.#latencies.refresh(),
    ]);
    await this.#checks.refresh();
  }

  /** Nothing is asked while the host is away. */
  rest() {
    for (const card of this.#all()) card.rest();
  }

  #drawNumbers() {
    if (this.#stats) drawNumbers(byId("numbers"), this.#stats, this.#health);
  }
}
