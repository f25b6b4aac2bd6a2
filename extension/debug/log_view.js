/** The end of the program's logs. */

import { byId, element, show } from "../shared/dom.js";
import { logLines } from "../shared/insight_api.js";
import { write } from "../shared/keyed_list.js";
import { drawProblem } from "./problem_notice.js";

const LINES = 400;

export class LogView {
  #offered = false;
  #wanted = false;
  #asked = 0;

  constructor() {
    byId("logs-refresh").addEventListener("click", () => this.refresh());
    this.#choice.addEventListener("change", () => this.refresh());
    // Scrolled by keyboard, too.
    byId("logs-lines").tabIndex = 0;
    byId("logs-copy").addEventListener("click", () => this.#copy());
    new IntersectionObserver((entries) => {
      const first = entries.some(({ isIntersecting }) => isIntersecting) && !this.#wanted;
      if (!first) return;
      this.#wanted = true;
      this.refresh();
    }).observe(byId("logs"));
  }

  get #choice() {
    return /** @type {HTMLSelectElement} */ (byId("logs-name"));
  }

  /** @param {(method: string) => boolean} offers @param {boolean} ready whether the host can be asked */
  offer(offers, ready) {
    this.#offered = ready && offers("daemon.log");
    show(byId("logs-body"), this.#offered);
    show(byId("logs-missing"), ready && !this.#offered);
    if (this.#wanted) this.refresh();
  }

  async refresh() {
    if (!this.#offered) return;
    const ticket = ++this.#asked;
    const name = this.#choice.value;
    try {
      const log = await logLines({ ...(name ? { name } : {}), lines: LINES });
      if (ticket === this.#asked) this.#draw(log);
      drawProblem(byId("logs-problem"), null);
    } catch (error) {
      if (ticket === this.#asked) drawProblem(byId("logs-problem"), error, () => this.refresh());
    }
  }

  /** @param {import("../shared/insight_api.js").LogLines} log */
  #draw({ name, lines, names, path }) {
    const options = [...new Set([name, ...names])];
    if ([...this.#choice.options].map(({ value }) => value).join("\n") !== options.join("\n")) {
      this.#choice.replaceChildren(
        ...options.map((each) => element("option", { text: each, attributes: { value: each } })),
      );
    }
    this.#choice.value = name;
    write(byId("logs-path"), path);
    const box = byId("logs-lines");
    write(box, lines.length > 0 ? lines.join("\n") : "This log is empty.");
    // The latest stands at the end.
    box.scrollTop = box.scrollHeight;
  }

  async #copy() {
    const copied = await navigator.clipboard.writeText(byId("logs-lines").textContent ?? "").then(
      () => "Copied.",
      () => "It could not be copied.",
    );
    write(byId("logs-said"), copied);
  }
}
