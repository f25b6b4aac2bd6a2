/**
 * What a page can ask of the SQL explorer, one function a method.
 *
 * @typedef {Object} SpecialCell what JSON cannot hold, or a table should not
 * @property {"integer" | "real" | "text" | "blob" | "vector"} kind
 * @property {string} [value] of an integer beyond 2^53, an infinite real, the beginning of a long text
 * @property {number} [length] characters of a long text
 * @property {number} [bytes]
 * @property {string} [hex] how a blob begins
 * @property {number} [dimensions]
 * @property {number[]} [values] the first of a vector
 * @property {number} [norm] of a vector
 *
 * @typedef {null | boolean | number | string | SpecialCell} Cell
 *
 * @typedef {Record<string, string | number | null> | Array<string | number | null>} SqlValues
 *
 * @typedef {{id: number, parent: number, detail: string}} PlanStep
 * @typedef {{table: string, rows: number, indirect?: number}} Change `indirect`: those that triggers changed
 *
 * @typedef {Object} RunParams
 * @property {string} sql
 * @property {SqlValues} [params]
 * @property {boolean} [write]
 * @property {boolean} [preview]
 * @property {number} [limit]
 * @property {number} [offset]
 * @property {number} [timeout_ms]
 *
 * @typedef {Object} RunResult
 * @property {string[]} columns
 * @property {Cell[][]} rows
 * @property {number} row_count
 * @property {boolean} truncated
 * @property {number | null} [next_offset]
 * @property {number} took_ms
 * @property {Change[] | null} [changes]
 * @property {number | null} [changed]
 * @property {boolean} [committed]
 * @property {string | null} [backup]
 *
 * @typedef {{parameters: string[], columns: string[], writes: boolean, plan: PlanStep[]}} Description
 *
 * @typedef {Object} SchemaTable
 * @property {string} name
 * @property {"table" | "view" | "virtual" | "shadow"} kind
 * @property {Array<{name: string, type: string, primary_key?: boolean, not_null?: boolean}>} columns
 * @property {number | null} [rows] null where counting takes too long
 * @property {string} sql
 * @property {string} [description]
 *
 * @typedef {{name: string, usage: string, description: string}} SchemaFunction
 *
 * @typedef {Object} Schema
 * @property {SchemaTable[]} tables
 * @property {SchemaFunction[]} functions
 * @property {string | null} [active_vectors] the table with the passages' vectors that search goes by
 *
 * @typedef {"csv" | "json" | "parquet"} ExportFormat
 * @typedef {{path: string, rows: number, bytes: number, took_ms: number}} ExportResult
 *
 * @typedef {{id: number, name: string, sql: string, updated_at: number}} SavedQuery
 *
 * @typedef {import("./channel.js").RequestOptions} RequestOptions
 */

import { request } from "./channel.js";

/**
 * Runs one statement. What is to be kept is never asked for twice by itself.
 *
 * @param {RunParams} params
 * @param {RequestOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function runSql(params, options) {
  return request("sql.run", params, { ...options, once: Boolean(params.write && !params.preview) });
}

/**
 * What the engine makes of a statement, without running it.
 *
 * @param {{sql: string}} params
 * @param {RequestOptions} [options]
 * @returns {Promise<Description>}
 */
export function describeSql(params, options) {
  return request("sql.describe", params, options);
}

/** @param {RequestOptions} [options] @returns {Promise<Schema>} */
export function sqlSchema(options) {
  return request("sql.schema", {}, options);
}

/**
 * Writes every row into a file on this computer.
 *
 * @param {{sql: string, params?: SqlValues, format: ExportFormat}} params
 * @param {RequestOptions} options
 * @returns {Promise<ExportResult>}
 */
export function exportSql(params, options) {
  return request("sql.export", params, { ...options, once: true });
}

/** @returns {Promise<{queries: SavedQuery[]}>} */
export function savedQueries() {
  return request("sql.saved");
}

/** @param {{name: string, sql: string}} query @returns {Promise<{queries: SavedQuery[]}>} */
export function saveQuery(query) {
  return request("sql.save", query);
}

/** @param {number} id @returns {Promise<{queries: SavedQuery[]}>} */
export function forgetQuery(id) {
  return request("sql.forget", { id });
}
