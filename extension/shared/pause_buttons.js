/** The two buttons that pause capturing; they stand on more than one page. */

import { pauseCapture } from "./api.js";
import { byId } from "./dom.js";
import { UNTIL_RESUMED } from "./setting_names.js";

const HOUR_MS = 3_600_000;

/** Makes `#pause-hour` and `#pause` work. */
export function registerPauseButtons() {
  const pause = (/** @type {number} */ until) => pauseCapture(until).catch(() => {});
  byId("pause-hour").addEventListener("click", () => pause(Date.now() + HOUR_MS));
  byId("pause").addEventListener("click", () => pause(UNTIL_RESUMED));
}
