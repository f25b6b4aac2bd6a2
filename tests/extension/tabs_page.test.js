import { stub } from "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { until } from "./page_fixture.js";
import {
  at,
  button,
  choose,
  document,
  finish,
  focusedWindows,
  groups,
  organize,
  press,
  reading,
  reply,
  row,
  script,
  shown,
  startOver,
  tab,
  worker,
} from "./tabs_page_fixture.js";

after(finish);

await until(() => shown("#promises"));
const opened = {
  topic: /** @type {HTMLInputElement} */ (document.querySelector('[value="topic"]')).checked,
  most: /** @type {HTMLInputElement} */ (document.querySelector('[name="max"]')).value,
  words: at("promises").textContent ?? "",
  apply: button("Apply").disabled,
  undo: button("Undo").disabled,
};

beforeEach(startOver);

test("the page opens with what is set, says what happens, and offers nothing that cannot be done", async () => {
  assert.deepEqual({ ...opened, words: "" }, { topic: true, most: "6", words: "", apply: true, undo: true });
  assert.match(opened.words, /on this computer.*Nothing changes before you press Apply/su);
  assert.equal(stub.storage.local.values.lastSidePanelPage, "sidepanel/tabs.html");
  choose("By topic");
  await organize();
  assert.equal(worker.asked("tabs.group")[0].by, "topic");
  assert.equal(worker.asked("tabs.group")[0].max_groups, 6);
});

test("the preview names groups, tabs, sites, unsure answers, and what is not touched", async () => {
  await organize();
  assert.deepEqual(groups(), [
    ["Dev", ["Tab 1", "Tab 2"]],
    ["News", ["Tab 3", "Tab 4"]],
    ["Not grouped", ["Tab 5"]],
  ]);
  assert.match(row(1).textContent ?? "", /site1\.example/);
  assert.match(row(2).textContent ?? "", /55 % sure/);
  assert.doesNotMatch(`${row(1).textContent} ${row(5).textContent}`, /sure/);
  assert.equal(at("status").textContent, "2 groups for 4 tabs. 1 tab stays without one.");
  assert.equal(at("untouched").textContent, "Not touched: 2 pinned, 1 in groups of your own.");
  assert.equal(document.activeElement, button("Apply"));
});

test("every tab says why it is where it is, to the keyboard too", async () => {
  await organize();
  const why = button("Why is “Tab 1” here?");
  assert.equal(why.getAttribute("aria-expanded"), "false");
  why.click();
  assert.equal(why.getAttribute("aria-expanded"), "true");
  const reason = document.getElementById(why.getAttribute("aria-controls") ?? "");
  assert.equal(reason?.textContent, "Reason of 1");
  assert.equal(reason?.hidden, false);
});

test("what is shown is applied, and can be undone with a button or a key", async () => {
  await organize();
  button("Apply").click();
  await until(() => !button("Undo").disabled);
  assert.deepEqual(
    worker
      .asked("extension.tabs.apply")[0]
      .groups.map((/** @type {any} */ group) => [group.name, group.tabIds]),
    [
      ["Dev", [1, 2]],
      ["News", [3, 4]],
    ],
  );
  assert.equal(at("status").textContent, "4 tabs put into 2 groups.");
  assert.equal(shown("#preview"), false);
  assert.equal(document.activeElement, button("Undo"));
  press(document.body, "z", { ctrlKey: true });
  await until(() => button("Undo").disabled && /Undone/.test(at("status").textContent ?? ""));
  assert.equal(worker.asked("extension.tabs.undo").length, 1);
});

test("a tab is moved with the menu, and that is said and learned", async () => {
  await organize();
  button("Move “Tab 1” to…").click();
  const menu = document.querySelector('[role="menu"]');
  assert.deepEqual(
    [...(menu?.querySelectorAll('[role="menuitem"]') ?? [])].map((entry) => entry.textContent),
    ["News", "Not grouped", "New group"],
  );
  button("News", /** @type {Element} */ (menu)).click();
  assert.deepEqual(groups()[1], ["News", ["Tab 3", "Tab 4", "Tab 1"]]);
  assert.equal(at("spoken").textContent, "“Tab 1” is in News now.");
  assert.equal(document.activeElement?.textContent, "Tab 1");
  button("Apply").click();
  await until(() => worker.asked("extension.tabs.apply").length === 1);
  assert.deepEqual(worker.asked("extension.tabs.apply")[0].corrections, [
    { url: "https://www.site1.example/page", title: "Tab 1", category: "News", from: "Dev" },
  ]);
});

