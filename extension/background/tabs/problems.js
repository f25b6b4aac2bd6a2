/** What went wrong with the tabs, in words for a person. */

/**
 * @param {unknown} error
 * @returns {import("../../shared/tabs_api.js").TabProblem}
 */
export function problemOf(error) {
  const fix = /** @type {{fix?: string}} */ (error).fix;
  const message = error instanceof Error ? error.message : "The browser did not change its tabs.";
  return fix ? { message, fix } : { message };
}
