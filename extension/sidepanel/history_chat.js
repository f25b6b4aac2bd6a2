/** The chat page: wiring of its parts. */

import { Announcer } from "../chat/announcer.js";
import { ChatList, saveFile } from "../chat/chat_list.js";
import { Composer } from "../chat/composer.js";
import { ConversationOpener } from "../chat/conversation_opener.js";
import { ConversationView } from "../chat/conversation_view.js";
import { EmptyState } from "../chat/empty_state.js";
import { Follower } from "../chat/follower.js";
import { openCitation } from "../chat/live_page.js";
import { SiteChip } from "../chat/scope.js";
import { SourcePopover } from "../chat/source_popover.js";
import { storeStats } from "../shared/api.js";
import { bannersIn } from "../shared/banners.js";
import { browser, openPage } from "../shared/browser.js";
import { byId, show } from "../shared/dom.js";
import { followState, followTheme } from "../shared/page.js";
import { enterPanelPage } from "../shared/panel.js";
import { CHAT_CONVERSATION } from "../shared/storage_names.js";
import { DateChips } from "./filter_chips.js";

/**
 * @typedef {import("../chat/exchange_view.js").ExchangeView} ExchangeView
 */

/** How much of what is in view a page key moves by. */
const PAGE_SHARE = 0.85;

const log = byId("log");
const field = /** @type {HTMLTextAreaElement} */ (byId("question"));
const announcer = new Announcer(byId("spoken"));
const site = new SiteChip(byId("site-chip"));
const dates = new DateChips(byId("dates"), () => {});
const drawBanners = bannersIn(byId("banners"));
const empty = new EmptyState((question) => composer.fill(question));
const follower = new Follower(byId("scroller"), (following) => show(byId("to-end"), !following));

/** @type {import("../shared/api.js").StoreStats | null} */
let stats = null;
let hostDown = false;
/** Whether the conversation that was open last has been looked for. */
let restored = false;

const conversation = new ConversationView(log, {
  follower,
  announce: (words) => announcer.say(words),
  copy: (text) => navigator.clipboard.writeText(text),
  edit: (exchange) => composer.edit(exchange.question, exchange.questionId),
  filters,
  focus: () => composer.focus(),
  handBack: (question, replaces) => composer.handBack(question, replaces),
  models: () => openPage(browser.runtime.getURL("options.html#models"), "foreground"),
  widen: () => {
    site.clear();
    dates.clear();
  },
  changed: onConversation,
});

const composer = new Composer(
  {
    form: /** @type {HTMLFormElement} */ (byId("composer")),
    field,
    button: /** @type {HTMLButtonElement} */ (byId("ask")),
    editing: byId("editing"),
    cancel: byId("cancel-edit"),
  },
  {
    ask: (question, replaces) => {
      opener.leave();
      conversation.ask({ question, filters: filters(), ...(replaces === undefined ? {} : { replaces }) });
    },
    stop: () => conversation.stop(),
    editLast: () => {
      const last = conversation.exchanges.at(-1);
      if (last) composer.edit(last.question, last.questionId);
    },
  },
);

const opener = new ConversationOpener(byId("chat-problem"), {
  show: (found) => conversation.show(found),
  gone: remember,
  announce: (words) => announcer.say(words),
  focus: () => composer.focus(),
});

const chats = new ChatList(
  {
    field: /** @type {HTMLInputElement} */ (byId("chats-query")),
    list: byId("chats-list"),
    status: byId("chats-status"),
    more: byId("chats-more"),
    end: byId("chats-end"),
  },
  {
    open: (id) => {
      showChats(false);
      opener.open(id);
    },
    cleared: () => {
      opener.leave();
      conversation.clear();
    },
    deleted: (id) => id === conversation.id && conversation.clear(),
    renamed: (id, title) => {
      if (id !== conversation.id) return;
      conversation.title = title;
      drawTitle();
    },
    save: saveFile,
  },
);

function filters() {
  return { ...site.filter(), ...dates.filter() };
}

