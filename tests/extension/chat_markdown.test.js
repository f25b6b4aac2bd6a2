import "./chrome_stub.js";

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AnswerText } from "../../extension/chat/answer_text.js";
import { plainText } from "../../extension/chat/answer_copy.js";
import { CitationMarks, referencesOfCitations } from "../../extension/chat/citation_marks.js";
import { putPage } from "./page_fixture.js";

putPage("<!doctype html><body></body>");

const citation = (/** @type {number} */ n, link = `https://example.com/${n}#:~:text=bread`) => ({
  n,
  page_id: n,
  url: `https://example.com/${n}`,
  title: `Page ${n}`,
  quote: "bread",
  link,
});
const marks = new CitationMarks(referencesOfCitations([citation(1), citation(2)], []));

/** @param {string} markdown */
function rendered(markdown, known = marks) {
  const text = new AnswerText();
  text.write(markdown, known);
  return text.element;
}

/** @param {Element} shown */
function anchors(shown) {
  return [...shown.querySelectorAll("a")].map(({ href, textContent }) => [textContent, href]);
}

const FIRST = ["1", "https://example.com/1#:~:text=bread"];

test("marks of known passages are links with a name, and nothing else is a link", () => {
  const shown = rendered("It rises. [1] [2] It falls. [99] [0] [1000]");
  assert.deepEqual(anchors(shown), [FIRST, ["2", "https://example.com/2#:~:text=bread"]]);
  assert.equal(shown.querySelector("a")?.getAttribute("aria-label"), "Source 1: Page 1");
  assert.match(shown.textContent ?? "", /\[99\] \[0\] \[1000\]/);
});

const HOSTILE = [
  "<a href='https://evil.example'>x</a>",
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "<!-- --><iframe src='https://evil.example'></iframe>",
  "[x](javascript:alert(1))",
  "[x](https://evil.example)",
  "[x](<https://evil.example> 'title')",
  "![x](https://evil.example/pixel.png)",
  "[![x](https://evil.example/i.png)](https://evil.example)",
  "<https://evil.example>",
  "https://evil.example and www.evil.example and a@evil.example",
  "[x][1]\n\n[1]: https://evil.example",
  "[1]: https://evil.example\n\n[x]",
  "[x]: javascript:alert(1)\n[x]",
  "[99]",
  "[[99]](https://evil.example)",
  "](https://evil.example)",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[^1]: https://evil.example\n\nx[^1]",
  "| [x](https://evil.example) |\n|---|\n| <b onclick=x>y</b> |",
  "> <svg onload=alert(1)>",
  "# <style>*{display:none}</style>",
  "```html\n<script>alert(1)</script>\n```",
  "&lt;script&gt; &#x3C;img src=x&#x3E;",
  "- [ ] <input autofocus onfocus=alert(1)>",
];

for (const markdown of HOSTILE) {
  test(`no link, picture or element of its own comes out of ${JSON.stringify(markdown)}`, () => {
    const none = new CitationMarks([]);
    const shown = rendered(markdown, none);
    const allowed = "P UL OL LI BLOCKQUOTE PRE CODE STRONG EM DEL BR HR DIV TABLE THEAD TBODY TR TH TD".split(
      " ",
    );
    for (const made of shown.querySelectorAll("*")) {
      assert.ok(allowed.includes(made.tagName), made.tagName);
      for (const { name } of made.attributes) assert.ok(["class", "start"].includes(name), name);
    }
    assert.ok((shown.textContent ?? "").trim().length > 0, "it is shown as text");
  });
}

