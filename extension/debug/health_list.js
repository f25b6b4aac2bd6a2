/** The indexes against what they should hold; each that lags behind has a button that mends it. */

import { sentence } from "../models/model_words.js";
import { countText } from "../shared/dates.js";
import { button, element, part } from "../shared/dom.js";
import { runFix } from "../shared/insight_api.js";
import { TaskBox } from "./task.js";

/**
 * @typedef {import("../shared/insight_api.js").HealthPart} HealthPart
 * @typedef {import("../shared/insight_api.js").Health} Health
 * @typedef {import("../shared/api.js").FixAction} FixAction
 */

export class HealthList {
  #card;
  #task;
  #again;

  /** @param {HTMLElement} card @param {() => void} again asks how everything is now */
  constructor(card, again) {
    this.#card = card;
    this.#again = again;
    this.#task = new TaskBox(part(card, "task"));
  }

  /** @param {Health} health */
  draw({ parts, path }) {
    part(this.#card, "list").replaceChildren(...parts.map((each) => this.#row(each)));
    part(this.#card, "path").textContent = path;
  }

  /** @param {HealthPart} item */
  #row({ name, rows, expected, ok, detail, fix, action }) {
    const icon = element("span", {
      class: `icon icon-${ok ? "check" : "alert"}`,
      attributes: { role: "img", "aria-label": ok ? "In order" : "Not in order" },
    });
    const row = element("li", { class: ok ? "check" : "check failed" }, [
      icon,
      element("h4", { text: name }),
      element("p", { text: [heldText(rows, expected), sentence(detail)].filter(Boolean).join(". ") }),
    ]);
    if (ok) return row;
    if (action) {
      row.append(element("div", { class: "check-fix" }, [button(action.label, () => this.#mend(action))]));
    } else if (fix) row.append(element("p", { text: fix }));
    return row;
  }

  /** @param {FixAction} action */
  async #mend(action) {
    await this.#task.run({
      label: action.label,
      run: async (options) => {
        await runFix(action, options);
        return `Done: ${action.label}.`;
      },
    });
    this.#again();
  }
}

/**
 * How much of what should be there is; some parts are right when they hold nothing.
 *
 * @param {number} rows
 * @param {number} expected
 */
function heldText(rows, expected) {
  return expected > 0 ? `${countText(rows)} of ${countText(expected)}` : "";
}