test("the menu is walked with arrow keys and left with Escape", async () => {
  await organize();
  const opener = button("Move “Tab 1” to…");
  opener.click();
  const menu = /** @type {HTMLElement} */ (document.querySelector('[role="menu"]'));
  assert.equal(document.activeElement?.textContent, "News");
  press(/** @type {Element} */ (document.activeElement), "ArrowUp");
  assert.equal(document.activeElement?.textContent, "New group");
  press(/** @type {Element} */ (document.activeElement), "Escape");
  assert.equal(menu.hidden, true);
  assert.equal(document.activeElement, opener);
  assert.equal(opener.getAttribute("aria-expanded"), "false");
});

test("Alt and arrow keys take a tab from group to group, arrow keys alone go from tab to tab", async () => {
  await organize();
  const title = () => /** @type {HTMLElement} */ (row(2).querySelector(".tab-title"));
  title().focus();
  press(title(), "ArrowDown", { altKey: true });
  assert.deepEqual(groups()[1]?.[1], ["Tab 3", "Tab 4", "Tab 2"]);
  press(title(), "ArrowDown", { altKey: true });
  assert.deepEqual(groups()[2]?.[1], ["Tab 2", "Tab 5"]);
  assert.equal(at("spoken").textContent, "“Tab 2” is in no group now.");
  press(title(), "ArrowUp", { altKey: true });
  assert.deepEqual(groups()[1]?.[1], ["Tab 3", "Tab 4", "Tab 2"]);
  press(title(), "ArrowUp");
  assert.equal(document.activeElement?.textContent, "Tab 4");
  press(/** @type {Element} */ (document.activeElement), "Home");
  assert.equal(document.activeElement?.textContent, "Tab 1");
  press(/** @type {Element} */ (document.activeElement), "ArrowUp");
  assert.equal(document.activeElement?.textContent, "Tab 1");
});

test("each list is one stop of the Tab key", async () => {
  await organize();
  const stops = () =>
    [...document.querySelectorAll('[data-tab] [tabindex="0"]')].map((one) => one.closest("[data-tab]"));
  assert.deepEqual(new Set(stops()), new Set([row(1), row(3), row(5)]));
  /** @type {HTMLElement} */ (row(2).querySelector("button")).focus();
  assert.deepEqual(new Set(stops()), new Set([row(2), row(3), row(5)]));
});

test("a tab that is dragged over a group is dropped into it", async () => {
  await organize();
  const { Event } = /** @type {any} */ (document.defaultView);
  /** @type {Record<string, string>} */
  const carried = {};
  const dataTransfer = {
    get types() {
      return Object.keys(carried);
    },
    setData: (/** @type {string} */ type, /** @type {string} */ value) => {
      carried[type] = value;
    },
    getData: (/** @type {string} */ type) => carried[type] ?? "",
  };
  const fire = (/** @type {Element} */ target, /** @type {string} */ type) => {
    const event = Object.assign(new Event(type, { bubbles: true, cancelable: true }), { dataTransfer });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  };
  const news = /** @type {Element} */ (document.querySelector('[aria-label="News"]'));
  fire(row(5), "dragstart");
  assert.equal(fire(news, "dragover"), true);
  assert.ok(news.classList.contains("over"));
  fire(news, "drop");
  assert.deepEqual(groups()[1], ["News", ["Tab 3", "Tab 4", "Tab 5"]]);
  assert.ok(!news.classList.contains("over"));
});

test("a new group is named at once, and names and colours can be changed", async () => {
  await organize();
  button("Move “Tab 5” to…").click();
  button("New group").click();
  const input = /** @type {HTMLInputElement} */ (document.activeElement);
  assert.equal(input.value, "New group");
  input.value = "Mine";
  input.dispatchEvent(new Event("change", { bubbles: true }));
  const colour = /** @type {HTMLSelectElement} */ (document.querySelector('[aria-label="Colour of Dev"]'));
  colour.value = "pink";
  colour.dispatchEvent(new Event("change", { bubbles: true }));
  button("Apply").click();
  await until(() => worker.asked("extension.tabs.apply").length === 1);
  assert.deepEqual(
    worker
      .asked("extension.tabs.apply")[0]
      .groups.map((/** @type {any} */ group) => [group.name, group.color]),
    [
      ["Dev", "pink"],
      ["News", "purple"],
      ["Mine", "red"],
    ],
  );
});

