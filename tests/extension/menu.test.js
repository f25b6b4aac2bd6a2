import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { createMenu, registerCommands } from "../../extension/background/menu.js";

/** @type {Array<{id: string, title: string, contexts: string[]}>} */
let entries;
/** @type {Array<[string, any]>} what was done, in order */
let done;
/** @type {(info: {menuItemId: string}, tab?: {windowId: number}) => void} */
let choose;

beforeEach(() => {
  resetStub();
  entries = [];
  done = [];
  Object.assign(stub, {
    contextMenus: {
      removeAll: (/** @type {() => void} */ then) => then(),
      create: (/** @type {(typeof entries)[0]} */ entry) => entries.push(entry),
      onClicked: {
        addListener: (/** @type {typeof choose} */ listener) => {
          choose = listener;
        },
      },
    },
    commands: { onCommand: { addListener: () => {} } },
    sidePanel: { open: (/** @type {any} */ where) => done.push(["open", where]) },
  });
  createMenu();
  registerCommands({ showPage: (page) => done.push(["show", page]), organize: () => {} });
});

test("the toolbar button's menu leads to the debug page and to what is stored about a page", () => {
  assert.deepEqual(
    entries.map(({ title, contexts }) => [title, contexts]),
    [
      ["AI History: Debug", ["action"]],
      ["AI History: What is stored here", ["action", "page"]],
    ],
  );
  choose({ menuItemId: entries[0].id });
  assert.deepEqual(stub.tabs.created, [{ url: stub.runtime.getURL("debug.html") }]);
});

test("what is stored about a page opens in the panel of its window at once", () => {
  choose({ menuItemId: entries[1].id }, { windowId: 3 });
  assert.deepEqual(done, [
    ["open", { windowId: 3 }],
    ["show", "sidepanel/stored.html"],
  ]);
  assert.equal(stub.storage.local.values.lastSidePanelPage, "sidepanel/stored.html");
});
