/** "Forget": the last hour, a site, or a range of days, each asked once with how many pages it is about. */

import { countPages, deletePages } from "../shared/api.js";
import { countText, dayDate } from "../shared/dates.js";
import { byId, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { siteOf } from "../shared/url.js";

/**
 * @typedef {import("../shared/api.js").PageChoice} PageChoice
 * @typedef {import("../shared/api.js").DeletionReply} DeletionReply
 * @typedef {{which: () => PageChoice, words: (count: string) => string, none: string, opener: HTMLElement}} Wish
 */

const HOUR_MS = 3_600_000;
const BROWSER_KEEPS = "This cannot be undone. Your browser's own history keeps them.";

export class ForgetSection {
  /** @type {Wish | null} */
  #wish = null;

  constructor() {
    byId("forget-hour").addEventListener("click", () => this.#ask(lastHour()));
    byId("forget-site-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#askForSite();
    });
    byId("forget-days-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#askForDays();
    });
    byId("forget-yes").addEventListener("click", () => this.#forget());
    byId("forget-no").addEventListener("click", () => this.#close());
    byId("forget-confirm").addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
    });
  }

  #askForSite() {
    const typed = value("forget-site");
    const site = siteOf(typed.includes("://") ? typed : `http://${typed}`);
    const known = site.includes(".");
    problem(known ? "" : "Write a site such as example.com.");
    if (!known) return;
    this.#ask({
      which: () => ({ domain: site }),
      words: (count) =>
        `Erase ${count} of ${site}, with all its subdomains, from AI History? ${BROWSER_KEEPS}`,
      none: `No page of ${site} is stored. Erase what else was kept of it, such as what was learned from its tabs? This cannot be undone.`,
      opener: byId("forget-site"),
    });
  }

  #askForDays() {
    const first = midnight(value("forget-from"));
    const last = midnight(value("forget-to") || value("forget-from"));
    const valid = first !== null && last !== null && first <= last;
    problem(valid ? "" : "Choose the first day, and a last day that is not before it.");
    if (!valid) return;
    const days = first === last ? dayDate(first) : `${dayDate(first)} to ${dayDate(last)}`;
    this.#ask({
      which: () => ({ from: first, to: dayAfter(last) }),
      words: (count) =>
        `Erase what you visited and asked on ${days} (${count}) from AI History? Pages that you knew before keep their other visits. ${BROWSER_KEEPS}`,
      none: `No visit on ${days} is stored. Erase what else was kept of then, such as what you asked in chat? This cannot be undone.`,
      opener: byId("forget-from"),
    });
  }

  /** @param {Wish} wish */
  async #ask(wish) {
    this.#wish = wish;
    say("");
    write(byId("forget-question"), wish.words("… pages"));
    const yes = /** @type {HTMLButtonElement} */ (byId("forget-yes"));
    yes.disabled = true;
    show(byId("forget-confirm"), true);
    // A key that is still held, or pressed twice, keeps everything.
    byId("forget-no").focus();
    // A host that cannot count is asked all the same.
    const question = await countPages(wish.which()).then(
      ({ pages }) => (pages === 0 ? wish.none : wish.words(pagesText(pages))),
      () => wish.words("every page"),
    );
    if (this.#wish !== wish) return;
    write(byId("forget-question"), question);
    yes.disabled = false;
  }

  #close() {
    show(byId("forget-confirm"), false);
    this.#wish?.opener.focus();
    this.#wish = null;
  }

  async #forget() {
    const wish = this.#wish;
    this.#close();
    if (!wish) return;
    say("Erasing…");
    try {
      say(forgottenText(await deletePages(wish.which())));
    } catch (error) {
      const { message, fix } = /** @type {{message: string, fix?: string}} */ (error);
      say(`Nothing was erased. ${fix ? `${message} ${fix}` : message}`);
    }
  }
}

/** @returns {Wish} */
function lastHour() {
  return {
    which: () => ({ from: Date.now() - HOUR_MS, to: Date.now() }),
    words: (count) =>
      `Erase what you visited and asked within the past hour (${count}) from AI History? Pages that you knew before keep their other visits. ${BROWSER_KEEPS}`,
    none: "No visit within the past hour is stored. Erase what else was kept of it, such as what you asked in chat? This cannot be undone.",
    opener: byId("forget-hour"),
  };
}

/** What was forgotten, also in the backups. @param {DeletionReply} reply */
export function forgottenText({ deleted, visits = 0, questions = 0, ...backups }) {
  const words = [`Erased ${pagesText(deleted)}.`];
  if (visits > 0) words.push(`${countText(visits)} visits of pages that stay went as well.`);
  if (questions > 0) words.push(`${countText(questions)} questions of chats went as well.`);
  if (backups.backups_cleaned) words.push("It is gone from the backups, too.");
  if (backups.backups_removed) words.push("A backup that could not be cleaned was removed.");
  if (backups.backups_waiting) words.push("The backups are being cleaned.");
  return words.join(" ");
}

/** @param {number} count */
function pagesText(count) {
  return count === 1 ? "1 page" : `${countText(count)} pages`;
}

/** What comes of it stands beside what began it. @param {string} text */
function say(text) {
  write(byId("forget-said"), text);
}

/** @param {string} text */
function problem(text) {
  write(byId("forget-problem"), text);
  show(byId("forget-problem"), text !== "");
}

/** @param {string} id */
function value(id) {
  return /** @type {HTMLInputElement} */ (byId(id)).value.trim();
}

/** When a day begins here. @param {string} day YYYY-MM-DD @returns {number | null} milliseconds, UTC */
function midnight(day) {
  const time = Date.parse(`${day}T00:00:00`);
  return Number.isNaN(time) ? null : time;
}

/** The midnight after a day's, which is not always 24 hours later. @param {number} time */
function dayAfter(time) {
  const next = new Date(time);
  next.setDate(next.getDate() + 1);
  return next.getTime();
}
