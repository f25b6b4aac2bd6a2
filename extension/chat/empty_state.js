/** What stands on the page while nothing was asked: what can be asked, or why there is nothing to ask. */

import { startBackfill } from "../shared/api.js";
import { browser, openPage } from "../shared/browser.js";
import { button, byId, element, show } from "../shared/dom.js";
import { searchMessage } from "../sidepanel/search_messages.js";

const EXAMPLES = [
  "What did I read about sleep?",
  "Which article compared electric cars?",
  "How do I undo a Git commit?",
  "What did I look up last week?",
];

export class EmptyState {
  /** @param {(question: string) => void} fill puts an example into the box */
  constructor(fill) {
    byId("examples").replaceChildren(
      ...EXAMPLES.map((question) => element("li", {}, [button(question, () => fill(question), "example")])),
    );
  }

  /**
   * @param {import("../shared/api.js").StoreStats | null} stats
   * @param {boolean} hostDown
   */
  draw(stats, hostDown) {
    const nothing = stats?.pages === 0;
    show(byId("examples"), !nothing && !hostDown);
    if (nothing) {
      this.#drawNothing(stats);
      return;
    }
    byId("empty-title").textContent = "Ask your history";
    byId("empty-text").textContent =
      "Answers are made on this computer from pages you have read, and every statement leads to its page.";
    byId("empty-actions").replaceChildren();
  }

  /** The search page's words for a history without pages. @param {import("../shared/api.js").StoreStats} stats */
  #drawNothing(stats) {
    const idle = /** @type {const} */ ({ phase: "idle" });
    const situation = { update: idle, stats, hostDown: false, shown: 0, held: false, filtered: false };
    const { title, text = "", actions } = searchMessage(situation);
    byId("empty-title").textContent = title;
    byId("empty-text").textContent = text;
    byId("empty-actions").replaceChildren(
      ...actions.map(({ name, label }, index) =>
        button(label, () => act(name), index === 0 ? "primary" : "quiet"),
      ),
    );
  }
}

/** @param {import("../sidepanel/search_messages.js").ActionName} name */
async function act(name) {
  if (name === "import") await startBackfill().catch(() => {});
  const page = name === "import" ? "welcome.html#import" : "welcome.html";
  await openPage(browser.runtime.getURL(page), "foreground");
}
