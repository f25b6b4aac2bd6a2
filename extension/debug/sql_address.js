/** A statement as an address that can be kept or handed on: `debug.html#sql=…&p.name=value`. Pure. */

const STATEMENT = "sql";
const PARAMETER = "p.";

/**
 * @param {string} hash of an address, with its sign
 * @returns {{sql: string, values: Record<string, string>} | null} null when it holds no statement
 */
export function readAddress(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const sql = fields.get(STATEMENT);
  if (!sql) return null;
  /** @type {Record<string, string>} */
  const values = {};
  for (const [name, value] of fields) {
    if (name.startsWith(PARAMETER)) values[name.slice(PARAMETER.length)] = value;
  }
  return { sql, values };
}

/**
 * @param {string} page address of the page, with or without a hash
 * @param {string} sql
 * @param {Record<string, string>} values of the parameters, by name
 */
export function writeAddress(page, sql, values) {
  const fields = new URLSearchParams({ [STATEMENT]: sql });
  for (const [name, value] of Object.entries(values)) fields.set(PARAMETER + name, value);
  return `${page.split("#")[0]}#${fields}`;
}
