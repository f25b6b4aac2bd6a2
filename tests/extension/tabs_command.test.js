import { resetStub, stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { registerCommands } from "../../extension/background/menu.js";

/** @type {Array<[string, any]>} what was done, in order */
let done;
/** @type {(command: string, tab?: any) => void} */
let press;

beforeEach(() => {
  resetStub();
  done = [];
  Object.assign(stub, {
    contextMenus: { onClicked: { addListener: () => {} } },
    commands: {
      onCommand: {
        addListener: (/** @type {typeof press} */ listener) => {
          press = listener;
        },
      },
    },
    sidePanel: { open: (/** @type {any} */ where) => done.push(["open", where]) },
  });
  registerCommands({
    showPage: (page) => done.push(["show", page]),
    organize: (windowId) => done.push(["organize", windowId]),
  });
});

test("the key combination opens the tabs page of its window at once, and begins there", () => {
  press("organize-tabs", { windowId: 7 });
  // Nothing was waited for: opening the panel would not be allowed any more.
  assert.deepEqual(done, [
    ["open", { windowId: 7 }],
    ["show", "sidepanel/tabs.html"],
    ["organize", 7],
  ]);
  assert.equal(stub.storage.local.values.lastSidePanelPage, "sidepanel/tabs.html");
});

test("other commands, and a key that is pressed without a tab, begin nothing", () => {
  press("_execute_action", { windowId: 7 });
  press("organize-tabs");
  assert.deepEqual(done, []);
});
