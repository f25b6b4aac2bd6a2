/** "Show SQL": the statements that the search on the page has run, with their timings. */

import { browser, openPage } from "../shared/browser.js";
import { byId, element, show } from "../shared/dom.js";
import { statementItems } from "../shared/statement_view.js";

/**
 * @typedef {import("../shared/api.js").SearchReply} SearchReply
 */

export class SearchStatements {
  #explain;
  #asked = 0;

  /** @param {() => Promise<SearchReply | null>} explain the search with its statements; null: there is none */
  constructor(explain) {
    this.#explain = explain;
    byId("show-sql").addEventListener("click", () => this.#toggle());
  }

  /** Another search is on the page now: what is shown belongs to the former one. */
  forget() {
    this.#asked += 1;
    this.#fold();
  }

  #fold() {
    byId("show-sql").setAttribute("aria-expanded", "false");
    show(byId("search-sql"), false);
  }

  async #toggle() {
    const open = byId("show-sql").getAttribute("aria-expanded") !== "true";
    if (!open) return this.#fold();
    byId("show-sql").setAttribute("aria-expanded", "true");
    show(byId("search-sql"), true);
    const ticket = ++this.#asked;
    byId("search-sql-status").textContent = "Looking…";
    byId("search-sql-list").replaceChildren();
    try {
      const reply = await this.#explain();
      if (ticket === this.#asked) this.#draw(reply);
    } catch (error) {
      if (ticket !== this.#asked) return;
      const { message } = /** @type {Error} */ (error);
      byId("search-sql-status").textContent = `The statements could not be read. ${message}`;
    }
  }

  /** @param {SearchReply | null} reply */
  #draw(reply) {
    const statements = reply?.statements ?? [];
    byId("search-sql-status").textContent = statusText(reply, statements.length);
    byId("search-sql-list").replaceChildren(
      ...statementItems(statements, (address) => openPage(address, "foreground")),
    );
    const all = element("a", { text: "All activity", attributes: { href: activityAddress() } });
    all.addEventListener("click", (event) => {
      event.preventDefault();
      openPage(activityAddress(), "foreground");
    });
    byId("search-sql-more").replaceChildren(all);
    byId("show-sql").scrollIntoView?.({ block: "start" });
  }
}

function activityAddress() {
  return browser.runtime.getURL("debug.html#activity");
}

/** @param {SearchReply | null} reply @param {number} count */
function statusText(reply, count) {
  if (!reply) return "Search for something first.";
  if (count === 0) return "This search ran no statement.";
  const all = count === 1 ? "1 statement" : `${count} statements`;
  return `${all}, ${reply.took_ms.toFixed(0)} ms in all. The search was run once more to look.`;
}
