/** Addresses as people read them, and as links that are safe to follow. */

/**
 * The address to link to, or null where it is no web address (`javascript:`, `data:`, nonsense).
 *
 * @param {string} url
 * @returns {string | null}
 */
export function safeHref(url) {
  const parsed = parseUrl(url);
  return parsed && isWeb(parsed) ? parsed.href : null;
}

/**
 * Whether this is an http or https address.
 *
 * @param {string | undefined} url
 */
export function isWebUrl(url) {
  const parsed = parseUrl(url ?? "");
  return parsed !== null && isWeb(parsed);
}

/**
 * A web address without its scheme, `www.`, closing slash and percent escapes; anything else as it is.
 *
 * @param {string} url
 */
export function readableUrl(url) {
  const parsed = parseUrl(url);
  if (!parsed || !isWeb(parsed)) return url;
  const host = parsed.host.replace(/^www\./, "");
  const path = decodeSafely(parsed.pathname);
  if (parsed.search) return host + path + decodeSafely(parsed.search);
  return host + path.replace(/\/$/, "");
}

/**
 * The host of a web address without `www.`, or an empty string.
 *
 * @param {string} url
 */
export function siteOf(url) {
  const parsed = parseUrl(url);
  return parsed && isWeb(parsed) ? parsed.hostname.replace(/^www\./, "") : "";
}

/** @param {string} url */
function parseUrl(url) {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/** @param {URL} url */
function isWeb(url) {
  return url.protocol === "http:" || url.protocol === "https:";
}

/**
 * Undoes percent escapes unless that would bring out control or direction-changing characters,
 * with which an address could pretend to be another.
 *
 * @param {string} text
 */
function decodeSafely(text) {
  try {
    const decoded = decodeURIComponent(text);
    return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(decoded) ? text : decoded;
  } catch {
    return text;
  }
}
