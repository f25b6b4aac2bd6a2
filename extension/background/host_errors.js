/** What can go wrong between the browser and the host, in words for a person. */

/**
 * @typedef {import("../shared/api.js").HostProblem} HostProblem
 */

/** The host could not be reached, or went away before it answered. */
export class HostUnreachable extends Error {
  /** @param {HostProblem} problem */
  constructor(problem) {
    super(problem.message);
    this.name = "HostUnreachable";
    this.problem = problem;
  }
}

/** The host answered with an error. */
export class HostRefusal extends Error {
  /** @param {{code?: number, message?: string, data?: {kind?: string, fix?: string}}} error */
  constructor(error) {
    super(error.message ?? "The host reported an error.");
    this.name = "HostRefusal";
    this.code = error.code ?? 0;
    this.kind = error.data?.kind ?? "internal";
    this.fix = error.data?.fix;
  }
}

/** Refusals that pass by themselves; every other one would come again for ever. */
const PASSING = new Set(
  "disk_full storage not_ready timeout no_answer worker_died cancelled database_corrupt database_locked database_too_new".split(
    " ",
  ),
);

/**
 * Whether the host will never take this, however often it is asked.
 *
 * @param {unknown} error
 */
export function isLasting(error) {
  return error instanceof HostRefusal && !PASSING.has(error.kind);
}

/**
 * Whether the host could take nothing at all: it is not there, or its database is locked.
 *
 * @param {unknown} error
 */
export function isAway(error) {
  return !(error instanceof HostRefusal) || error.kind === "database_locked";
}

/**
 * Turns the browser's sentence about a lost native port into a problem with a remedy.
 *
 * @param {string | undefined} said what the browser reported
 * @param {string} browserName as the installer knows it
 * @returns {HostProblem}
 */
export function describeDisconnect(said, browserName) {
  const text = (said ?? "").toLowerCase();
  const command = `python3 -m host.install --browser ${browserName}`;
  if (text.includes("not found")) {
    return {
      kind: "not_found",
      message: "The AI History program is not set up on this computer yet.",
      fix: "Run this once in the folder that holds AI History:",
      command,
    };
  }
  if (text.includes("forbidden")) {
    return {
      kind: "forbidden",
      message: "This browser does not let the extension talk to the AI History program.",
      fix:
        "The set-up was made for another copy of the extension, or your administrator forbids such programs. " +
        "Setting up again mends the first:",
      command,
    };
  }
  if (text.includes("failed to start")) {
    return {
      kind: "failed_to_start",
      message: "The AI History program could not be started.",
      fix: "Its folder was probably moved, or its Python is gone. Set it up again:",
      command,
    };
  }
  if (text.includes("error when communicating")) {
    return {
      kind: "io",
      message: "The connection to the AI History program broke.",
      fix: "It is tried again by itself. If it keeps breaking, set it up again:",
      command,
    };
  }
  return {
    kind: "exited",
    message: "The AI History program stopped.",
    fix: "It is started again by itself. If it keeps stopping, set it up again:",
    command,
  };
}
