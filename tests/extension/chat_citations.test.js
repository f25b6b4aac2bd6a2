import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  answerOf,
  ask,
  citation,
  document,
  dom,
  finish,
  press,
  QUOTE,
  reply,
  script,
  source,
  startOver,
} from "./chat_page_fixture.js";
import { until } from "./page_fixture.js";

after(finish);

const popover = /** @type {HTMLElement} */ (document.querySelector("#source-popover"));
const mark = (/** @type {HTMLElement} */ exchange) =>
  /** @type {HTMLAnchorElement} */ (answerOf(exchange).querySelector(".citation"));

/** @param {HTMLElement} target @param {object} [options] */
function click(target, options = {}) {
  target.dispatchEvent(new dom.window.MouseEvent("click", { bubbles: true, cancelable: true, ...options }));
}

const watching = () => stub.tabs.onRemoved.listeners.length;

/** The tab that was just opened has loaded. @param {number} id */
async function loaded(id) {
  await until(() => watching() === 1);
  await stub.tabs.onUpdated.fire(id, { status: "complete" }, { id });
}

/** The tabs that were opened are closed before they have loaded. @param {number[]} ids */
async function closed(...ids) {
  await until(() => watching() === ids.length);
  for (const id of ids) await stub.tabs.onRemoved.fire(id);
  assert.equal(watching(), 0, "nothing is watched for ever");
}

test("focus on a citation shows the stored passage with its quote, title and day; Escape closes it", async () => {
  await startOver();
  const exchange = await ask("How warm?");
  mark(exchange).focus();
  assert.equal(popover.hidden, false);
  assert.equal(popover.getAttribute("role"), "tooltip");
  assert.equal(mark(exchange).getAttribute("aria-describedby"), popover.id);
  assert.equal(popover.querySelector("mark")?.textContent, QUOTE);
  assert.match(popover.textContent ?? "", /Page 1.*example\.com · read on .*2026.*Keep it warm\./su);
  assert.match(popover.textContent ?? "", /The live page may have changed; this is what you read\./);
  press(mark(exchange), "Escape");
  assert.equal(popover.hidden, true);
  assert.equal(mark(exchange).hasAttribute("aria-describedby"), false);
});

test("a citation that cannot be followed is a button that shows the stored passage", async () => {
  await startOver();
  const local = { url: "file:///notes.html", link: "file:///notes.html#:~:text=At" };
  script.ask = () => reply({ citations: [{ ...citation(1), ...local }], sources: [source(1, local)] });
  const exchange = await ask("How warm?");
  assert.equal(mark(exchange).localName, "button");
  assert.equal(mark(exchange).getAttribute("aria-label"), "Source 1: Page 1");
  click(mark(exchange));
  assert.equal(popover.hidden, false);
  assert.equal(popover.querySelector("mark")?.textContent, QUOTE);
  assert.deepEqual([stub.tabs.created, stub.tabs.updated], [[], []]);
  press(mark(exchange), "Escape");
});

test("the pointer opens it, may move into it, and closes it by leaving", async () => {
  await startOver();
  const exchange = await ask("How warm?");
  const fire = (/** @type {Element} */ target, /** @type {string} */ name) =>
    target.dispatchEvent(new dom.window.Event(name, { bubbles: true }));
  fire(mark(exchange), "pointerover");
  await until(() => !popover.hidden);
  fire(mark(exchange), "pointerout");
  fire(popover, "pointerenter");
  fire(popover, "pointerleave");
  await until(() => popover.hidden);
});

test("a long passage is cut around its quote, and stands whole below the source", async () => {
  await startOver();
  const passage = `${"Before it. ".repeat(100)}${QUOTE}${" After it.".repeat(100)}`;
  script.ask = () => reply({ sources: [source(1, { passage })] });
  const exchange = await ask("How warm?");
  mark(exchange).focus();
  const shown = popover.querySelector("blockquote")?.textContent ?? "";
  assert.equal(popover.querySelector("mark")?.textContent, QUOTE);
  assert.ok(shown.length < 700, String(shown.length));
  assert.match(shown, /^… .* …$/su);
  assert.equal(exchange.querySelector(".stored blockquote")?.textContent, passage);
  press(mark(exchange), "Escape");
});

test("from the panel a citation opens at its passage in the tab beside it, with Ctrl in another one", async () => {
  await startOver();
  const exchange = await ask("How warm?");
  click(mark(exchange));
  await until(() => stub.tabs.updated.length === 1);
  assert.deepEqual(stub.tabs.updated[0], { id: 3, url: "https://example.com/1#:~:text=At%2018" });
  click(mark(exchange), { ctrlKey: true });
  await until(() => stub.tabs.created.length === 1);
  assert.equal(stub.tabs.created[0].active, false);
  await closed(3, 1001);
});

test("from a tab a source opens in another tab, and the conversation stays", async () => {
  await startOver();
  stub.tabs.current = { id: 9 };
  const exchange = await ask("How warm?");
  click(/** @type {HTMLElement} */ (exchange.querySelector(".source-title")));
  await until(() => stub.tabs.created.length === 1);
  assert.deepEqual(stub.tabs.created, [{ url: "https://example.com/1#:~:text=At%2018", active: true }]);
  assert.deepEqual(stub.tabs.updated, []);
  await closed(1001);
});

test("a live page that answers 404, or not at all, is said to be gone, with what was stored", async () => {
  for (const [read, words] of /** @type {Array<[() => any, RegExp]>} */ ([
    [() => 404, /The live page is gone/],
    [
      () => {
        throw new Error("Frame with ID 0 is showing error page");
      },
      /The live page could not be opened/,
    ],
  ])) {
    await startOver();
    stub.scripting.read = read;
    const exchange = await ask("How warm?");
    click(mark(exchange));
    await loaded(3);
    const note = /** @type {HTMLElement} */ (exchange.querySelector(".source-note"));
    await until(() => !note.hidden);
    assert.match(note.textContent ?? "", words);
    assert.equal(/** @type {HTMLDetailsElement} */ (exchange.querySelector(".stored")).open, true);
    mark(exchange).focus();
    assert.match(popover.querySelector(".popover-note")?.textContent ?? "", words);
    press(mark(exchange), "Escape");
  }
});

test("a live page that is there, or that cannot be looked at, is not said to be gone", async () => {
  for (const read of [
    () => 200,
    () => {
      throw new Error("Cannot access contents of the page");
    },
  ]) {
    await startOver();
    let looked = false;
    stub.scripting.read = () => {
      looked = true;
      return read();
    };
    const exchange = await ask("How warm?");
    click(mark(exchange));
    await loaded(3);
    await until(() => looked);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(/** @type {HTMLElement} */ (exchange.querySelector(".source-note")).hidden, true);
  }
});
