/** The debug page: figures, the SQL explorer, what the product does, a person's data, logs. Wiring. */

import { Activity } from "./debug/activity.js";
import { DataSection } from "./debug/data_section.js";
import { followSections } from "./debug/jump_links.js";
import { LogView } from "./debug/log_view.js";
import { Overview } from "./debug/overview.js";
import { startSql } from "./debug/sql_section.js";
import { bannersIn } from "./shared/banners.js";
import { browser } from "./shared/browser.js";
import { onEvent } from "./shared/channel.js";
import { byId, show } from "./shared/dom.js";
import { followState, followTheme } from "./shared/page.js";

/**
 * @typedef {import("./shared/api.js").ExtensionState} ExtensionState
 */

const drawBanners = bannersIn(byId("banners"));
const sql = startSql({ onApplied: () => data.changed() });
const overview = new Overview();
const activity = new Activity();
const data = new DataSection(() => overview.refresh());
const logs = new LogView();
let wasReady = false;
let wasLocked = false;

/** @param {ExtensionState} state */
function onState(state) {
  drawBanners(state);
  sql.onState(state);
  const { hello } = state.host;
  const ready = state.host.name === "ready";
  const own = browser.runtime.getManifest().version;
  const host = ready ? `host ${hello?.version}, protocol ${hello?.protocol}` : "host not connected";
  byId("versions").textContent = `Extension ${own}, ${host}. Extension id ${browser.runtime.id}.`;
  show(byId("overview-away"), !ready && !wasReady);
  const locked = state.locked === true;
  // Unlocked, everything can be asked for as if the host had just come.
  if (ready && (!wasReady || locked !== wasLocked)) {
    const known = hello?.capabilities;
    // A host that does not say what it answers is older than what is asked here, or a stand-in.
    const offers = (/** @type {string} */ method) => !known || known.includes(method);
    overview.offer(offers);
    activity.offer(offers, true);
    data.offer(offers);
    logs.offer(offers, true);
    overview.refresh();
  } else if (!ready) {
    byId("checks-status").textContent = "The checks need the host.";
    overview.rest();
    activity.offer(() => false, false);
    logs.offer(() => false, false);
  }
  wasReady = ready;
  wasLocked = locked;
}

onEvent("extension.emptied", () => {
  sql.forget();
  activity.forget();
});

followSections();
await followTheme();
await followState(onState);