test("a mark inside a forged link leads to its own passage, never to the forged address", () => {
  for (const markdown of [
    "[1](https://evil.example)",
    "[see [1]](https://evil.example)",
    "[1][2]: https://evil.example",
  ]) {
    for (const [, href] of anchors(rendered(markdown)))
      assert.match(String(href), /^https:\/\/example\.com\//);
  }
  assert.deepEqual(anchors(rendered("[1](javascript:alert(1))")), [FIRST]);
});

test("what defines a link elsewhere is shown, and defines none", () => {
  const shown = rendered("See [x][2].\n\n[2]: https://evil.example");
  assert.equal(shown.textContent, "See [x]2.2: https://evil.example");
  for (const [, href] of anchors(shown)) assert.match(String(href), /^https:\/\/example\.com\/2/);
});

test("marks in code, and escaped ones, are no links", () => {
  assert.deepEqual(anchors(rendered("`[1]` and \\[1\\]\n\n```\n[1]\n```")), []);
});

test("a citation whose address is no web address leads nowhere, and says no more than it can do", () => {
  const bad = { ...citation(1, "javascript:alert(1)"), url: "data:text/html,x" };
  const shown = rendered("Bread. [1]", new CitationMarks(referencesOfCitations([bad], [])));
  assert.equal(shown.textContent, "Bread.\u00a01");
  assert.equal(shown.querySelector("a, button, [role], [tabindex]"), null);
});

test("paragraphs, lists, quotes, tables, code and small headings look as they are meant", () => {
  const shown = rendered(
    "# Title\n\nSome *light* and **strong** words\nand ~~none~~ `code`.\n\n3. three\n4. four\n   - nested\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x;\n```\n\n---",
  );
  assert.equal(shown.querySelector("p.heading")?.textContent, "Title");
  assert.equal(shown.querySelector("h1, h2, h3"), null);
  assert.equal(shown.querySelector("em")?.textContent, "light");
  assert.equal(shown.querySelector("strong")?.textContent, "strong");
  assert.equal(shown.querySelector("ol")?.getAttribute("start"), "3");
  assert.equal(shown.querySelector("ol ul li")?.textContent, "nested");
  assert.equal(shown.querySelector("blockquote")?.textContent, "quoted");
  assert.deepEqual(
    [...shown.querySelectorAll("th, td")].map((cell) => cell.textContent),
    ["a", "b", "1", "2"],
  );
  assert.equal(shown.querySelector("pre code")?.textContent, "let x;");
  assert.ok(shown.querySelector("hr"));
});

test("a sentence that no page says is underlined up to its mark, and the one before it is not", () => {
  const shown = rendered("It rises. [1] It will *surely* fall. [?] It rests. [2]");
  assert.equal(shown.querySelector(".unsupported")?.textContent, "It will surely fall.");
  const mark = shown.querySelector(".unsupported-mark");
  assert.equal(mark?.getAttribute("aria-label"), "No page in your history says this");
  assert.equal(
    plainText(shown, (n) => `[${n}]`),
    "It rises. [1] It will surely fall. It rests. [2]",
  );
});

const LONG =
  "Keep it **near the oven**: at 18 °C it doubles. [1] Then [2] `fold [1]` it.\n\n## Steps\n\n1. Mix *well*. [1]\n2. Wait. [?]\n\n> Rye brings yeast. [2]\n\n```\n[1] <b>\n```\n\n| a | b |\n|---|---|\n| x [1] | y |\n\nAnd <b>raw</b> [x](https://evil.example) [99] end. [2]";

test("what streams in pieces of any size ends as what is shown at once", () => {
  const whole = rendered(LONG).outerHTML;
  for (const size of [1, 2, 3, 7, 50]) {
    const text = new AnswerText();
    for (let end = size; end < LONG.length; end += size)
      text.write(LONG.slice(0, end), marks, { growing: true });
    text.write(LONG, marks);
    assert.equal(text.element.outerHTML, whole, `pieces of ${size}`);
  }
});

test("blocks that are finished are not touched while more is written", async () => {
  const text = new AnswerText();
  text.write("First. [1]\n\nSecond", marks, { growing: true });
  const [first, second] = text.element.children;
  const words = second.firstChild;
  let touched = 0;
  const observer = new MutationObserver((records) => {
    touched += records.length;
  });
  observer.observe(first, { subtree: true, childList: true, attributes: true, characterData: true });
  text.write("First. [1]\n\nSecond grows. [2]\n\nThird", marks, { growing: true });
  await Promise.resolve();
  observer.disconnect();
  assert.equal(touched, 0);
  assert.equal(text.element.children[0], first);
  assert.equal(text.element.children[1], second, "the block that grows keeps its element");
  assert.equal(second.firstChild, words, "and its text");
  assert.equal(text.element.children[2].textContent, "Third");
});

test("half a mark or half an emphasis is never shown while it streams", () => {
  const text = new AnswerText();
  const shown = (/** @type {string} */ markdown) => {
    text.write(markdown, marks, { growing: true });
    return text.element.textContent;
  };
  assert.equal(shown("It rises. ["), "It rises.");
  assert.equal(shown("It rises. [1"), "It rises.");
  assert.equal(shown("It is **ve"), "It is ve");
  assert.equal(text.element.querySelector("strong")?.textContent, "ve");
  assert.equal(shown("It is **very** `co"), "It is very co");
  assert.equal(shown("It is *"), "It is ");
});

test("what is escaped never shows its backslash while it streams", () => {
  const markdown = "A \\[1\\] b \\*x\\* \\`y\\` \\\\ z";
  for (let end = 1; end <= markdown.length; end += 1) {
    const text = new AnswerText();
    text.write(markdown.slice(0, end), marks, { growing: end < markdown.length });
    const shown = text.element.textContent ?? "";
    assert.ok("A [1] b *x* `y` \\ z".startsWith(shown.trimEnd()), `${JSON.stringify(shown)} at ${end}`);
  }
});

test("text that is taken back disappears", () => {
  const text = new AnswerText();
  text.write("One.\n\nTwo.", marks, { growing: true });
  text.write("", marks, { growing: true });
  assert.equal(text.element.childElementCount, 0);
});

test("the Markdown library is the published one, unchanged, and the note names its version", () => {
  const read = (/** @type {string} */ path) =>
    readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  for (const [copy, published] of [
    ["marked.esm.js", "lib/marked.esm.js"],
    ["LICENSE", "LICENSE"],
  ]) {
    assert.equal(read(`extension/vendor/marked/${copy}`), read(`node_modules/marked/${published}`));
  }
  const { version } = JSON.parse(read("node_modules/marked/package.json"));
  assert.ok(read("extension/vendor/THIRD_PARTY.md").includes(`| ${version} |`));
});
