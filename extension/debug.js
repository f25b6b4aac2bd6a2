/** The debug page: whether everything works, and how much is stored. */

import { startSql } from "./debug/sql_section.js";
import { doctor, storeStats } from "./shared/api.js";
import { bannersIn } from "./shared/banners.js";
import { browser } from "./shared/browser.js";
import { countText } from "./shared/dates.js";
import { byId, cloneTemplate, part, show } from "./shared/dom.js";
import { followState, followTheme } from "./shared/page.js";

/**
 * @typedef {import("./shared/api.js").DoctorCheck} DoctorCheck
 * @typedef {import("./shared/api.js").StoreStats} StoreStats
 * @typedef {import("./shared/api.js").ExtensionState} ExtensionState
 */

const drawBanners = bannersIn(byId("banners"));
const sql = startSql();
let wasReady = false;

/** @param {ExtensionState} state */
function onState(state) {
  drawBanners(state);
  sql.onState(state);
  const own = browser.runtime.getManifest().version;
  const ready = state.host.name === "ready";
  const host = ready
    ? `host ${state.host.hello?.version}, protocol ${state.host.hello?.protocol}`
    : "host not connected";
  byId("versions").textContent = `Extension ${own}, ${host}. Extension id ${browser.runtime.id}.`;
  if (ready && !wasReady) refresh();
  if (!ready) byId("checks-status").textContent = "The checks need the host.";
  wasReady = ready;
}

async function refresh() {
  byId("checks-status").textContent = "Checking…";
  const [checks, stats] = await Promise.allSettled([doctor(), storeStats()]);
  if (stats.status === "fulfilled") drawNumbers(stats.value);
  if (checks.status === "fulfilled") drawChecks(checks.value.checks);
  else byId("checks-status").textContent = `The checks could not be run. ${checks.reason?.message ?? ""}`;
}

/** @param {DoctorCheck[]} checks */
function drawChecks(checks) {
  const failed = checks.filter((check) => !check.ok).length;
  byId("checks-status").textContent =
    failed === 0 ? `All ${checks.length} checks passed.` : `${failed} of ${checks.length} checks failed.`;
  const ordered = [...checks].sort((a, b) => Number(a.ok) - Number(b.ok));
  byId("checks").replaceChildren(...ordered.map(checkRow));
}

/** @param {DoctorCheck} check */
function checkRow(check) {
  const row = cloneTemplate("check-template");
  row.classList.toggle("failed", !check.ok);
  part(row, "icon").classList.add(check.ok ? "icon-check" : "icon-alert");
  part(row, "icon").setAttribute("role", "img");
  part(row, "icon").setAttribute("aria-label", check.ok ? "Passed" : "Failed");
  part(row, "name").textContent = check.name;
  part(row, "detail").textContent = check.detail;
  part(row, "fix").textContent = check.fix ?? "";
  show(part(row, "fix"), !check.ok && Boolean(check.fix));
  return row;
}

/** @param {StoreStats} stats */
function drawNumbers(stats) {
  const megabytes = new Intl.NumberFormat(undefined, {
    style: "unit",
    unit: "megabyte",
    maximumFractionDigits: 1,
  });
  /** @type {Array<[string, string]>} */
  const numbers = [
    ["Pages", countText(stats.pages)],
    ["Visits", countText(stats.visits)],
    ["Passages", countText(stats.chunks)],
    ["Passages with meaning", countText(stats.embedded_chunks)],
    ["Jobs waiting", countText(stats.pending_jobs)],
    ["Jobs failed", countText(stats.failed_jobs)],
    ["Database", megabytes.format(stats.database_bytes / 1e6)],
  ];
  byId("numbers").replaceChildren(
    ...numbers.map(([name, value]) => {
      const cell = cloneTemplate("number-template");
      part(cell, "name").textContent = name;
      part(cell, "value").textContent = value;
      return cell;
    }),
  );
}

byId("check-again").addEventListener("click", refresh);
await followTheme();
await followState(onState);
