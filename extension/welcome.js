/** The welcome page: what is stored, whether the host is there, and the import. */

import { startBackfill, stopBackfill } from "./shared/api.js";
import { bannersIn } from "./shared/banners.js";
import { countText } from "./shared/dates.js";
import { byId, show } from "./shared/dom.js";
import { followState, followTheme } from "./shared/page.js";
import { registerPauseButtons } from "./shared/pause_buttons.js";

/**
 * @typedef {import("./shared/api.js").ExtensionState} ExtensionState
 * @typedef {import("./shared/api.js").BackfillState} BackfillState
 */

const drawBanners = bannersIn(byId("banners"));
const startButton = /** @type {HTMLButtonElement} */ (byId("import-start"));
const stopButton = /** @type {HTMLButtonElement} */ (byId("import-stop"));

/** @param {ExtensionState} state */
function draw(state) {
  drawBanners(state);
  const ready = state.host.name === "ready";
  show(byId("ready"), ready);
  if (ready) byId("ready-text").textContent = `Set up and running (version ${state.host.hello?.version}).`;
  drawImport(state.backfill, ready);
}

/**
 * @param {BackfillState} backfill
 * @param {boolean} ready whether the host can take anything
 */
function drawImport(backfill, ready) {
  const running = backfill.name === "running";
  byId("import-text").textContent = importText(backfill);
  show(byId("import-text"), backfill.name !== "none");
  startButton.disabled = !ready;
  startButton.textContent = startLabel(backfill);
  show(startButton, !running);
  stopButton.disabled = false;
  show(stopButton, running);
}

/** @param {BackfillState} backfill */
function startLabel({ name, reached }) {
  if (name === "done") return "Import again";
  return name === "stopped" && reached ? "Go on" : "Import my history";
}

/** @param {BackfillState} backfill */
function importText({ name, imported, reached, problem }) {
  const entries = `${countText(imported)} ${imported === 1 ? "entry" : "entries"}`;
  const until = reached
    ? `, back to ${new Intl.DateTimeFormat(undefined, { dateStyle: "long" }).format(reached)}`
    : "";
  if (name === "done") return `Done: ${entries} imported.`;
  if (name === "running") return `Importing… ${entries}${until}.`;
  return `Stopped after ${entries}${until}.${problem ? ` ${problem}` : ""}`;
}

startButton.addEventListener("click", () => {
  startButton.disabled = true;
  startBackfill().catch(() => {
    startButton.disabled = false;
  });
});
stopButton.addEventListener("click", () => {
  stopButton.disabled = true;
  stopBackfill().catch(() => {});
});
registerPauseButtons();
await followTheme();
await followState(draw);
