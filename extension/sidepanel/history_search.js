/** The search page: wiring of its parts. */

import { createSummary, deletePages, search, startBackfill } from "../shared/api.js";
import { bannersIn } from "../shared/banners.js";
import { browser, openPage, standsInTab } from "../shared/browser.js";
import { countText } from "../shared/dates.js";
import { button, byId, cloneTemplate, show } from "../shared/dom.js";
import { followState, followTheme } from "../shared/page.js";
import { enterPanelPage } from "../shared/panel.js";
import { safeHref } from "../shared/url.js";
import { CategoryButtons, withCategory } from "./category_filter.js";
import { DateChips, showAppliedChips, withoutChip } from "./filter_chips.js";
import { IndexingMeter } from "./indexing_meter.js";
import { registerKeys } from "./result_keys.js";
import { ResultList } from "./result_list.js";
import { searchMessage, withCorrections } from "./search_messages.js";
import { ModeChoice } from "./search_mode.js";
import { SearchSession } from "./search_session.js";
import { SearchStatements } from "./search_statements.js";

/**
 * @typedef {import("./search_session.js").SearchUpdate} SearchUpdate
 * @typedef {import("../shared/api.js").SearchReply} SearchReply
 * @typedef {import("../shared/api.js").SearchResult} SearchResult
 */

const MOST_EXPLAINED = 100;

const field = /** @type {HTMLInputElement} */ (byId("query"));
const resultBox = byId("results");
const more = byId("more");

/** @type {SearchUpdate} */
let update = { phase: "idle" };
/** @type {import("../shared/api.js").StoreStats | null} */
let stats = null;
let hostDown = false;
/** @type {string | undefined} */
let notice;
/** @type {Promise<SearchReply> | null} */
let explanation = null;
/** @type {import("../shared/api.js").Chip[]} */
let applied = [];

const list = new ResultList(resultBox, { open, deletePage, deleteSite, explain, summarise, narrow });
const modes = new ModeChoice(byId("advanced"), () => start({ now: true }));
const dates = new DateChips(byId("dates"), () => start({ now: true }));
const categories = new CategoryButtons(byId("categories"), byId("category-buttons"), changeQuery);
const session = new SearchSession(search, onUpdate);
const meter = new IndexingMeter((fresh) => {
  stats = fresh;
  categories.offer(fresh.categories ?? {});
  if (update.phase === "idle") draw();
});
const statements = new SearchStatements(async () => ("wanted" in update ? explained(update.wanted) : null));
const drawBanners = bannersIn(byId("banners"));

/** @param {{now?: boolean}} [options] */
function start(options) {
  notice = undefined;
  explanation = null;
  statements.forget();
  show(byId("clear"), field.value !== "");
  session.start({ query: field.value, mode: modes.mode, filters: dates.filter() }, options);
}

/** @param {SearchUpdate} next */
function onUpdate(next) {
  const before = update;
  update = next;
  if (next.phase === "idle") list.replace([]);
  else if (next.phase === "loading" && list.results.length === 0) showSkeleton();
  else if (next.phase === "early") list.replace(next.reply.results);
  else if (next.phase === "final") {
    const better = before.phase === "early" || (before.phase === "final" && before.wanted === next.wanted);
    if (better) list.merge(next.reply.results);
    else list.replace(next.reply.results);
  } else if (next.phase === "more") list.append(next.reply.results);
  if (next.phase !== "loading") more.replaceChildren();
  const chips = next.phase === "final" ? (next.reply.parsed?.chips ?? []) : null;
  if (chips || next.phase === "idle") {
    showAppliedChips(byId("applied"), chips ?? [], removeChip);
    categories.follow(chips ?? []);
    applied = chips ?? [];
  }
  draw();
}

function draw() {
  const filtered = Object.keys(dates.filter()).length > 0;
  const message = searchMessage({
    update,
    stats,
    hostDown,
    shown: list.results.length,
    held: list.held,
    filtered,
    notice,
  });
  byId("state").dataset.look = message.look;
  const title = document.createElement("div");
  title.className = message.look === "card" ? "state-title" : "";
  title.textContent = message.title;
  const status = [title];
  if (message.text) {
    const text = document.createElement("div");
    text.className = "state-text";
    text.textContent = message.text;
    status.push(text);
  }
  byId("status").replaceChildren(...status);
  byId("state-actions").replaceChildren(
    ...message.actions.map(({ name, label }, index) =>
      button(label, () => actions[name](), message.look === "card" && index === 0 ? "primary" : "quiet"),
    ),
  );
}

