/** What is stored about a page, in words. Pure. */

import { countText, longDate } from "../shared/dates.js";

/**
 * @typedef {import("../shared/store_api.js").StoredPage} StoredPage
 */

/** @type {Record<string, string>} why a page is not remembered */
const REASONS = {
  incognito: "It would not be remembered: it stands in a private window.",
  unsupported_url: "Only web pages are remembered, and this is none.",
  disabled: "It would not be remembered: capturing is switched off in the settings.",
  paused: "It would not be remembered now: capturing is paused.",
  password: "It would not be remembered: it asks for a password.",
  local: "It would not be remembered: it is on this computer or in its own network.",
  excluded: "It is not remembered: its site is excluded in the settings.",
};

/** @type {Record<string, string>} what is still to be done for it */
const JOBS = {
  extract: "to be read again",
  embed: "to be found by meaning",
  reembed: "to be found with the new model",
  summarise: "to be summarised",
};

/** Whether anything is stored, and whether the page is remembered from now on. @param {StoredPage} page */
export function statusText({ page_id: id, captured, reason }) {
  const next = captured
    ? "It is remembered when you visit it."
    : (REASONS[reason ?? ""] ?? "It would not be remembered now.");
  return `${id ? "This page is stored." : "Nothing is stored about this page."} ${next}`;
}

/**
 * The facts as names and values.
 *
 * @param {StoredPage} page
 * @returns {Array<[string, string]>}
 */
export function storedFacts(page) {
  /** @type {Array<[string, string]>} */
  const facts = [["Visits", countText(page.visits ?? 0)]];
  if (page.first_visit_at) facts.push(["First", longDate(page.first_visit_at)]);
  if (page.last_visit_at) facts.push(["Latest", longDate(page.last_visit_at)]);
  facts.push(["Its text", textFact(page)]);
  if (page.passages)
    facts.push(["Passages", `${countText(page.passages)}, with ${vectorsText(page.vectors ?? 0)}`]);
  facts.push(["Category", page.category ?? "None"]);
  facts.push(["Quoted in", conversationsText(page.quoted_in ?? 0)]);
  if (page.corrections)
    facts.push(["Learned from", `${countText(page.corrections)} of your moves of its tab`]);
  const others = (page.addresses ?? []).filter((address) => address !== page.url);
  if (others.length > 0) facts.push(["Also as", others.join(", ")]);
  const jobs = (page.jobs ?? []).map((job) => JOBS[job] ?? job.replaceAll("_", " "));
  if (jobs.length > 0) facts.push(["Waits", jobs.join(", ")]);
  return facts;
}

/** @param {StoredPage} page */
function textFact({ captured_at: at, characters = 0 }) {
  if (!at) return "Not stored: only that you were there";
  return `${countText(characters)} characters, read ${longDate(at)}`;
}

/** @param {number} count */
function vectorsText(count) {
  return count === 1 ? "1 vector" : `${countText(count)} vectors`;
}

/** @param {number} count */
function conversationsText(count) {
  if (count === 0) return "No conversation";
  return count === 1 ? "1 conversation" : `${countText(count)} conversations`;
}
