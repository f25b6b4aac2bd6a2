/**
 * What a page can ask for, one function a method.
 *
 * @typedef {import("./channel.js").RequestOptions} RequestOptions
 *
 * @typedef {"hybrid-rerank" | "hybrid-rrf" | "text" | "vector"} SearchMode
 *
 * @typedef {Object} SearchFilters
 * @property {string[]} [sites]
 * @property {number} [from] milliseconds, UTC
 * @property {number} [to] milliseconds, UTC, exclusive
 *
 * @typedef {Object} SearchParams
 * @property {string} query
 * @property {SearchMode} [mode]
 * @property {number} [limit]
 * @property {number} [offset]
 * @property {SearchFilters} [filters]
 * @property {boolean} [explain]
 * @property {number} [wait_ms] how long to wait for a model that is still loading
 *
 * @typedef {Array<[number, number]>} Places
 *
 * @typedef {Object} Passage
 * @property {number} chunk_id
 * @property {string} [heading]
 * @property {string} text
 * @property {Places} [highlights]
 *
 * @typedef {Object} Why
 * @property {number | null} [text_rank]
 * @property {number | null} [vector_rank]
 * @property {number | null} [bm25]
 * @property {number | null} [cosine]
 * @property {number | null} [recency]
 * @property {number | null} [visits]
 * @property {number} [score]
 * @property {string[]} [matched_terms]
 *
 * @typedef {Object} SearchResult
 * @property {number} page_id
 * @property {string} url
 * @property {string} title
 * @property {string} domain
 * @property {string} snippet
 * @property {Places} highlights
 * @property {string | null} [summary]
 * @property {string | null} [category] by its name
 * @property {number} last_visit_at milliseconds, UTC
 * @property {number} visit_count
 * @property {number} score
 * @property {Passage | null} [passage]
 * @property {Why | null} [why]
 *
 * @typedef {"reading" | "writing"} SummaryStage
 *
 * @typedef {Object} Chip
 * @property {"site" | "category" | "no-category" | "title" | "before" | "after" | "date" | "phrase" | "exclude"} kind
 * @property {string} label
 * @property {string} text the piece of the query that it stands for
 * @property {number} start
 * @property {number} end
 *
 * @typedef {{from: string, to: string}} Correction
 *
 * @typedef {Object} Degraded a part that does not work now
 * @property {string} part
 * @property {string} reason
 * @property {string | null} [fix]
 * @property {boolean} [loading] whether it passes by itself, because a model is on its way
 *
 * @typedef {Object} SearchReply
 * @property {SearchResult[]} results
 * @property {number} total
 * @property {number} took_ms
 * @property {SearchMode} mode
 * @property {Degraded[]} [degraded]
 * @property {Array<{sql: string, took_ms: number, kind: "read" | "write", times?: number}> | null} [statements] what an
 *   explained search has run
 * @property {{text?: string, chips?: Chip[], corrected?: Correction[], ignored_dates?: string[]}} [parsed]
 *
 * @typedef {Object} Setting
 * @property {string} key
 * @property {any} value
 * @property {any} default
 * @property {string} description
 * @property {"boolean" | "integer" | "number" | "string" | "string_list" | "choice"} type
 * @property {string[]} [choices]
 * @property {number} [minimum]
 * @property {number} [maximum]
 *
 * @typedef {Object} StoreStats
 * @property {number} pages
 * @property {number} visits
 * @property {number} chunks
 * @property {number} embedded_chunks
 * @property {number} pending_jobs
 * @property {number} failed_jobs
 * @property {number} database_bytes
 * @property {string} profile_id
 * @property {{model: string, done: number, total: number} | null} [reindexing] passages made anew for a model
 * @property {Record<string, number>} [categories] how many pages have which, by name
 *
 * @typedef {{urls: string[]} | {domain: string} | {from?: number, to?: number} | {all: true}} PageChoice
 *
 * @typedef {Object} DeletionReply
 * @property {number} deleted pages
 * @property {number} [visits] of pages that stay
 * @property {number} [questions] that were asked in chat
 * @property {number} [backups_cleaned]
 * @property {number} [backups_removed]
 * @property {number} [backups_waiting]
 *
 * @typedef {Object} DoctorCheck
 * @property {string} name
 * @property {boolean} ok
 * @property {string} detail
 * @property {string | null} [fix] what to do, in words
 * @property {FixAction | null} [action] what does it
 *
 * @typedef {{label: string, method: string, params?: object}} FixAction
 *
 * @typedef {Object} HostProblem
 * @property {string} kind
 * @property {string} message
 * @property {string} [fix] what to do, in words
 * @property {string} [command] what to type in a terminal
 *
 * @typedef {Object} Hello
 * @property {string} version
 * @property {number} protocol
 * @property {Degraded[]} [degraded]
 * @property {string[]} [capabilities]
 * @property {{locked?: boolean}} [database]
 *
 * @typedef {Object} HostState
 * @property {"idle" | "connecting" | "ready" | "down"} name
 * @property {HostProblem} [problem] when it is down
 * @property {Hello} [hello] when it is ready
 *
 * @typedef {Object} BackfillState
 * @property {"none" | "running" | "stopped" | "done"} name
 * @property {number} imported entries handed over so far
 * @property {number} [skipped] entries left out so far: excluded, or nothing that the host takes
 * @property {number} [reached] how far back it has come, milliseconds, UTC
 * @property {string} [problem]
 *
 * @typedef {Object} ExtensionState
 * @property {HostState} host
 * @property {boolean} [locked] the history is encrypted, and waits to be unlocked
 * @property {number} pausedUntil 0 when not paused, -1 until resumed, else milliseconds, UTC
 * @property {boolean} captureEnabled
 * @property {BackfillState} backfill
 */