test("a group can be left out, and the key for undo brings it back before anything is applied", async () => {
  await organize();
  button("Leave out the group Dev").click();
  assert.deepEqual(groups()[1], ["Not grouped", ["Tab 1", "Tab 2", "Tab 5"]]);
  press(document.body, "z", { metaKey: true });
  assert.deepEqual(groups()[0], ["Dev", ["Tab 1", "Tab 2"]]);
  assert.deepEqual(worker.asked("extension.tabs.undo"), []);
});

test("undo in a text field is the field's own", async () => {
  script.undoStep = { at: 1, groups: 1, tabs: 2 };
  worker.tell("tabs.changed", { undo: script.undoStep });
  await organize();
  press(/** @type {Element} */ (document.querySelector(".group-name")), "z", { ctrlKey: true });
  assert.deepEqual(worker.asked("extension.tabs.undo"), []);
});

test("each window is asked about by itself, the one in front first", async () => {
  script.read = () =>
    reading({
      windows: [
        { id: 9, tabs: [11, 12, 13].map(tab), groups: [] },
        { id: 1, tabs: [1, 2, 3].map(tab), groups: [] },
      ],
    });
  choose("All windows");
  await organize();
  assert.equal(worker.asked("extension.tabs.read")[0].scope, "all");
  assert.deepEqual(
    worker.asked("tabs.group").map((params) => params.tabs[0].id),
    [1, 11],
  );
  assert.deepEqual(
    [...document.querySelectorAll(".window-name")].map((name) => name.textContent),
    ["This window", "Window 2"],
  );
});

test("asking can be taken back, and nothing is changed", async () => {
  let cancelled = false;
  script.group = (_, asked) => asked.cancelled.then(() => (cancelled = true));
  button("Organize tabs").click();
  await until(() => worker.asked("tabs.group").length === 1);
  assert.match(at("progress-words").textContent ?? "", /Sorting 5 tabs/);
  assert.equal(button("Apply").disabled, true);
  button("Cancel").click();
  await until(() => /Nothing was changed/.test(at("status").textContent ?? ""));
  await until(() => cancelled);
  assert.equal(shown("#preview"), false);
});

test("a model that is still loading is waited for, and that is said", async () => {
  let asked = 0;
  script.group = (params) => {
    asked += 1;
    if (asked === 1) throw { message: "loading", kind: "model_loading" };
    assert.match(at("progress-words").textContent ?? "", /model is loading/);
    assert.ok(params.wait_ms > 0);
    return reply(params);
  };
  await organize();
  assert.equal(asked, 2);
  assert.equal(groups().length, 3);
});

test("without a host or a model plain rules answer, and that is said with what to do", async () => {
  script.read = () => {
    const tabs = [1, 2].map((id) => ({ ...tab(id), url: `https://github.com/${id}` }));
    return reading({ windows: [{ id: 1, tabs, groups: [] }] });
  };
  script.group = () => {
    throw { message: "There is no model.", kind: "model_unavailable", fix: "Get one." };
  };
  await organize();
  assert.deepEqual(groups()[0], ["Dev", ["Tab 1", "Tab 2"]]);
  assert.match(at("problem").textContent ?? "", /plain rules.*There is no model\. Get one\./su);
  assert.equal(button("Apply").disabled, false);
});

test("what goes wrong is said with what to do, and can be tried again", async () => {
  script.group = () => {
    throw { message: "The model broke.", kind: "too_large", fix: "Try another one." };
  };
  await organize();
  assert.equal(
    document.querySelector("#problem [role=alert]")?.textContent?.includes("The model broke."),
    true,
  );
  script.group = reply;
  button("Try again").click();
  await until(() => shown("#preview"));
  assert.equal(at("problem").childElementCount, 0);
});

test("while many tabs are put into groups the page says how far it is", async () => {
  /** @type {(outcome: any) => void} */
  let finishApplying = () => {};
  script.apply = () =>
    new Promise((resolve) => {
      finishApplying = resolve;
    });
  await organize();
  button("Apply").click();
  await until(() => worker.asked("extension.tabs.apply").length === 1);
  worker.tell("tabs.progress", { done: 2, total: 4 });
  assert.equal(at("progress-words").textContent, "2 of 4 tabs are in their groups…");
  assert.equal(button("Apply").disabled, true);
  finishApplying({ groups: 2, tabs: 4, skipped: 0, learned: 0, unlearned: 0 });
  await until(() => shown("#after"));
  assert.equal(shown("#progress"), false);
});