function onConversation() {
  composer.setBusy(conversation.busy);
  // An edit ends with its question: in another conversation it would replace nothing.
  if (composer.editing !== undefined && !conversation.holds(composer.editing)) composer.dropEdit();
  drawLeftOut(conversation.leftOut);
  drawTitle();
  drawEmpty();
  remember();
}

/** The conversation that is open is opened again next time. */
function remember() {
  browser.storage.local.set({ [CHAT_CONVERSATION]: conversation.id ?? null });
}

/** @param {number} count */
function drawLeftOut(count) {
  byId("left-out").textContent =
    count === 1 ? "One earlier question is not shown." : `${count} earlier questions are not shown.`;
  show(byId("left-out"), count > 0);
}

function drawTitle() {
  byId("title").textContent = conversation.title || conversation.exchanges[0]?.question || "New chat";
}

function drawEmpty() {
  const visible = conversation.exchanges.length === 0 && restored;
  show(byId("empty"), visible);
  if (visible) empty.draw(stats, hostDown);
}

function newChat() {
  showChats(false);
  opener.leave();
  conversation.clear();
  composer.focus();
}

/** @param {boolean} visible */
function showChats(visible) {
  byId("chats-button").setAttribute("aria-expanded", String(visible));
  show(byId("chats"), visible);
  if (!visible) return;
  chats.current = conversation.id;
  chats.refresh();
  byId("chats-query").focus();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = document.activeElement?.matches("input, textarea, select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    field.focus();
  }
  if (document.activeElement === field && (event.key === "PageUp" || event.key === "PageDown")) {
    const scroller = byId("scroller");
    scroller.scrollTop += scroller.clientHeight * (event.key === "PageUp" ? -PAGE_SHARE : PAGE_SHARE);
  }
  if (event.key !== "Escape") return;
  if (!byId("chats").hidden) {
    showChats(false);
    byId("chats-button").focus();
  } else if (conversation.busy) conversation.stop();
  else if (!composer.cancelEdit()) field.focus();
}

/** @param {MouseEvent} event */
function onLink(event) {
  const link = /** @type {Element} */ (event.target).closest("a");
  if (!link?.href || event.button > 1 || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const n = Number(link.dataset.n ?? /** @type {HTMLElement | null} */ (link.closest(".source"))?.dataset.n);
  const exchange = conversation.exchangeOf(link);
  const aside = event.button === 1 || event.ctrlKey || event.metaKey;
  openCitation(link.href, { aside }).then((gone) => {
    if (gone) exchange?.markGone(n, gone);
  });
}

function listen() {
  log.addEventListener("click", onLink);
  log.addEventListener("auxclick", onLink);
  document.addEventListener("keydown", onKey);
  byId("chats-button").addEventListener("click", () => showChats(byId("chats").hidden));
  byId("new-chat").addEventListener("click", newChat);
  byId("to-end").addEventListener("click", () => follower.jump());
  byId("scroller").addEventListener("pointerdown", () => showChats(false));
}

/** Shows the conversation that was open last. */
async function restore() {
  const kept = await browser.storage.local.get(CHAT_CONVERSATION);
  const id = kept[CHAT_CONVERSATION];
  if (typeof id === "number" && conversation.exchanges.length === 0) {
    await opener.open(id, { quiet: () => hostDown });
  }
  restored = true;
  log.removeAttribute("aria-busy");
  drawEmpty();
}

async function refresh() {
  stats = await storeStats().catch(() => stats);
  drawEmpty();
}

/** @param {import("../shared/api.js").ExtensionState} state */
async function onState(state) {
  const back = hostDown && state.host.name === "ready";
  hostDown = state.host.name === "down";
  drawBanners(state);
  drawEmpty();
  if (back) await Promise.all([refresh(), restore()]);
}

new SourcePopover(byId("scroller"), (mark) => conversation.exchangeOf(mark)?.find(mark.dataset.n ?? ""));
await followTheme();
await enterPanelPage("sidepanel/history_chat.html");
listen();
field.focus();
await followState(onState);
await Promise.all([site.refresh(), refresh(), restore()]);
