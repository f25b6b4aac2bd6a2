import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bringIntoView } from "./debug_page_fixture.js";
import { closePage, openPage, StubResizeObserver } from "./page_fixture.js";

const { document, dom } = openPage("debug.html", {});
const { window } = dom;
after(() => closePage(dom));
/** @type {string[]} */
let jumped = [];
window.Element.prototype.scrollIntoView = /** @this {Element} */ function scrollIntoView() {
  jumped.push(this.id);
};
const { followSections } = await import("../../extension/debug/jump_links.js");
followSections();

/** @param {string} hash */
function goTo(hash) {
  window.history.replaceState(null, "", hash);
  window.dispatchEvent(new window.Event("hashchange"));
  jumped = [];
}

for (const [hash, id] of [
  ["#data", "data"],
  ["#activity", "activity"],
  ["#sql=SELECT%201", "sql"],
]) {
  test(`what fills in above ${id} does not push it away, until somebody does something`, () => {
    goTo(hash);
    StubResizeObserver.grow();
    StubResizeObserver.grow();
    assert.deepEqual(jumped, [id, id]);
    window.dispatchEvent(new window.Event("wheel"));
    StubResizeObserver.grow();
    assert.deepEqual(jumped, [id, id]);
  });
}

test("an address that names no section moves nobody", () => {
  goTo("#elsewhere");
  StubResizeObserver.grow();
  assert.deepEqual(jumped, []);
});

test("the link to what is being read is marked", () => {
  bringIntoView("data");
  assert.equal(document.querySelector('#jump [aria-current="true"]')?.getAttribute("href"), "#data");
});