test("groups that could only be made in part are said, with a way back", async () => {
  script.apply = () => ({
    groups: 1,
    tabs: 2,
    skipped: 1,
    learned: 1,
    unlearned: 1,
    problem: { message: "The browser does not allow changes.", fix: "Let go of the tab." },
  });
  await organize();
  button("Apply").click();
  await until(() => at("problem").childElementCount === 1);
  assert.match(at("problem").textContent ?? "", /Let go of the tab/);
  assert.match(
    at("status").textContent ?? "",
    /2 tabs put into 1 group\. 1 tab left alone.*Learned from 1 move.*Not learned from 1 move/,
  );
  button("Undo what was done").click();
  await until(() => worker.asked("extension.tabs.undo").length === 1);
});

test("what happened to tabs since then is said after an undo", async () => {
  script.undo = () => ({ tabs: 3, closed: 1, moved: 2, opened: 1 });
  script.undoStep = { at: 1, groups: 1, tabs: 2 };
  worker.tell("tabs.changed", { undo: script.undoStep });
  button("Undo").click();
  await until(() => /closed since/.test(at("status").textContent ?? ""));
  assert.match(
    at("status").textContent ?? "",
    /3 tabs are where they were\. 1 tab closed since then stays closed\. 2 tabs .*stay there\. 1 tab opened/,
  );
});

test("when there is nothing to organize the page says why", async () => {
  const none = { pinned: 0, shared: 0, yours: 0, made: 0, internal: 0 };
  const say = async (/** @type {any} */ found) => {
    script.read = () => found;
    await organize();
    return at("empty").textContent ?? "";
  };
  const one = reading({ windows: [{ id: 1, tabs: [tab(1)], groups: [] }], untouched: none });
  assert.match(await say(one), /only one tab/);
  const made = { ...none, made: 4 };
  assert.match(
    await say(reading({ windows: [{ id: 1, tabs: [], groups: [] }], untouched: made })),
    /in order already/,
  );
  const nothing = reading({ windows: [{ id: 1, tabs: [], groups: [] }], untouched: none });
  assert.match(await say(nothing), /no tabs to organize/);
  choose("Selected");
  assert.match(await say(one), /Select more tabs/);
  assert.deepEqual(worker.asked("tabs.group"), []);
});

test("when nothing is sure enough, groups can still be made by hand", async () => {
  script.group = (params) => ({ ...reply(params), groups: [] });
  await organize();
  await until(() => shown("#preview"));
  assert.match(at("empty").textContent ?? "", /Nothing is sure enough/);
  assert.equal(button("Apply").disabled, true);
  button("Move “Tab 3” to…").click();
  button("New group").click();
  assert.equal(button("Apply").disabled, false);
});

test("what was learned from the tab strip is said, and can be taken back", async () => {
  worker.tell("tabs.learned", { token: "t1", title: "A page", category: "Dev", from: "News" });
  assert.match(at("learned").textContent ?? "", /Learned: “A page” belongs in Dev/);
  button("Take it back").click();
  await until(() => worker.asked("extension.tabs.unlearn").length === 1);
  assert.deepEqual(worker.asked("extension.tabs.unlearn"), [{ tokens: ["t1"] }]);
  await until(() => at("learned").childElementCount === 0);
});

test("a key combination begins at once", async () => {
  script.begin = true;
  worker.tell("tabs.begin", { windowId: 1 });
  await until(() => shown("#preview"));
  assert.equal(worker.asked("tabs.group").length, 1);
});

test("what is chosen is kept: by the host what is set, by the browser the rest", async () => {
  choose("By topic");
  choose("All windows");
  await until(() => stub.storage.local.values.tabChoices?.scope === "all");
  assert.deepEqual(worker.asked("settings.update"), [{ values: { "tabs.group_by": "topic" } }]);
});

test("a tab is shown when its title is pressed, in whatever window it is", async () => {
  stub.tabs.update = async (id, options) => {
    stub.tabs.updated.push({ id, ...options });
    return { id, windowId: 4 };
  };
  await organize();
  /** @type {HTMLElement} */ (row(3).querySelector(".tab-title")).click();
  await until(() => focusedWindows.length === 1);
  assert.deepEqual(stub.tabs.updated.at(-1), { id: 3, active: true });
  assert.deepEqual(focusedWindows, [4]);
});
