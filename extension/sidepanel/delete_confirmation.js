/** Asks once, in the row itself, before something is deleted for good. */

import { cloneTemplate, part } from "../shared/dom.js";

/**
 * @typedef {import("../shared/api.js").SearchResult} SearchResult
 */

export class DeleteConfirmation {
  /**
   * @param {HTMLElement} row
   * @param {SearchResult} result
   * @param {{page: () => Promise<void>, site: () => Promise<void>, cancelled: () => void}} actions
   */
  constructor(row, result, { page, site, cancelled }) {
    const box = cloneTemplate("confirm-template");
    const text = part(box, "text");
    text.textContent =
      `Delete “${result.title || result.url}” from AI History? Its text and everything derived from it are ` +
      "erased; this cannot be undone. Your browser's own history keeps its entry.";
    const siteButton = part(box, "site");
    siteButton.textContent = `Delete all of ${result.domain}`;
    siteButton.toggleAttribute("hidden", !result.domain);

    const close = () => {
      box.remove();
      cancelled();
    };
    const run = async (/** @type {() => Promise<void>} */ action) => {
      for (const button of box.querySelectorAll("button")) button.disabled = true;
      try {
        await action();
      } catch (error) {
        for (const button of box.querySelectorAll("button")) button.disabled = false;
        text.textContent = `It could not be deleted: ${error instanceof Error ? error.message : "unknown error"}`;
      }
    };
    part(box, "page").addEventListener("click", () => run(page));
    siteButton.addEventListener("click", () => run(site));
    part(box, "cancel").addEventListener("click", close);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    });
    row.append(box);
    box.scrollIntoView?.({ block: "nearest" });
    part(box, "page").focus();
  }
}
