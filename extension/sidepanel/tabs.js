/** The tabs page: wiring of its parts. */

import { bannersIn } from "../shared/banners.js";
import { browser, openPage } from "../shared/browser.js";
import { onEvent } from "../shared/channel.js";
import { button, byId, show } from "../shared/dom.js";
import { followState, followTheme } from "../shared/page.js";
import { enterPanelPage } from "../shared/panel.js";
import { takeBeginning, unlearn } from "../shared/tabs_api.js";
import { Choices } from "../tabs/choices.js";
import { Flow } from "../tabs/flow.js";
import { learnedNotice, problemNotice, rulesNotice } from "../tabs/notices.js";
import { Preview } from "../tabs/preview.js";
import {
  appliedWords,
  nothingWords,
  proposalWords,
  stageWords,
  undoneWords,
  untouchedWords,
} from "../tabs/words.js";

const FIRST_TITLE = "Forty tabs, a handful of groups";
const FIRST_TEXT =
  "Open tabs are sorted by what they are about, and what you put elsewhere is learned for the next time.";

const drawBanners = bannersIn(byId("banners"));
const choices = new Choices(/** @type {HTMLFormElement} */ (byId("choices")));
const applyButton = /** @type {HTMLButtonElement} */ (byId("apply"));
const undoButton = /** @type {HTMLButtonElement} */ (byId("undo"));
let windowId = -1;
/** Whether what is on the page says enough, so that the words for the beginning are not needed. */
let told = false;

const flow = new Flow({
  changed: draw,
  stage: (stage) => {
    byId("progress-words").textContent = stageWords(stage);
    say(stageWords(stage));
  },
  asked: onAsked,
  applied: (outcome) => {
    tell(appliedWords(outcome));
    show(byId("after"), flow.canUndo && !outcome.problem);
    if (outcome.problem) showProblem(outcome.problem, flow.canUndo ? UNDO : null);
    (flow.canUndo ? undoButton : byId("organize")).focus();
  },
  undone: (outcome) => {
    if (outcome.problem) showProblem(outcome.problem, UNDO);
    else tell(undoneWords(outcome));
    byId("organize").focus();
  },
  failed: (error) => showProblem(/** @type {Error} */ (error), AGAIN),
  cancelled: () => {
    tell("Cancelled. Nothing was changed.");
    byId("organize").focus();
  },
});

const UNDO = { label: "Undo what was done", action: () => flow.undo() };
const AGAIN = { label: "Try again", action: () => organize() };

const preview = new Preview(byId("windows"), {
  changed: () => {
    preview.draw();
    draw();
    drawSummary();
  },
  announce: (words) => {
    byId("spoken").textContent = words;
  },
  open: openTab,
});

async function organize() {
  clear();
  // A page in a tab may have gone to another window.
  windowId = (await browser.windows.getCurrent()).id ?? windowId;
  await flow.organize(choices.value, windowId);
}

/** @param {import("../tabs/asking.js").Asked} asked */
function onAsked({ proposal, tabs, untouched, trouble }) {
  if (trouble) byId("problem").replaceChildren(rulesNotice(trouble));
  byId("untouched").textContent = untouchedWords(untouched);
  preview.show(proposal, windowId);
  if (!proposal) {
    showEmpty(nothingWords({ tabs, scope: choices.value.scope, untouched }));
    tell("");
    return;
  }
  drawSummary();
  if (proposal.groups.some((group) => group.tabIds.length > 0)) applyButton.focus();
  else {
    showEmpty({
      title: "Nothing is sure enough",
      text: "No tab is near enough to the others. You can still make groups by hand below, or ask for less certainty in the settings.",
    });
    byId("empty-actions").replaceChildren(button("Settings", openSettings));
  }
}

function drawSummary() {
  if (flow.proposal) tell(proposalWords(flow.proposal));
}

function draw() {
  const { busy, proposal } = flow;
  if (busy !== "idle" || !flow.canUndo) show(byId("after"), false);
  // With a proposal on the page the next step is another one.
  byId("organize").classList.toggle("primary", proposal === null);
  show(byId("progress"), busy !== "idle");
  if (busy === "applying") byId("progress-words").textContent = "Putting tabs into groups…";
  if (busy === "undoing") byId("progress-words").textContent = "Putting everything back…";
  show(byId("cancel"), busy === "asking");
  show(byId("preview"), proposal !== null && busy !== "asking");
  byId("preview").inert = busy !== "idle";
  byId("preview").setAttribute("aria-busy", String(busy !== "idle"));
  choices.enable(busy === "idle");
  applyButton.disabled = !flow.canApply;
  undoButton.disabled = !flow.canUndo;
  show(byId("discard"), proposal !== null && busy === "idle");
  if (proposal || busy !== "idle") show(byId("empty"), false);
  else if (!told) showFirst();
}

