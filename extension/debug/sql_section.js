/** The SQL explorer of the debug page. */

import { byId } from "../shared/dom.js";

/**
 * Brings the explorer to life; it asks nothing of the host until it comes into view.
 *
 * @returns {{onState: (state: import("../shared/api.js").ExtensionState) => void}}
 */
export function startSql() {
  return { onState: (state) => byId("sql").toggleAttribute("data-ready", state.host.name === "ready") };
}
