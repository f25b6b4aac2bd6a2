/** The page "What is stored here": all that is stored about the page in front, and forgetting it. */

import { deletePages, getSettings, updateSettings } from "../shared/api.js";
import { bannersIn } from "../shared/banners.js";
import { browser } from "../shared/browser.js";
import { onEvent } from "../shared/channel.js";
import { countText, longDate } from "../shared/dates.js";
import { byId, catchFocus, element, show } from "../shared/dom.js";
import { write } from "../shared/keyed_list.js";
import { followState, followTheme } from "../shared/page.js";
import { enterPanelPage } from "../shared/panel.js";
import { EXCLUDED_SITES } from "../shared/setting_names.js";
import { LAST_PANEL_PAGE } from "../shared/storage_names.js";
import { storedPage } from "../shared/store_api.js";
import { isWebUrl, readableUrl, siteOf } from "../shared/url.js";
import { onShownPage, shownPage } from "./shown_page.js";
import { statusText, storedFacts } from "./stored_words.js";

/**
 * @typedef {import("../shared/store_api.js").StoredPage} StoredPage
 */

const PANEL_PAGE = "sidepanel/stored.html";
const DEFAULT_PAGE = "sidepanel/history_search.html";

const drawBanners = bannersIn(byId("banners"));
/** @type {StoredPage | null} */
let stored = null;
let url = "";
let asked = 0;
let ready = false;

async function refresh() {
  const ticket = ++asked;
  const page = await shownPage();
  if (ticket !== asked) return;
  if (page.url !== url) {
    write(byId("stored-said"), "");
    closeConfirm();
    stored = null;
  }
  url = page.url;
  write(byId("stored-title"), page.title);
  write(byId("stored-url"), isWebUrl(url) ? readableUrl(url) : "");
  if (!isWebUrl(url)) return draw(null, "Only web pages are remembered. Nothing is stored about this one.");
  if (!ready) return draw(null, "");
  try {
    const answer = await storedPage(url);
    if (ticket === asked) draw(answer, statusText(answer));
  } catch (error) {
    if (ticket === asked) draw(null, messageOf(error));
  }
}

/** @param {StoredPage | null} page @param {string} status */
function draw(page, status) {
  stored = page;
  write(byId("stored-status"), status);
  const kept = Boolean(page?.page_id);
  show(byId("stored-body"), kept);
  show(byId("stored-actions"), page !== null);
  show(byId("stored-forget"), kept);
  show(byId("stored-never"), page !== null && page.reason !== "excluded");
  if (!page || !kept) return;
  byId("stored-facts").replaceChildren(
    ...storedFacts(page).flatMap(([name, value]) => [
      element("dt", { text: name }),
      element("dd", { text: value }),
    ]),
  );
  const visits = page.visited_at ?? [];
  show(byId("stored-visits-box"), visits.length > 1);
  byId("stored-visits").replaceChildren(...visits.map((time) => element("li", { text: longDate(time) })));
  show(byId("stored-summary-box"), Boolean(page.summary));
  write(byId("stored-summary"), page.summary ?? "");
}

/**
 * @typedef {{yes: () => Promise<string>, other?: () => Promise<string>, opener: HTMLElement}} Acts
 */

/** @type {Acts | null} */
let question = null;

/**
 * Asks once, in words.
 *
 * @param {Object} words
 * @param {string} words.text
 * @param {string} words.yes
 * @param {string} [words.other] a further way, with its own button
 * @param {Acts} acts
 */
function ask({ text, yes, other = "" }, acts) {
  question = acts;
  write(byId("stored-question"), text);
  write(byId("stored-yes"), yes);
  write(byId("stored-other"), other);
  show(byId("stored-other"), other !== "");
  show(byId("stored-confirm"), true);
  // A key that is still held, or pressed twice, erases nothing.
  byId("stored-no").focus();
}

function closeConfirm() {
  show(byId("stored-confirm"), false);
  if (byId("stored-confirm").contains(document.activeElement)) question?.opener.focus();
  question = null;
}

/** @param {(() => Promise<string>) | undefined} act */
async function perform(act) {
  closeConfirm();
  if (!act) return;
  try {
    write(byId("stored-said"), await act());
  } catch (error) {
    write(byId("stored-said"), messageOf(error));
  }
  await refresh();
  // What was pressed may be gone with what it was about.
  catchFocus(byId("stored-heading"));
}

function askToForget() {
  const address = stored?.url ?? url;
  ask(
    { text: "Erase this page from AI History? This cannot be undone.", yes: "Forget this page" },
    {
      opener: byId("stored-forget"),
      yes: async () => {
        // The tab may show it under another address than the one it is stored by.
        await deletePages({ urls: [...new Set([address, url])] });
        return "This page is forgotten.";
      },
    },
  );
}

function askForNever() {
  const site = siteOf(url);
  ask(
    {
      text: `Remember nothing of ${site} from now on? What is stored of it already can go as well.`,
      yes: "Exclude and forget it",
      other: "Only exclude it",
    },
    {
      opener: byId("stored-never"),
      yes: async () => {
        await exclude(site);
        const { deleted } = await deletePages({ domain: site });
        const pages = deleted === 1 ? "1 page" : `${countText(deleted)} pages`;
        return `${site} is excluded, and ${pages} of it are forgotten.`;
      },
      other: async () => {
        await exclude(site);
        return `${site} is excluded. What is stored of it stays.`;
      },
    },
  );
}

/** @param {string} site */
async function exclude(site) {
  const { settings } = await getSettings();
  const sites = settings.find(({ key }) => key === EXCLUDED_SITES)?.value ?? [];
  if (!sites.includes(site)) await updateSettings({ [EXCLUDED_SITES]: [site, ...sites] });
}

/** @param {unknown} error */
function messageOf(error) {
  const { message = "Something went wrong.", fix } = /** @type {{message?: string, fix?: string}} */ (error);
  return fix ? `${message} ${fix}` : message;
}

byId("stored-forget").addEventListener("click", askToForget);
byId("stored-never").addEventListener("click", askForNever);
byId("stored-yes").addEventListener("click", () => perform(question?.yes));
byId("stored-other").addEventListener("click", () => perform(question?.other));
byId("stored-no").addEventListener("click", closeConfirm);
byId("stored-confirm").addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeConfirm();
});
await enterPanelPage(PANEL_PAGE);
// The panel does not open here the next time: this page is asked for, not stayed on.
await browser.storage.local.set({ [LAST_PANEL_PAGE]: DEFAULT_PAGE });
onShownPage(refresh);
onEvent("settings.changed", refresh);
await followTheme();
await followState((state) => {
  drawBanners(state);
  const was = ready;
  ready = state.host.name === "ready";
  if (ready !== was || !ready) refresh();
});