function showFirst() {
  byId("empty-title").textContent = FIRST_TITLE;
  byId("empty-text").textContent = FIRST_TEXT;
  byId("empty-actions").replaceChildren();
  show(byId("promises"), true);
  show(byId("empty"), true);
}

/** @param {{title: string, text: string}} words */
function showEmpty({ title, text }) {
  byId("empty-title").textContent = title;
  byId("empty-text").textContent = text;
  byId("empty-actions").replaceChildren();
  show(byId("promises"), false);
  show(byId("empty"), true);
}

/** Words that stay in sight. @param {string} words */
function tell(words) {
  told = true;
  const status = byId("status");
  if (status.textContent !== words) status.textContent = words;
}

/** Words that are only read out. @param {string} words */
function say(words) {
  byId("spoken").textContent = words;
}

function clear() {
  tell("");
  byId("problem").replaceChildren();
  show(byId("empty"), false);
}

/**
 * @param {{message?: string, fix?: string}} problem
 * @param {{label: string, action: () => void} | null} remedy
 */
function showProblem(problem, remedy) {
  told = true;
  const notice = problemNotice(problem, remedy);
  notice.setAttribute("role", "alert");
  byId("problem").replaceChildren(notice);
}

/** @param {import("../shared/tabs_api.js").Learned} learned */
function showLearned(learned) {
  const close = () => shown.remove();
  const undo = async () => {
    await unlearn([learned.token]).catch(() => {});
    close();
    say("Taken back.");
  };
  const shown = learnedNotice(learned, { undo, close });
  byId("learned").replaceChildren(shown);
}

/** @param {number} tabId */
async function openTab(tabId) {
  const tab = await browser.tabs.update(tabId, { active: true }).catch(() => undefined);
  if (tab && tab.windowId !== windowId) await browser.windows.update(tab.windowId, { focused: true });
}

function openSettings() {
  openPage(browser.runtime.getURL("options.html"), "foreground");
}

function discard() {
  flow.discard();
  preview.show(null, windowId);
  tell("Nothing was changed.");
  byId("organize").focus();
}

/** Ctrl or Cmd and Z: the last change of the preview, or else the last organizing. @param {KeyboardEvent} event */
function onKey(event) {
  const typing =
    event.target instanceof Element && event.target.matches('input[type="text"], input[type="number"]');
  if (event.key === "Escape" && flow.busy === "asking") flow.cancel();
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || typing)
    return;
  event.preventDefault();
  if (flow.proposal?.canStepBack) {
    flow.proposal.stepBack();
    preview.draw();
    draw();
    drawSummary();
    say("The last change is taken back.");
  } else flow.undo();
}

async function begin() {
  const { begin: wanted } = await takeBeginning(windowId);
  if (wanted) await organize();
}

function listen() {
  byId("choices").addEventListener("submit", (event) => {
    event.preventDefault();
    organize();
  });
  byId("cancel").addEventListener("click", () => flow.cancel());
  applyButton.addEventListener("click", () => {
    byId("problem").replaceChildren();
    flow.apply();
  });
  undoButton.addEventListener("click", () => flow.undo());
  byId("discard").addEventListener("click", discard);
  document.addEventListener("keydown", onKey);
  onEvent("tabs.changed", (state) => flow.busy === "idle" && flow.setState(state));
  onEvent("tabs.learned", showLearned);
  onEvent("tabs.progress", ({ done, total }) => {
    if (flow.busy === "applying")
      byId("progress-words").textContent = `${done} of ${total} tabs are in their groups…`;
  });
  onEvent("tabs.begin", () => begin().catch(() => {}));
}

await followTheme();
if (await enterPanelPage("sidepanel/tabs.html")) {
  windowId = (await browser.windows.getCurrent()).id ?? -1;
  if (/^Mac/.test(globalThis.navigator?.platform ?? "")) byId("undo-key").textContent = "⌘";
  await choices.load();
  draw();
  listen();
  await Promise.all([followState(drawBanners), flow.load()]);
  await begin();
}
