import "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Follower } from "../../extension/chat/follower.js";
import { putPage } from "./page_fixture.js";

const HEIGHT = 500;

putPage("<!doctype html><body></body>");
/** @type {HTMLElement} */
let area;
/** How far down the last words stand. */
let end = 0;
/** @type {boolean[]} */
let changes = [];
/** @type {Follower} */
let follower;

beforeEach(() => {
  area = document.createElement("div");
  const target = document.createElement("p");
  area.getBoundingClientRect = () => /** @type {DOMRect} */ ({ bottom: HEIGHT });
  target.getBoundingClientRect = () => /** @type {DOMRect} */ ({ bottom: end - area.scrollTop });
  end = 100;
  changes = [];
  follower = new Follower(area, (following) => changes.push(following));
  follower.begin(target, target);
});

/** @param {number} top where a person scrolls to */
function scroll(top) {
  area.scrollTop = top;
  area.dispatchEvent(new Event("scroll"));
}

/** @param {number} height */
function grow(height) {
  end += height;
  follower.grown();
}

test("nothing moves while the words still fit", () => {
  grow(300);
  assert.equal(area.scrollTop, 0);
});

test("the last words stay in view while they grow", () => {
  for (let line = 0; line < 40; line += 1) grow(20);
  assert.ok(end - area.scrollTop <= HEIGHT, `${end - area.scrollTop}`);
  assert.deepEqual(changes, []);
});

test("who has scrolled up is left where they are, until they come back", () => {
  grow(800);
  scroll(100);
  assert.deepEqual(changes, [false]);
  grow(200);
  assert.equal(area.scrollTop, 100);
  scroll(end - HEIGHT);
  assert.deepEqual(changes, [false, true]);
  const before = area.scrollTop;
  grow(60);
  assert.ok(area.scrollTop > before);
});

test("a press of the button goes to the last words and follows them again", () => {
  grow(800);
  scroll(0);
  follower.jump();
  assert.ok(end - area.scrollTop <= HEIGHT);
  assert.deepEqual(changes, [false, true]);
});

test("a page without words to follow has nothing to go to", () => {
  grow(800);
  scroll(0);
  follower.leave();
  assert.deepEqual(changes, [false, true]);
  grow(500);
  assert.equal(area.scrollTop, 0);
});
