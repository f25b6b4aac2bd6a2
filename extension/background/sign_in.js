/** Recognises by the address alone a page that is most likely a form for signing in. */

const HOST = /^(log-?in|sign-?in|auth|sso)\./;
const WORDS =
  /(^|-)(log-?in|log-?on|sign-?in|sign-?on|sign-?up|auth|authenticate|authentication|authorize|oauth2?|sso|saml2?|password|passwd|2fa|mfa)(-|$)/;
/** A longer name is a sentence about signing in rather than a place to do it. */
const MOST_WORDS = 3;

/**
 * Whether host, path or route name a form for signing in (`/login`, `/sign-in`, `/auth/reset-password`,
 * `/#/login`).
 *
 * @param {string} url
 */
export function looksLikeSignIn(url) {
  if (!URL.canParse(url)) return false;
  const { hostname, pathname, hash } = new URL(url);
  if (HOST.test(hostname)) return true;
  const route = /^#!?\//.test(hash) ? hash.split("?")[0] : "";
  return `${pathname}/${route}`.split("/").some((segment) => {
    const words = segment
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter(Boolean);
    return words.length <= MOST_WORDS && WORDS.test(words.join("-"));
  });
}
