/** What the search page says, for each situation. Pure: it decides the words, the page shows them. */

import { countText } from "../shared/dates.js";

/**
 * @typedef {"retry" | "import" | "clear-filters" | "use-correction" | "reorder" | "welcome"} ActionName
 *
 * @typedef {Object} Message
 * @property {"line" | "card"} look
 * @property {string} title
 * @property {string} [text]
 * @property {Array<{name: ActionName, label: string}>} actions
 *
 * @typedef {Object} Situation
 * @property {import("./search_session.js").SearchUpdate} update
 * @property {import("../shared/api.js").StoreStats | null} stats
 * @property {boolean} hostDown
 * @property {number} shown how many results are on the page
 * @property {boolean} held whether rows in use keep others from their rank
 * @property {boolean} filtered whether a span of time is on
 * @property {string} [notice] something just done
 */

/** @param {Situation} situation @returns {Message} */
export function searchMessage(situation) {
  const { update, hostDown, notice } = situation;
  if (notice) return line(notice);
  if (hostDown)
    return line(situation.shown > 0 ? "Not connected. These results may be out of date." : "Not connected.");
  switch (update.phase) {
    case "idle":
      return idleMessage(situation);
    case "loading":
      return line("Searching…");
    case "early":
      return line("Found by words. Looking for meaning…");
    case "error":
      return errorMessage(update.error);
    default:
      return resultsMessage(situation, update.reply);
  }
}

/** @param {Situation} situation @returns {Message} */
function idleMessage({ stats }) {
  if (!stats) return line("");
  if (stats.pages === 0) {
    return {
      look: "card",
      title: "Nothing here yet",
      text: "Pages you read from now on can be found here. To start with what your browser already knows, import its history: addresses and titles, kept on this computer.",
      actions: [
        { name: "import", label: "Import my history" },
        { name: "welcome", label: "What is stored?" },
      ],
    };
  }
  return {
    look: "card",
    title: `${countText(stats.pages)} ${stats.pages === 1 ? "page" : "pages"} to search`,
    text: "Use words from the page, or say what it was about.",
    actions: [],
  };
}

/**
 * @param {Situation} situation
 * @param {import("../shared/api.js").SearchReply} reply
 * @returns {Message}
 */
function resultsMessage({ shown, held, filtered, update }, reply) {
  const query = "wanted" in update ? update.wanted.query.trim() : "";
  if (shown === 0) return noMatch(query, filtered, reply);
  const total = Math.max(reply.total, shown);
  const corrected = reply.parsed?.corrected ?? [];
  const about = corrected.map(({ from, to }) => `, with “${to}” for “${from}”`).join("");
  const dates = (reply.parsed?.ignored_dates ?? []).map((date) => ` Nothing that you read “${date}” fits.`);
  const missing = reply.degraded?.length ? ` ${degradedText(reply.degraded)}` : "";
  return {
    look: "line",
    title: `${countText(total)} ${total === 1 ? "page" : "pages"}${about}.${dates.join("")}${missing}`,
    actions: held ? [{ name: "reorder", label: "Sort by best match" }] : [],
  };
}

/**
 * @param {string} query
 * @param {boolean} filtered
 * @param {import("../shared/api.js").SearchReply} reply
 * @returns {Message}
 */
function noMatch(query, filtered, reply) {
  const corrected = reply.parsed?.corrected ?? [];
  const narrowed = filtered || (reply.parsed?.chips?.length ?? 0) > 0;
  /** @type {Message["actions"]} */
  const actions = [];
  if (corrected.length > 0) {
    actions.push({ name: "use-correction", label: `Search for “${withCorrections(query, corrected)}”` });
  }
  if (narrowed) actions.push({ name: "clear-filters", label: "Search without filters" });
  const advice = narrowed
    ? "The filters may leave out what you are looking for."
    : "Try fewer words, or say what the page was about.";
  return {
    look: "card",
    title: query ? `No page matches “${query}”` : "No page matches",
    text: [advice, degradedText(reply.degraded ?? [])].join(" ").trim(),
    actions,
  };
}

/**
 * The query with every misspelt word put right.
 *
 * @param {string} query
 * @param {import("../shared/api.js").Correction[]} corrections
 */
export function withCorrections(query, corrections) {
  return corrections.reduce((text, { from, to }) => text.replace(from, to), query);
}

/** @param {import("../shared/api.js").Degraded[]} degraded */
function degradedText(degraded) {
  return degraded.map(({ reason, fix }) => (fix ? `${reason} ${fix}` : reason)).join(" ");
}

/** @param {Error} error @returns {Message} */
function errorMessage(error) {
  const fix = /** @type {{fix?: string}} */ (error).fix;
  return {
    look: "card",
    title: "The search did not work",
    text: fix ? `${error.message} ${fix}` : error.message,
    actions: [{ name: "retry", label: "Try again" }],
  };
}

/** @param {string} title @returns {Message} */
function line(title) {
  return { look: "line", title, actions: [] };
}
