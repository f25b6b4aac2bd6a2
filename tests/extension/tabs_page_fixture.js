/** The tabs page, opened with a worker that the tests play. */

import { stub } from "./chrome_stub.js";

import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

/** @typedef {import("../../extension/shared/tabs_api.js").TabsReading} TabsReading */

export const UNTOUCHED = { pinned: 2, shared: 0, yours: 1, made: 0, internal: 0 };

/** @param {number} id */
export function tab(id) {
  return { id, url: `https://www.site${id}.example/page`, title: `Tab ${id}` };
}

/** @param {Partial<TabsReading>} [values] */
export function reading(values = {}) {
  return {
    windows: [{ id: 1, tabs: [1, 2, 3, 4, 5].map(tab), groups: [] }],
    untouched: UNTOUCHED,
    ...values,
  };
}

/** Dev gets the first two tabs, News the others but the last. @param {any} params */
export function reply({ tabs }) {
  const ids = tabs.map((/** @type {any} */ one) => one.id);
  return {
    groups: [
      {
        name: "Dev",
        color: "blue",
        category: "Dev",
        tab_ids: ids.slice(0, 2),
        reason: "They are about code.",
      },
      { name: "News", color: "purple", category: "News", tab_ids: ids.slice(2, -1), reason: "" },
    ].filter((group) => group.tab_ids.length > 0),
    ungrouped: ids.slice(-1),
    tabs: ids.map((/** @type {number} */ id) => ({
      id,
      category: id === 5 ? null : "Dev",
      confidence: id === 2 || id === 5 ? 0.55 : 0.9,
      alternatives: [],
      reason: `Reason of ${id}`,
    })),
    engine: "embedding",
    model: "m",
    took_ms: 1,
  };
}

const APPLIED = { groups: 2, tabs: 4, skipped: 0, learned: 0, unlearned: 0 };
const UNDONE = { tabs: 5, closed: 0, moved: 0, opened: 0 };
const DEFAULTS = {
  /** @type {(params: any) => any} */
  read: () => reading(),
  /** @type {import("./page_fixture.js").Answer} */
  group: reply,
  /** @type {(params: any) => any} */
  apply: () => APPLIED,
  /** @type {() => any} */
  undo: () => UNDONE,
  /** @type {any} */
  undoStep: null,
  begin: false,
};

/** What the worker answers; tests put their own in place. */
export const script = { ...DEFAULTS };

export const { document, worker, dom } = openPage("sidepanel/tabs.html", {
  "extension.state": () => READY_STATE,
  "extension.tabs.read": (params) => script.read(params),
  "extension.tabs.apply": async (params) => {
    const outcome = await script.apply(params);
    if (outcome.tabs > 0) script.undoStep = { at: 1, groups: 2, tabs: 4 };
    return outcome;
  },
  "extension.tabs.undo": async () => {
    const outcome = await script.undo();
    if (!outcome.problem) script.undoStep = null;
    return outcome;
  },
  "extension.tabs.state": () => ({ undo: script.undoStep }),
  "extension.tabs.begin": () => {
    const { begin } = script;
    script.begin = false;
    return { begin };
  },
  "extension.tabs.unlearn": () => ({}),
  "tabs.group": (params, asked) => script.group(params, asked),
  "settings.update": () => ({ settings: [] }),
});

/** @type {any[]} */
export const focusedWindows = [];
Object.assign(stub, {
  windows: {
    getCurrent: async () => ({ id: 1 }),
    update: async (/** @type {number} */ id) => focusedWindows.push(id),
  },
});
stub.storage.local.values.settings = { "tabs.group_by": "topic", "tabs.max_groups": 6 };
await import("../../extension/sidepanel/tabs.js");

/** @param {string} id @returns {HTMLElement} */
export function at(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} name @param {ParentNode} [root] @returns {HTMLButtonElement} */
export function button(name, root = document) {
  const found = [...root.querySelectorAll("button")].find(
    (one) => (one.getAttribute("aria-label") ?? one.textContent)?.trim() === name,
  );
  if (!found) throw new Error(`There is no button ${name}`);
  return found;
}

/** @param {string} label */
export function choose(label) {
  const found = [...document.querySelectorAll("label")].find((one) => one.textContent?.trim() === label);
  const input = found?.querySelector("input");
  if (!input) throw new Error(`There is no choice ${label}`);
  input.click();
}

/** @param {Element | Document} target @param {string} key @param {KeyboardEventInit} [values] */
export function press(target, key, values = {}) {
  target.dispatchEvent(
    new dom.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...values }),
  );
}

/** The groups on the page, as name and titles. @returns {Array<[string, string[]]>} */
export function groups() {
  return [...document.querySelectorAll("section.group")].map((group) => [
    group.getAttribute("aria-label") ?? "",
    [...group.querySelectorAll(".tab-title")].map((title) => title.textContent ?? ""),
  ]);
}

/** @param {number} id @returns {HTMLElement} */
export function row(id) {
  return /** @type {HTMLElement} */ (document.querySelector(`[data-tab="${id}"]`));
}

/** @param {string} selector */
export function shown(selector) {
  return document.querySelector(selector)?.closest("[hidden]") === null;
}

/** Organizes, and waits for the preview. */
export async function organize() {
  button("Organize tabs").click();
  await until(() => shown("#preview") || shown("#empty") || at("problem").childElementCount > 0);
}

/** Puts everything back as it was when the page was opened. */
export async function startOver() {
  await until(() => !shown("#progress"));
  Object.assign(script, DEFAULTS);
  worker.tell("tabs.changed", { undo: null });
  if (shown("#discard")) button("Discard").click();
  at("problem").replaceChildren();
  choose("By category");
  choose("This window");
  worker.requests = [];
}

export function finish() {
  closePage(dom);
}
