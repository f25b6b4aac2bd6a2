import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = "extension/vendor/codemirror";
const read = (/** @type {string} */ path) => readFileSync(ROOT + path, "utf8");

const COMMAND = JSON.parse(read("package.json")).scripts.vendor;

/** What `npm run vendor` would write now, and which packages it is made of. */
async function rebuild() {
  const [program, entry, ...flags] = COMMAND.split(" ");
  assert.equal(program, "esbuild");
  const options = Object.fromEntries(
    flags.map((/** @type {string} */ flag) => {
      const [name, value] = flag.slice(2).split("=");
      return [name.replace(/-(.)/, (_, letter) => letter.toUpperCase()), value ?? true];
    }),
  );
  assert.equal(options.outfile, `${FOLDER}/codemirror.js`);
  const made = await build({
    ...options,
    absWorkingDir: ROOT,
    entryPoints: [entry],
    write: false,
    metafile: true,
  });
  const packages = Object.keys(made.metafile?.inputs ?? {})
    .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter((name) => name !== undefined);
  return { text: made.outputFiles?.[0].text, packages: [...new Set(packages)] };
}

test("the editor's library is what the locked packages give, unchanged", async () => {
  const { text } = await rebuild();
  assert.ok(read(`${FOLDER}/codemirror.js`) === text, "Run: npm ci && npm run vendor");
});

test("the note tells the very command that makes the editor's library", () => {
  assert.ok(read("extension/vendor/THIRD_PARTY.md").includes(`\n${COMMAND}\n`));
});

test("the licence of every package in the editor's library lies beside it", async () => {
  const { packages } = await rebuild();
  assert.ok(packages.length >= 8);
  const licences = read(`${FOLDER}/LICENSE`);
  for (const name of packages) {
    assert.ok(licences.includes(name), name);
    assert.ok(licences.includes(read(`node_modules/${name}/LICENSE`).trim()), name);
  }
});
