/** What the Models section says when there are no models to show. Pure. */

import { browserName } from "../shared/browser.js";

/**
 * @param {{kind?: string, message?: string, fix?: string} | null} problem
 * @returns {{message: string, fix?: string, command?: string, retry: boolean} | null} null when all is well
 */
export function sectionProblem(problem) {
  if (!problem) return null;
  const command = `python3 -m host.install --browser ${browserName()}`;
  switch (problem.kind) {
    case "connecting":
      return { message: "Looking for the models…", retry: false };
    case "host_away":
      return {
        message: "The AI History program is not connected, and models live there.",
        fix: "The notice at the top of this page says why. The models come back with it.",
        retry: false,
      };
    case "method_not_found":
      return {
        message: "The AI History program on this computer is older than this extension and knows no models.",
        fix: "Bring it up to date in the folder that holds AI History:",
        command,
        retry: false,
      };
    case "empty":
      return {
        message: "The list of models is empty, so a file of AI History is missing.",
        fix: "Set it up again in the folder that holds AI History:",
        command,
        retry: true,
      };
    default:
      return {
        message: `The models could not be read. ${problem.message ?? ""}`.trim(),
        fix: problem.fix,
        retry: true,
      };
  }
}
