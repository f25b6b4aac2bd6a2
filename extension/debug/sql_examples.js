/**
 * Statements to begin with. A test runs every one of them, with these values, against a real database.
 *
 * @typedef {{name: string, about: string, sql: string, values?: Record<string, string>}} Example
 */

/** The vectors of the first embedding model; those of a later one are in a table with a number. */
const VECTORS = "chunk_embeddings";

/**
 * The examples, which ask the vectors that search goes by.
 *
 * @param {string | null} [vectors] the table that has them
 * @returns {Example[]}
 */
export function examplesFor(vectors) {
  return EXAMPLES.map((example) => ({
    ...example,
    sql: example.sql.replaceAll(VECTORS, vectors || VECTORS),
  }));
}

/** @type {Example[]} */
export const EXAMPLES = [
  {
    name: "Most visited sites",
    about: "Sites by visits, and when they were last seen.",
    sql: `SELECT pages.domain, count(*) AS visits, count(DISTINCT pages.id) AS pages,
       max(visits.visited_at) AS last_visit_at
FROM visits
JOIN pages ON pages.id = visits.page_id
GROUP BY pages.domain
ORDER BY visits DESC
LIMIT 50`,
  },
  {
    name: "Pages that have a word",
    about: "Full text, the best match first, with the words around it.",
    sql: `SELECT pages.title, pages.url,
       snippet(pages_fts, 2, '[', ']', ' … ', 24) AS found
FROM pages_fts
JOIN pages ON pages.id = pages_fts.rowid
WHERE pages_fts MATCH :words
ORDER BY bm25(pages_fts, 8.0, 4.0, 1.0)
LIMIT 25`,
    values: { words: "bread" },
  },
  {
    name: "Passages nearest to a text",
    about: "By meaning: the text becomes a vector and is compared with every passage.",
    sql: `SELECT pages.title, page_chunks.text, nearest.distance
FROM (
  SELECT chunk_id, distance FROM chunk_embeddings
  WHERE embedding MATCH embed(:text) AND k = 10
) AS nearest
JOIN page_chunks ON page_chunks.id = nearest.chunk_id
JOIN pages ON pages.id = page_chunks.page_id
ORDER BY nearest.distance`,
    values: { text: "how to bake bread at home" },
  },
  {
    name: "Growth by month",
    about: "New pages a month, and how many there were by then.",
    sql: `SELECT strftime('%Y-%m', first_visit_at / 1000, 'unixepoch') AS month,
       count(*) AS new_pages,
       sum(count(*)) OVER (ORDER BY strftime('%Y-%m', first_visit_at / 1000, 'unixepoch')) AS pages
FROM pages
GROUP BY month
ORDER BY month DESC`,
  },
  {
    name: "Longest pages",
    about: "Pages with the most text, and how many passages they were cut into.",
    sql: `SELECT title, url, length(content_text) AS characters,
       (SELECT count(*) FROM page_chunks WHERE page_id = pages.id) AS passages
FROM pages
ORDER BY characters DESC
LIMIT 25`,
  },
  {
    name: "What waits in the queue",
    about: "Jobs by kind and state, and why they failed.",
    sql: `SELECT kind, state, count(*) AS jobs, max(attempts) AS attempts,
       min(created_at) AS oldest_created_at, max(error) AS an_error
FROM jobs
GROUP BY kind, state
ORDER BY jobs DESC`,
  },
  {
    name: "Visits by hour of the day",
    about: "When pages are read, in the time of this computer.",
    sql: `SELECT strftime('%H', visited_at / 1000, 'unixepoch', 'localtime') AS hour, count(*) AS visits
FROM visits
GROUP BY hour
ORDER BY hour`,
  },
  {
    name: "Pages of a site",
    about: "Everything that is stored of one site, the latest visit first.",
    sql: `SELECT title, url, visit_count, last_visit_at, length(content_text) AS characters, summary
FROM pages
WHERE domain = :site
ORDER BY last_visit_at DESC`,
    values: { site: "example.com" },
  },
];
