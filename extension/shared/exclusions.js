/**
 * Which addresses are left out.
 *
 * A pattern is a host (`example.com`, with all its subdomains) and, if wanted, the beginning of a path
 * (`example.com/account`). In the host `*` stands for any run of characters (`*bank*`, `*.bank`).
 * The host's own program reads patterns by the same rules; one fixture keeps the two alike.
 */

/**
 * Whether one of the patterns covers the address.
 *
 * @param {string} url
 * @param {string[]} patterns
 */
export function isExcluded(url, patterns) {
  const parsed = parse(url);
  return parsed !== null && patterns.some((pattern) => matchesParsed(parsed, pattern));
}

/**
 * Whether the address is on this computer or inside its own network.
 *
 * @param {string} url
 */
export function isLocalAddress(url) {
  const host = parse(url)?.hostname.replace(/\.$/, "");
  if (!host) return false;
  if (host.startsWith("[")) return isLocalV6(host.slice(1, -1));
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return isLocalV4(host);
  if (!host.includes(".")) return true;
  return /\.(localhost|local|internal|lan|home\.arpa|test|intranet)$/.test(host);
}

/**
 * Whether a pattern can be read; `*` alone would leave out everything and is refused.
 *
 * @param {string} pattern
 */
export function isPattern(pattern) {
  const { host } = split(pattern);
  return host.length > 0 && !/[\s@?#]/.test(pattern.trim()) && host.replace(/[*.]/g, "").length > 0;
}

/**
 * @param {URL} url
 * @param {string} pattern
 */
function matchesParsed(url, pattern) {
  const { host, path } = split(pattern);
  if (!host) return false;
  return hostExpression(host).test(url.hostname.replace(/\.$/, "")) && pathMatches(url.pathname, path);
}

/**
 * @param {string} pattern
 * @returns {{host: string, path: string}} both as the browser writes them
 */
function split(pattern) {
  const bare = pattern
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, "");
  const slash = bare.indexOf("/");
  const whole = (slash < 0 ? bare : bare.slice(0, slash)).replace(/:\d*$/, "");
  const path = slash < 0 ? "" : bare.slice(slash).replace(/\/+$/, "");
  const name = whole.replace(/^www\./, "");
  // What is left of "www.com" would cover every site of its country or kind.
  const host = name.includes(".") || name.includes("*") ? name : whole;
  return { host: host.includes("*") ? host : asciiHost(host), path: encodePath(path) };
}

/** @param {string} host which may be written in any script */
function asciiHost(host) {
  return host === "" ? "" : (parse(`http://${host}`)?.hostname ?? host);
}

/** @param {string} path */
function encodePath(path) {
  return path === "" ? "" : (parse(`http://host${path}`)?.pathname ?? path).toLowerCase();
}

/** @param {string} host */
function hostExpression(host) {
  const body = host
    .split("*")
    .map((piece) => piece.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^(?:.*\\.)?${body}$`, "u");
}

/**
 * @param {string} path of the address
 * @param {string} prefix
 */
function pathMatches(path, prefix) {
  const lower = path.toLowerCase();
  return prefix === "" || lower === prefix || lower.startsWith(`${prefix}/`);
}

/**
 * Addresses that are not on the public internet: first number, and the range of the second where not
 * all of them are meant.
 *
 * @type {Array<[number, number?, number?]>}
 */
const NOT_PUBLIC_V4 = [
  [0],
  [10],
  [127],
  [100, 64, 127],
  [169, 254, 254],
  [172, 16, 31],
  [192, 168, 168],
  [198, 18, 19],
];

/** @param {string} host */
function isLocalV4(host) {
  const [first, second] = host.split(".").map(Number);
  if (first >= 240) return true;
  return NOT_PUBLIC_V4.some(([a, from = 0, to = 255]) => first === a && second >= from && second <= to);
}

/** @param {string} host */
function isLocalV6(host) {
  if (host === "::1" || host === "::") return true;
  if (/^f[cd][0-9a-f]{2}:/.test(host) || /^fe[89ab][0-9a-f]:/.test(host)) return true;
  return isMappedLocalV4(host);
}

/** @param {string} host written as the browser writes it, e.g. `::ffff:7f00:1` */
function isMappedLocalV4(host) {
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (!match) return false;
  const high = Number.parseInt(match[1], 16);
  const low = Number.parseInt(match[2], 16);
  return isLocalV4([high >> 8, high & 255, low >> 8, low & 255].join("."));
}

/** @param {string} url */
function parse(url) {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
