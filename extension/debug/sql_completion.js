/** What the editor offers to complete: tables, their columns, and functions. Pure. */

import { isCallable } from "./sql_schema.js";

/**
 * @typedef {import("../shared/sql_api.js").Schema} Schema
 * @typedef {{label: string, type: string, detail?: string, info?: string, apply?: string, boost?: number}} Offer
 */

/**
 * Tables with their columns. What an index keeps for itself is left out.
 *
 * @param {Schema} schema
 * @returns {Record<string, Offer[]>}
 */
export function tableCompletions({ tables }) {
  return Object.fromEntries(
    tables
      .filter(({ kind }) => kind !== "shadow")
      .map(({ name, columns }) => [
        name,
        columns.map((column) => ({
          label: column.name,
          type: "property",
          detail: column.type.toLowerCase(),
        })),
      ]),
  );
}

/** @param {Schema} schema @returns {Offer[]} */
export function functionCompletions({ functions }) {
  return functions
    .filter(({ name }) => isCallable(name))
    .map(({ name, usage, description }) => ({
      label: name,
      type: "function",
      detail: usage,
      info: description,
      apply: `${name}(`,
      boost: -1,
    }));
}
