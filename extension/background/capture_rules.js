/** Decides whether an address may be looked at, before anything of the page is read. */

import { isExcluded, isLocalAddress } from "../shared/exclusions.js";
import { EXCLUDED_SITES, LOCAL_ADDRESSES, PASSWORD_PAGES } from "../shared/setting_names.js";
import { isWebUrl } from "../shared/url.js";
import { looksLikeSignIn } from "./sign_in.js";
import { fitsWire } from "./wire_limits.js";

/**
 * @typedef {"unknown_settings" | "incognito" | "unsupported_url" | "too_long" | "disabled" | "paused" | "local" | "excluded" | "sign_in"} Refusal
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
 * Why a visit whose page could not be looked at must not be recorded. It is judged by the time at which
 * it was made, and by its address where the page would tell whether it asks for a password.
 *
 * @param {string} url
 * @param {number} visitedAt milliseconds, UTC
 * @param {import("./settings_cache.js").SettingsCache} settings
 * @returns {Refusal | null}
 */
export function visitRefusal(url, visitedAt, settings) {
  if (!settings.known) return "unknown_settings";
  if (!settings.captureEnabled) return "disabled";
  if (settings.wasPaused(visitedAt)) return "paused";
  if (!settings.get(PASSWORD_PAGES, false) && looksLikeSignIn(url)) return "sign_in";
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
