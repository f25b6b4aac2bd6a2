import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../extension/", import.meta.url));
const files = readdirSync(ROOT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length).replace(/^\//, ""));
const read = (/** @type {string} */ path) => readFileSync(ROOT + path, "utf8");
const scripts = files.filter((path) => path.endsWith(".js"));
const pages = files.filter((path) => path.endsWith(".html"));
const manifest = JSON.parse(read("manifest.json"));

test("only one file names the browser's extension API", () => {
  // A list of sites has some of that name.
  const code = scripts.filter((path) => path !== "shared/category_data.js");
  const naming = code.filter((path) => /\bchrome\b\s*\./.test(read(path)));
  assert.deepEqual(naming, ["shared/browser.js"]);
});

test("only one file opens a native port", () => {
  const opening = scripts.filter((path) => /connectNative|sendNativeMessage/.test(read(path)));
  assert.deepEqual(opening, ["background/host_port.js"]);
});

test("nothing builds HTML or code from strings", () => {
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|setHTML/;
  assert.deepEqual(
    [...scripts, ...pages].filter((path) => forbidden.test(read(path))),
    [],
  );
});

test("nothing is loaded from elsewhere", () => {
  for (const path of files.filter((name) => /\.(js|html|css|json)$/.test(name))) {
    const text = read(path);
    assert.doesNotMatch(text, /(src|href)\s*=\s*"(https?:)?\/\//, path);
    assert.doesNotMatch(text, /url\(["']?(https?:)?\/\//, path);
    assert.doesNotMatch(text, /@import|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|importScripts/, path);
    assert.doesNotMatch(text, /from\s+["']https?:/, path);
  }
});

test("pages hold no scripts, styles or handlers of their own, which the content policy would refuse", () => {
  for (const path of pages) {
    assert.doesNotMatch(read(path), /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/, path);
  }
});

test("every file that the manifest names exists", () => {
  const named = [
    manifest.background.service_worker,
    manifest.side_panel.default_path,
    manifest.options_ui.page,
    ...Object.values(manifest.icons),
    ...Object.values(manifest.action.default_icon),
  ];
  assert.ok(named.length >= 10);
  assert.deepEqual(
    named.filter((path) => !existsSync(ROOT + path)),
    [],
  );
});

test("every file that a page, a style or a module refers to exists", () => {
  for (const path of files.filter((name) => /\.(js|html|css)$/.test(name))) {
    const pattern = path.endsWith(".js")
      ? /(?:from|import)\s+["'](\.[^"']+)["']/g
      : /(?:(?:src|href)="|url\(")([^"#:]+)"/g;
    for (const [, reference] of read(path).matchAll(pattern)) {
      assert.ok(existsSync(new URL(reference, `file://${ROOT}${path}`)), `${path} refers to ${reference}`);
    }
  }
});

test("the manifest keeps to what was promised", () => {
  assert.equal(manifest.incognito, "not_allowed");
  assert.equal(manifest.manifest_version, 3);
  assert.match(manifest.content_security_policy.extension_pages, /^default-src 'none'/);
  assert.doesNotMatch(manifest.content_security_policy.extension_pages, /http|unsafe|\*/);
  for (const directive of manifest.content_security_policy.extension_pages.split(";")) {
    assert.match(directive, /^ ?[a-z-]+ '(self|none)'$/, "nothing but what comes with the extension");
  }
  assert.equal(manifest.web_accessible_resources, undefined);
  assert.equal(manifest.externally_connectable, undefined);
});

test("the extension carries the version of the host", () => {
  const host = readFileSync(new URL("../../host/version.py", import.meta.url), "utf8");
  assert.equal(manifest.version, /^VERSION = "(.+)"$/m.exec(host)?.[1]);
});

test("files stay small enough to be read at one sitting", () => {
  const long = scripts.filter((path) => read(path).split("\n").length > 400);
  assert.deepEqual(long, []);
});

test("imports point down: nothing shared knows the pages or the worker", () => {
  for (const path of scripts) {
    const upward = path.startsWith("shared/")
      ? /(?:from|import\()\s*["']\.\.\//
      : path.startsWith("background/")
        ? /["']\.\.\/(sidepanel|options|debug|welcome)/
        : /["'](\.\.?\/)+background\//;
    assert.doesNotMatch(read(path), upward, path);
  }
});