/** @type {Record<import("./search_messages.js").ActionName, () => void>} */
const actions = {
  retry: () => start({ now: true }),
  reorder: () => {
    list.release();
    draw();
  },
  welcome: () => openPage(browser.runtime.getURL("welcome.html"), "foreground"),
  import: async () => {
    await startBackfill().catch(() => {});
    openPage(browser.runtime.getURL("welcome.html#import"), "foreground");
  },
  "clear-filters": () => {
    dates.clear();
    if (update.phase === "final") {
      for (const chip of update.reply.parsed?.chips ?? []) field.value = withoutChip(field.value, chip);
    }
    start({ now: true });
  },
  "use-correction": () => {
    if (update.phase !== "final") return;
    field.value = withCorrections(field.value, update.reply.parsed?.corrected ?? []);
    start({ now: true });
  },
};

/** @param {import("../shared/api.js").Chip} chip */
function removeChip(chip) {
  changeQuery((query) => withoutChip(query, chip));
  field.focus();
}

/** @param {(query: string) => string} change */
function changeQuery(change) {
  field.value = change(field.value);
  start({ now: true });
}

/** @param {string} category */
function narrow(category) {
  changeQuery((query) => withCategory(query, applied, category));
}

function showSkeleton() {
  more.replaceChildren(...Array.from({ length: 3 }, () => cloneTemplate("skeleton-template")));
}

/** @param {string} url @param {"here" | "background" | "foreground"} where */
async function open(url, where) {
  const href = safeHref(url);
  if (!href) return;
  if (where === "here" && (await standsInTab())) location.assign(href);
  else await openPage(href, where);
}

/** @param {SearchResult} result */
async function deletePage(result) {
  await deletePages({ urls: [result.url] });
  list.remove((other) => other.page_id === result.page_id);
  notice = "Deleted one page.";
  draw();
}

/** @param {string} domain */
async function deleteSite(domain) {
  const { deleted } = await deletePages({ domain });
  list.remove((other) => other.domain === domain);
  notice = `Deleted ${countText(deleted)} ${deleted === 1 ? "page" : "pages"} of ${domain}.`;
  draw();
}

/** @param {SearchResult} result @returns {Promise<SearchResult | undefined>} */
async function explain(result) {
  if (result.why || !("wanted" in update)) return result;
  try {
    const reply = await explained(update.wanted);
    return reply.results.find((other) => other.page_id === result.page_id);
  } catch {
    return undefined;
  }
}

/** The same search once more, with everything about how it went. @param {import("./search_session.js").Wanted} wanted */
async function explained(wanted) {
  const limit = Math.max(1, Math.min(list.results.length, MOST_EXPLAINED));
  explanation ??= search({ ...wanted, limit, offset: 0, explain: true });
  try {
    return await explanation;
  } catch (error) {
    explanation = null;
    throw error;
  }
}

/** @type {import("./summary_view.js").MakeSummary} */
async function summarise(result, options) {
  const { summary } = await createSummary(result.page_id, options);
  return summary;
}

function clear() {
  field.value = "";
  field.focus();
  start({ now: true });
}

function listen() {
  field.addEventListener("input", () => start());
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    start({ now: true });
  });
  byId("clear").addEventListener("click", clear);
  const advanced = byId("advanced-button");
  advanced.addEventListener("click", () => {
    const open = advanced.getAttribute("aria-expanded") !== "true";
    advanced.setAttribute("aria-expanded", String(open));
    show(byId("advanced"), open);
  });
  registerKeys({ field, list, clear });
  new IntersectionObserver(([entry]) => entry.isIntersecting && session.more(), {
    rootMargin: "600px",
  }).observe(byId("end"));
}

/** @param {import("../shared/api.js").ExtensionState} state */
function onState(state) {
  const back = hostDown && state.host.name === "ready";
  hostDown = state.host.name === "down";
  drawBanners(state);
  if (back) {
    meter.refresh();
    if (field.value) start({ now: true });
  }
  draw();
}

await followTheme();
if (await enterPanelPage("sidepanel/history_search.html", { isDefault: true })) {
  listen();
  await modes.load();
  draw();
  field.focus();
  await followState(onState);
  await meter.refresh();
}
