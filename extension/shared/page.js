/** What every page does when it opens: take the theme, and follow the state of the extension. */

import { extensionState } from "./api.js";
import { browser } from "./browser.js";
import { onEvent } from "./channel.js";
import { THEME } from "./setting_names.js";
import { SETTINGS } from "./storage_names.js";

/**
 * @typedef {import("./api.js").ExtensionState} ExtensionState
 */

/** Wears the theme that the settings name, now and whenever it changes. */
export async function followTheme() {
  browser.storage.onChanged.addListener((changes, area) => {
    if (area === "local" && changes[SETTINGS]) wear(changes[SETTINGS].newValue);
  });
  const kept = await browser.storage.local.get(SETTINGS);
  wear(kept[SETTINGS]);
}

/** @param {any} settings */
function wear(settings) {
  const theme = settings?.[THEME];
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/**
 * Calls `listener` with the state of the extension, now and whenever it changes.
 *
 * @param {(state: ExtensionState) => void} listener
 */
export async function followState(listener) {
  onEvent("extension.changed", listener);
  listener(await extensionState());
}
