import "./chrome_stub.js";

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { browserName } from "../../extension/shared/browser.js";
import { dateRange, shortDate } from "../../extension/shared/dates.js";
import { isExcluded, isLocalAddress, isPattern } from "../../extension/shared/exclusions.js";
import { highlightedNodes } from "../../extension/shared/highlight.js";
import { passageHref, quotableLine } from "../../extension/shared/text_fragment.js";
import { readableUrl, safeHref, siteOf } from "../../extension/shared/url.js";
import { putPage } from "./page_fixture.js";

/** @type {Array<{pattern: string, url: string, matches: boolean}>} */
const exclusions = JSON.parse(readFileSync(new URL("../data/exclusions.json", import.meta.url), "utf8"));

test("exclusion patterns cover exactly what the shared fixture says", () => {
  assert.ok(exclusions.length > 30);
  for (const { pattern, url, matches } of exclusions) {
    assert.equal(isExcluded(url, [pattern]), matches, `${pattern} against ${url}`);
  }
});

test("one matching pattern among several is enough", () => {
  assert.equal(isExcluded("https://b.org/", ["a.org", "b.org"]), true);
  assert.equal(isExcluded("https://b.org/", []), false);
});

test("addresses of this computer and its network are local, public ones are not", () => {
  const local = [
    "http://localhost:8000/",
    "http://127.0.0.1/",
    "http://192.168.1.1/",
    "http://10.0.0.7/",
    "http://172.20.0.1/",
    "http://169.254.1.1/",
    "http://[::1]/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://printer.local/",
    "http://router/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://255.255.255.255/",
    "http://wiki.internal/",
  ];
  const open = [
    "https://example.com/",
    "http://172.32.0.1/",
    "http://8.8.8.8/",
    "http://100.128.0.1/",
    "http://[2606:4700::1]/",
  ];
  assert.deepEqual(local.map(isLocalAddress), Array(local.length).fill(true));
  assert.deepEqual(open.map(isLocalAddress), Array(open.length).fill(false));
});

test("a pattern that would leave out everything is refused", () => {
  assert.deepEqual(["*", "*.*", "", "/path", "two words", "example.com", "*bank*"].map(isPattern), [
    false,
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
});

test("only http and https addresses become links", () => {
  assert.equal(safeHref("https://example.com/a"), "https://example.com/a");
  for (const url of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "nonsense", ""]) {
    assert.equal(safeHref(url), null, url);
  }
});

test("addresses read well, and never turn round or hide what they are", () => {
  assert.equal(readableUrl("https://www.example.com/caf%C3%A9/"), "example.com/café");
  assert.equal(readableUrl("https://example.com:8443/?q=a%20b"), "example.com:8443/?q=a b");
  assert.equal(readableUrl("javascript:alert(1)"), "javascript:alert(1)");
  assert.equal(readableUrl("https://example.com/%E2%80%AEgpj.exe"), "example.com/%E2%80%AEgpj.exe");
  assert.equal(siteOf("https://www.example.com/a"), "example.com");
});

/** @param {string} text @param {Array<[number, number]>} places */
function marked(text, places) {
  putPage("<!doctype html>");
  const fragment = highlightedNodes(text, places);
  return {
    text: fragment.textContent,
    marks: [...fragment.querySelectorAll("mark")].map((mark) => mark.textContent),
  };
}

test("highlights count UTF-16 code units and keep every character", () => {
  const text = "a 👩‍🚀 flies to Mars";
  const at = text.indexOf("flies");
  assert.deepEqual(marked(text, [[at, at + 5]]), { text, marks: ["flies"] });
});

test("a highlight that would cut an emoji in two takes all of it", () => {
  assert.deepEqual(marked("x😀y", [[1, 2]]), { text: "x😀y", marks: ["😀"] });
  assert.deepEqual(marked("x😀y", [[2, 3]]), { text: "x😀y", marks: ["😀"] });
});

test("overlapping, unsorted and impossible highlights lose nothing", () => {
  assert.deepEqual(
    marked("hello world", [
      [6, 11],
      [0, 3],
      [2, 5],
      [20, 30],
      [4, 2],
    ]),
    { text: "hello world", marks: ["hello", "world"] },
  );
});

test("markup in a snippet stays text", () => {
  assert.deepEqual(marked("<b>bold</b>", [[0, 3]]), { text: "<b>bold</b>", marks: ["<b>"] });
});

test("a passage link names short passages in full and long ones by their ends", () => {
  assert.equal(
    passageHref("https://example.com/a#part", "well-known, fact"),
    "https://example.com/a#part:~:text=well%2Dknown%2C%20fact",
  );
  const long = Array.from({ length: 30 }, (_, index) => `w${index}`).join(" ");
  assert.equal(
    passageHref("https://example.com/", long),
    "https://example.com/#:~:text=w0%20w1%20w2%20w3%20w4,w25%20w26%20w27%20w28%20w29",
  );
  assert.equal(passageHref("javascript:alert(1)", "x"), null);
});

test("a passage is looked for by one line of it, the one that matched", () => {
  const text = "A heading\nThe first paragraph is the longest of them.\nHere is the match.";
  assert.equal(quotableLine(text, [[text.indexOf("match"), text.length]]), "Here is the match.");
  assert.equal(quotableLine(text), "The first paragraph is the longest of them.");
});

test("date chips begin and end at midnight where the reader is", () => {
  const now = new Date(2026, 4, 15, 13, 30).getTime();
  assert.deepEqual(dateRange("today", now), { from: new Date(2026, 4, 15).getTime() });
  assert.deepEqual(dateRange("yesterday", now), {
    from: new Date(2026, 4, 14).getTime(),
    to: new Date(2026, 4, 15).getTime(),
  });
  assert.deepEqual(dateRange("week", now), { from: new Date(2026, 4, 9).getTime() });
  assert.deepEqual(dateRange("month", now), { from: new Date(2026, 3, 15).getTime() });
});

test("dates are as short as they can be said", () => {
  const now = new Date(2026, 4, 15, 13, 30).getTime();
  assert.equal(shortDate(new Date(2026, 4, 14, 23, 59).getTime(), now), "Yesterday");
  assert.match(shortDate(new Date(2026, 4, 11).getTime(), now), /Monday/);
  assert.match(shortDate(new Date(2024, 4, 11).getTime(), now), /2024/);
  assert.doesNotMatch(shortDate(new Date(2026, 0, 11).getTime(), now), /2026/);
});

test("each browser is told the name that the installer knows", () => {
  const named = (/** @type {string[]} */ ...brands) => browserName(brands.map((brand) => ({ brand })));
  assert.equal(named("Chromium", "Google Chrome"), "chrome");
  assert.equal(named("Chromium", "Microsoft Edge"), "edge");
  assert.equal(named("Chromium", "Brave"), "brave");
  assert.equal(named("Chromium", "Not A Brand"), "chromium");
});
