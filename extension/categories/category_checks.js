/** What is wrong with a category as it was typed in, in words for a person. */

export const LONGEST_NAME = 60;
export const LONGEST_DESCRIPTION = 1000;
export const LONGEST_EXAMPLE = 500;
export const MOST_EXAMPLES = 200;

/**
 * @typedef {{name: string, description: string, examples: string[]}} Typed
 * @typedef {{name?: string, description?: string, examples?: string}} Problems by field; empty when all is well
 */

/**
 * The lines of a text, without blanks around them, empty ones and repetitions.
 *
 * @param {string} text
 */
export function linesOf(text) {
  return [...new Set(text.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
}

/**
 * @param {Typed} typed
 * @param {string[]} taken names of the other categories
 * @returns {Problems}
 */
export function checkCategory({ name, description, examples }, taken) {
  /** @type {Problems} */
  const problems = {};
  const same = taken.find((other) => other.toLowerCase() === name.toLowerCase());
  if (name === "") problems.name = "A category needs a name.";
  else if (name.length > LONGEST_NAME) problems.name = tooLong("This name", name.length, LONGEST_NAME);
  else if (same) problems.name = `There is a category “${same}” already. Choose another name.`;
  if (description.length > LONGEST_DESCRIPTION) {
    problems.description = tooLong("This", description.length, LONGEST_DESCRIPTION);
  }
  const long = examples.findIndex((line) => line.length > LONGEST_EXAMPLE);
  if (examples.length > MOST_EXAMPLES) {
    problems.examples = `These are ${examples.length} examples; ${MOST_EXAMPLES} is the most.`;
  } else if (long >= 0) {
    problems.examples = tooLong(`Example ${long + 1}`, examples[long].length, LONGEST_EXAMPLE);
  }
  return problems;
}

/** @param {string} what @param {number} length @param {number} most */
function tooLong(what, length, most) {
  return `${what} is too long: ${length} characters, ${most} is the most.`;
}