import { request } from "./channel.js";

/**
 * @param {SearchParams} params
 * @param {RequestOptions} [options]
 * @returns {Promise<SearchReply>}
 */
export function search(params, options) {
  // Words such as "yesterday" mean the reader's own days.
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return request("search.query", { ...params, timezone: timeZone }, options);
}

/**
 * How many pages a deletion would delete or take visits from.
 *
 * @param {PageChoice} which
 * @returns {Promise<{pages: number}>}
 */
export function countPages(which) {
  return request("pages.count", which);
}

/**
 * @param {PageChoice} which
 * @returns {Promise<DeletionReply>}
 */
export function deletePages(which) {
  return request("pages.delete", which);
}

/**
 * A short summary of a page, made now if there is none.
 *
 * @param {number} pageId
 * @param {{again?: boolean, onStage?: (stage: SummaryStage) => void}} [options] `again`: in any case
 * @returns {Promise<{summary: string, model: string}>}
 */
export function createSummary(pageId, { again = false, onStage } = {}) {
  return request(
    "summaries.create",
    { page_id: pageId, again },
    { onProgress: (value) => onStage?.(value.stage) },
  );
}

/** @returns {Promise<StoreStats>} */
export function storeStats() {
  return request("store.stats");
}

/** @returns {Promise<{checks: DoctorCheck[]}>} */
export function doctor() {
  return request("doctor");
}

/** @returns {Promise<{settings: Setting[]}>} */
export function getSettings() {
  return request("settings.get");
}

/**
 * @param {Record<string, any>} values
 * @returns {Promise<{settings: Setting[]}>}
 */
export function updateSettings(values) {
  return request("settings.update", { values });
}

/** @returns {Promise<ExtensionState>} */
export function extensionState() {
  return request("extension.state");
}

/**
 * Tries to reach the host now, without waiting for the next attempt.
 *
 * @returns {Promise<ExtensionState>}
 */
export function retryHost() {
  return request("extension.retry");
}

/**
 * Stops capturing; works with the host away too.
 *
 * @param {number} until 0 resumes, -1 pauses until resumed, else milliseconds, UTC
 * @returns {Promise<ExtensionState>}
 */
export function pauseCapture(until) {
  return request("extension.pause", { until });
}

/** @returns {Promise<ExtensionState>} */
export function startBackfill() {
  return request("extension.backfill.start");
}

/** @returns {Promise<ExtensionState>} */
export function stopBackfill() {
  return request("extension.backfill.stop");
}
