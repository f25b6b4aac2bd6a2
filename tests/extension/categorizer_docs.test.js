import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { TabCategorizer } from "../../extension/shared/categorizer.js";
import { HostUnreachable } from "../../extension/background/host_errors.js";

const text = readFileSync(new URL("../../docs/categorizer.md", import.meta.url), "utf8");
const examples = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code);
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;

test("every example in the document runs, one after the other, without a host too", async () => {
  /** @type {string[]} */
  const reported = [];
  /** @type {any[]} */
  const grouped = [];
  stub.tabs.all = [
    { id: 1, url: "https://github.com/a/b", title: "A repository" },
    { id: 2, url: "https://github.com/c/d", title: "Another repository" },
  ];
  const problem = { kind: "not_found", message: "It is not set up.", fix: "Set it up:", command: "install" };
  const request = async () => {
    throw new HostUnreachable(problem);
  };
  const chrome = {
    tabs: {
      query: async () => stub.tabs.all,
      group: async (/** @type {any} */ options) => grouped.push(options),
    },
    tabGroups: { update: async () => {} },
  };
  class Here extends TabCategorizer {
    constructor(wiring = {}) {
      super({ request, onEvent: null, ...wiring });
    }
  }
  // An example may go on with what an earlier one has made.
  const code = examples
    .join("\n")
    .replace(/^import .*$/gm, "")
    .replace("const answer =", "const first =")
    .replace("await answer.catch", "await first.catch");
  const run = new AsyncFunction("TabCategorizer", "chrome", "report", "host", code);
  await run(Here, chrome, (/** @type {string} */ line) => reported.push(line), { request });
  assert.ok(examples.length >= 6);
  assert.deepEqual(grouped, [{ tabIds: [1, 2] }]);
  assert.equal(
    reported.find((line) => line.startsWith("It is not")),
    "It is not set up. Set it up: install",
  );
  assert.ok(reported.includes("AbortError"));
  assert.match(reported.at(-1) ?? "", /ms a tab/);
});
