/**
 * Sorts tabs by plain rules: known sites, and words of the title and the address. It needs no model and no
 * host, and stays silent rather than guess.
 *
 * @typedef {import("./tabs_api.js").CategorizedTab} CategorizedTab
 * @typedef {import("./tabs_api.js").TabItem} TabItem
 * @typedef {import("./kept_categories.js").KeptCategory} KeptCategory
 *
 * @typedef {Object} Rule what is known of a category
 * @property {KeptCategory} category
 * @property {Set<string>} words that speak for it
 * @property {Set<string>} hints words that speak for it a little
 * @property {string[]} sites a person's own, with the beginning of a path where they gave one
 *
 * @typedef {{score: number, site: string, words: string[]}} Evidence
 */

import { KNOWN_SITES } from "./category_data.js";
import { CATEGORY_WORDS, MIXED_SITES } from "./category_words.js";
import { siteOf } from "./url.js";

const NONE = "none";
/** What a piece of evidence counts. */
const OWN_SITE = 3;
const SITE = 2;
const MIXED_SITE = 1.2;
const TITLE_WORD = 1;
const ADDRESS_WORD = 0.6;
const HINT = 0.6;
/** No number of words counts more than so many. */
const MOST_WORDS = 3;
/** What a category needs at least, and how far it must be ahead of the next. */
const ENOUGH = 1.5;
const AHEAD = 0.6;
/** Rules are never surer than this. */
const SUREST = 0.9;
const SHORTEST_HINT = 4;
const LONGEST_TITLE = 500;
const LONGEST_URL = 2048;

const SITES = new Map(
  Object.entries(KNOWN_SITES).flatMap(([key, text]) =>
    split(text).map((site) => /** @type {[string, string]} */ ([site, key])),
  ),
);
const MIXED = new Set(split(MIXED_SITES));

/**
 * What the rules know of these categories; those that are switched off have none.
 *
 * @param {KeptCategory[]} categories
 * @returns {Rule[]}
 */
export function rulesFor(categories) {
  return categories
    .filter((category) => category.enabled)
    .map((category) => {
      const examples = category.examples ?? [];
      const sites = examples.map(ownSite).filter((site) => site !== "");
      const titles = examples.filter((example) => ownSite(example) === "");
      const own = category.builtin ? [] : [...wordsOf(category.name)];
      const hints = [...titles, category.builtin ? "" : (category.description ?? "")].join(" ");
      return {
        category,
        words: new Set([...split(CATEGORY_WORDS[category.key] ?? ""), ...own]),
        hints: new Set([...wordsOf(hints)].filter((word) => word.length >= SHORTEST_HINT)),
        sites,
      };
    });
}

/**
 * Where a tab belongs as far as the rules can tell.
 *
 * @param {TabItem} tab
 * @param {Rule[]} rules
 * @returns {CategorizedTab}
 */
export function rateByRules(tab, rules) {
  const url = tab.url.slice(0, LONGEST_URL);
  const known = knownSite(siteOf(url));
  const title = wordsOf(tab.title.slice(0, LONGEST_TITLE));
  const address = addressWords(url, known);
  const rated = rules
    .map((rule) => ({ rule, ...weigh(rule, url, known, title, address) }))
    .sort((a, b) => b.score - a.score);
  const none = known?.key === NONE ? SITE : 0;
  const total = rated.reduce((sum, { score }) => sum + score, none + 1);
  const share = (/** @type {number} */ score) => Math.min(SUREST, score / total);
  const [best, second] = rated;
  const clear =
    best && best.score >= ENOUGH && best.score - Math.max(second?.score ?? 0, none) >= AHEAD - 1e-9;
  const others = clear ? rated.slice(1) : rated;
  return {
    id: tab.id,
    category: clear ? best.rule.category.name : null,
    confidence: clear ? share(best.score) : 1 - share(best?.score ?? 0),
    alternatives: others
      .filter(({ score }) => score > 0)
      .slice(0, 3)
      .map(({ rule, score }) => ({ category: rule.category.name, confidence: share(score) })),
    reason: clear ? reasonFor(best.rule, best) : "The rules of the extension are not sure about this tab.",
  };
}

/**
 * @param {Rule} rule
 * @param {string} url
 * @param {{site: string, key: string} | null} known
 * @param {Set<string>} title
 * @param {Set<string>} address
 * @returns {Evidence}
 */
function weigh(rule, url, known, title, address) {
  const own = rule.sites.find((site) => covers(site, url));
  const site = own ?? (known?.key === rule.category.key ? known.site : "");
  let score = own ? OWN_SITE : site === "" ? 0 : MIXED.has(site) ? MIXED_SITE : SITE;
  const inTitle = [...title].filter((word) => rule.words.has(word));
  const inAddress = [...address].filter((word) => rule.words.has(word) && !inTitle.includes(word));
  const hinted = [...title].filter((word) => rule.hints.has(word) && !inTitle.includes(word));
  score += TITLE_WORD * Math.min(inTitle.length, MOST_WORDS);
  score += ADDRESS_WORD * Math.min(inAddress.length, MOST_WORDS);
  score += HINT * Math.min(hinted.length, MOST_WORDS);
  return { score, site, words: [...inTitle, ...inAddress, ...hinted] };
}

/** @param {Rule} rule @param {Evidence} evidence */
function reasonFor({ category }, { site, words }) {
  const said = words
    .slice(0, 3)
    .map((word) => `“${word}”`)
    .join(", ");
  const parts = [
    ...(site ? [`${site} is known for ${category.name}`] : []),
    ...(said ? [`its title or address says ${said}`] : []),
  ];
  return `By rules: ${parts.join(", and ")}.`;
}

/** The best-known site that a host belongs to. @param {string} host */
function knownSite(host) {
  for (let name = host; name.includes("."); name = name.slice(name.indexOf(".") + 1)) {
    const key = SITES.get(name);
    if (key) return { site: name, key };
  }
  return null;
}

/**
 * An example that is a site, as host and path without a closing slash; "" when it is a title.
 *
 * @param {string} example
 */
function ownSite(example) {
  const text = example.trim().toLowerCase();
  const bare = text.replace(/^https?:\/\//, "").replace(/^www\./, "");
  return /^[^\s/]+\.[^\s/.]{2,}(:\d+)?(\/\S*)?$/.test(bare) ? bare.replace(/\/+$/, "") : "";
}

/** @param {string} site host and path @param {string} url */
function covers(site, url) {
  const slash = site.indexOf("/");
  const host = slash < 0 ? site : site.slice(0, slash);
  const found = siteOf(url);
  if (found !== host && !found.endsWith(`.${host}`)) return false;
  if (slash < 0) return true;
  const path = new URL(url).pathname.toLowerCase();
  return path === site.slice(slash) || path.startsWith(`${site.slice(slash)}/`);
}

/**
 * Words of the host's own name and of the path. The name of a site that is known says nothing more, and
 * the paths of one that holds everything are the same for everything.
 *
 * @param {string} url
 * @param {{site: string} | null} known
 */
function addressWords(url, known) {
  const host = siteOf(url);
  if (host === "" || (known && MIXED.has(known.site))) return new Set();
  const name = known ? "" : host.split(".").slice(0, -1).join(" ");
  return wordsOf(`${name} ${readable(new URL(url).pathname)}`);
}

/** @param {string} path */
function readable(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** @param {string} text */
function wordsOf(text) {
  return new Set(
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
}

/** @param {string} text */
function split(text) {
  return text.split(/\s+/).filter((word) => word !== "");
}
