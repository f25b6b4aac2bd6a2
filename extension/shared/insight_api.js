/**
 * What a page can ask about how the product works inside, one function a method.
 *
 * @typedef {Object} HealthPart one index against what it should hold
 * @property {string} name
 * @property {number} rows
 * @property {number} expected
 * @property {boolean} ok
 * @property {string} detail
 * @property {string | null} [fix]
 * @property {import("./api.js").FixAction | null} [action] what does it
 *
 * @typedef {{day: string, pages: number, bytes?: number | null}} GrowthDay
 *
 * @typedef {Object} Health
 * @property {HealthPart[]} parts
 * @property {number} database_bytes
 * @property {number} free_bytes in the file, unused
 * @property {number} log_bytes of the write-ahead log
 * @property {string} path
 * @property {GrowthDay[]} growth the oldest first
 *
 * @typedef {{kind: string, state: string, count: number, error?: string | null}} JobCount
 * @typedef {{jobs: JobCount[], paused: boolean}} JobQueue
 *
 * @typedef {Object} MethodLatency
 * @property {string} method
 * @property {number} count
 * @property {number} failed
 * @property {number} median_ms
 * @property {number} p95_ms
 * @property {number[]} recent_ms the latest, oldest first
 *
 * @typedef {Object} DaemonStatus
 * @property {string} version
 * @property {number} pid
 * @property {number} started_at milliseconds, UTC
 * @property {number} connections
 * @property {number} memory_bytes
 *
 * @typedef {Object} Statement one that the product ran
 * @property {number} n
 * @property {number} at milliseconds, UTC
 * @property {string} method of the request it belongs to; "background" for none
 * @property {string} [request]
 * @property {"read" | "write"} kind
 * @property {string} sql
 * @property {number} took_ms
 * @property {number} [times] the same statement again and again is one entry
 * @property {number | null} [rows] that it changed
 * @property {any[] | Record<string, any> | null} [parameters] what was bound, where that was asked for
 *
 * @typedef {{statements: Statement[], keeps_parameters: boolean}} StatementLog
 * @typedef {{after?: number, method?: string, request?: string, limit?: number, parameters?: boolean}} StatementQuery
 *
 * @typedef {{id: number, parent: number, detail: string}} PlanStep
 * @typedef {{name: string, lines: string[], names: string[], path: string}} LogLines
 */

import { request } from "./channel.js";

/** @returns {Promise<Health>} */
export function storeHealth() {
  return request("store.health");
}

/** @returns {Promise<{tables: Array<{name: string, bytes: number}>}>} */
export function storeSizes() {
  return request("store.sizes");
}

/** @returns {Promise<JobQueue>} */
export function listJobs() {
  return request("jobs.list");
}

/** @param {boolean} paused @returns {Promise<JobQueue>} */
export function pauseJobs(paused) {
  return request(paused ? "jobs.pause" : "jobs.resume");
}

/** @returns {Promise<{retried: number}>} */
export function retryJobs() {
  return request("jobs.retry");
}

/** @returns {Promise<{methods: MethodLatency[]}>} */
export function latencies() {
  return request("daemon.latencies");
}

/** @returns {Promise<DaemonStatus>} */
export function daemonStatus() {
  return request("daemon.status");
}

/** @param {StatementQuery} query @returns {Promise<StatementLog>} */
export function statementLog(query) {
  return request("sql.log", query);
}

/** @param {string} sql @returns {Promise<{parameters: string[], writes: boolean, plan: PlanStep[]}>} */
export function explainStatement(sql) {
  return request("sql.describe", { sql });
}

/** @param {{name?: string, lines?: number}} which @returns {Promise<LogLines>} */
export function logLines(which) {
  return request("daemon.log", which);
}

/**
 * What a check of the doctor says is to be done about it.
 *
 * @param {{method: string, params?: object}} action
 * @param {{signal?: AbortSignal, onProgress?: (value: any) => void}} [options]
 * @returns {Promise<any>}
 */
export function runFix({ method, params }, options) {
  return request(method, params ?? {}, { ...options, once: true });
}
