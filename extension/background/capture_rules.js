/** Decides whether an address may be looked at, before anything of the page is read. */

import { isExcluded, isLocalAddress } from "../shared/exclusions.js";
import { EXCLUDED_SITES, LOCAL_ADDRESSES } from "../shared/setting_names.js";
import { isWebUrl } from "../shared/url.js";
import { fitsWire } from "./wire_limits.js";

/**
 * @typedef {"unknown_settings" | "incognito" | "unsupported_url" | "too_long" | "disabled" | "paused" | "local" | "excluded"} Refusal
 */

/**
 * Why this address must be left alone, or null where it may be captured.
 *
 * @param {string | undefined} url
 * @param {import("./settings_cache.js").SettingsCache} settings
 * @param {{incognito?: boolean, now?: number}} [circumstances]
 * @returns {Refusal | null}
 */
export function refusal(url, settings, { incognito = false, now = Date.now() } = {}) {
  if (incognito) return "incognito";
  if (!settings.known) return "unknown_settings";
  if (!settings.captureEnabled) return "disabled";
  if (settings.pausedUntil(now) !== 0) return "paused";
  return addressRefusal(url, settings);
}

/**
 * The same for an address alone, whether or not capturing is going on; an import asks this.
 *
 * @param {string | undefined} url
 * @param {import("./settings_cache.js").SettingsCache} settings
 * @returns {Refusal | null}
 */
export function addressRefusal(url, settings) {
  if (!settings.known) return "unknown_settings";
  if (!url || !isWebUrl(url)) return "unsupported_url";
  if (!fitsWire(url)) return "too_long";
  if (!settings.get(LOCAL_ADDRESSES, false) && isLocalAddress(url)) return "local";
  if (isExcluded(url, settings.get(EXCLUDED_SITES, []))) return "excluded";
  return null;
}
