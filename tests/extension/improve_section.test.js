import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, mock, test } from "node:test";
import { deployment, ImprovementHost, languageModel } from "./improvement_fixture.js";
import { model } from "./models_fixture.js";
import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

const host = new ImprovementHost();
const { document, worker, dom } = openPage("options.html", host.answers());
after(() => closePage(dom));
await import("../../extension/options.js");

const section = /** @type {HTMLElement} */ (document.getElementById("improve"));
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const text = (/** @type {string} */ id) => byId(id).textContent?.replace(/\s+/g, " ").trim() ?? "";
const shown = (/** @type {string} */ id) => !byId(id).closest("[hidden]");
const hindered = (/** @type {string} */ id) => byId(id).getAttribute("aria-disabled") === "true";
const status = () => /** @type {HTMLElement} */ (section.querySelector(".improve-job [role=status]"));
const bar = () => /** @type {HTMLProgressElement} */ (section.querySelector("progress"));
const progressShown = () => !bar().closest("[hidden]");
const progressText = () => section.querySelector('[data-part="progress-text"]')?.textContent;
const rows = () =>
  [...byId("improve-deployments").children].map((row) =>
    [...row.querySelectorAll("[data-part]:not([hidden])")].map((each) => each.textContent),
  );

/** The page meets a host that has just come. @param {Partial<ImprovementHost>} [values] */
async function open(values = {}) {
  const rest = { job: { state: "none" }, hindrance: null, deployments: [], models: [languageModel("small")] };
  Object.assign(host, rest, values);
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  worker.requests = [];
  worker.tell("extension.changed", READY_STATE);
  await until(() => worker.asked("models.recommend").length > 0 || worker.asked("models.list").length > 0);
  await until(() => worker.asked("finetune.deployments").length === 1);
  await until(() => byId("improve-notice").hidden);
}

beforeEach(() => {
  host.errors = {};
});

test("a training is asked for, waits for an idle computer, and is called off", async () => {
  await open();
  assert.equal(shown("improve-job"), false);
  assert.equal(shown("improve-choice"), false, "one model is no choice");
  byId("improve-start").focus();
  byId("improve-start").click();
  await until(() => shown("improve-cancel"));
  assert.deepEqual(worker.asked("finetune.improve"), [{ model: "small", now: false }]);
  assert.match(status().textContent ?? "", /Waiting\s+It waits until the computer is idle\./);
  assert.equal(document.activeElement, byId("improve-cancel"));
  assert.deepEqual([shown("improve-start"), shown("improve-now"), progressShown()], [false, true, false]);
  byId("improve-cancel").click();
  await until(() => shown("improve-start"));
  assert.match(status().textContent ?? "", /Cancelled\s+What was done is kept\./);
  assert.equal(document.activeElement, byId("improve-start"));
});

test("who does not want to wait begins at once, at rest and while it waits", async () => {
  await open();
  byId("improve-now").click();
  await until(() => worker.asked("finetune.improve").length === 1);
  assert.deepEqual(worker.asked("finetune.improve")[0], { model: "small", now: true });
  await until(() => progressShown());
  assert.equal(shown("improve-now"), false);

  await open({ job: { state: "waiting", text: "The plug is out." } });
  await until(() => shown("improve-cancel") && shown("improve-now"));
  byId("improve-now").click();
  await until(() => worker.asked("finetune.improve").length === 1);
  assert.equal(worker.asked("finetune.improve")[0].now, true);
});

test("what has been trained for a while is thrown away only after a question", async () => {
  await open({ job: { state: "running", stage: "train", share: 0.9, text: "It is being trained." } });
  await until(progressShown);
  byId("improve-cancel").click();
  assert.equal(document.activeElement, byId("improve-cancel-no"));
  byId("improve-cancel-no").click();
  await until(() => !shown("improve-cancel-confirm"));
  assert.equal(document.activeElement, byId("improve-cancel"));
  assert.deepEqual(worker.asked("finetune.cancel"), []);
  byId("improve-cancel").click();
  await until(() => shown("improve-cancel-confirm"));
  byId("improve-cancel-yes").click();
  await until(() => shown("improve-start"));
  assert.equal(worker.asked("finetune.cancel").length, 1);
  assert.equal(shown("improve-cancel-confirm"), false);
  assert.equal(document.activeElement, byId("improve-start"));
});

test("the smallest of several language models is proposed, and another can be chosen", async () => {
  await open({
    models: [
      languageModel("large", { size: 900 }),
      languageModel("small", { size: 100 }),
      languageModel("trained", { size: 90, only_for: ["categories"] }),
      languageModel("adapter", { size: 10, base: "small" }),
      languageModel("absent", { size: 10, state: "available" }),
      model("embedder", { state: "installed" }),
    ],
    deployments: [deployment("1")],
  });
  await until(() => shown("improve-choice"));
  const select = /** @type {HTMLSelectElement} */ (byId("improve-model"));
  assert.deepEqual(
    [...select.options].map((option) => option.text),
    ["The small", "The large"],
  );
  select.value = "large";
  byId("improve-start").click();
  await until(() => worker.asked("finetune.improve").length === 1);
  assert.equal(worker.asked("finetune.improve")[0].model, "large");
});

test("without a language model nothing can begin, and the page says why", async () => {
  await open({ models: [model("embedder", { state: "installed" })] });
  await until(() => hindered("improve-start"));
  assert.match(text("improve-hint"), /No language model is installed.*under Models/);
  assert.equal(byId("improve-start").getAttribute("aria-describedby"), "improve-hint");
  byId("improve-start").click();
  byId("improve-now").click();
  assert.deepEqual(worker.asked("finetune.improve"), []);
});

test("too few corrections are named as the reason, and enough of them by their number", async () => {
  await open({ hindrance: "There are 3 corrections to learn from so far; 20 are needed." });
  await until(() => hindered("improve-start") && hindered("improve-now"));
  assert.equal(text("improve-hint"), "There are 3 corrections to learn from so far; 20 are needed.");
  await open({ job: { state: "none", text: "There are 42 corrections to learn from." } });
  await until(() => !hindered("improve-start"));
  assert.match(text("improve-hint"), /^There are 42 corrections to learn from\. It begins once/);
});

test("a running training tells its stage, how far it is and how long it takes", async () => {
  await open({ job: { state: "running", stage: "train", share: 0.426, remaining_s: 1500 } });
  await until(progressShown);
  assert.equal(bar().value, 0.426);
  assert.equal(bar().getAttribute("aria-label"), "Improving the categorizer");
  assert.match(progressText() ?? "", /^Training · 43 % · about 25 min left$/);
  assert.equal(shown("improve-now"), false, "it has begun");

  await open({ job: { state: "running", stage: null, share: null } });
  await until(() => progressText() === "Beginning");
  assert.equal(bar().hasAttribute("value"), false);

  await open({ job: { state: "paused", share: 0.5, text: "You are back." } });
  await until(() => progressText() === "50 % is done");
  assert.match(status().textContent ?? "", /Paused\s+You are back\./);
  assert.ok(shown("improve-now") && shown("improve-cancel"));
});

test("a progress is followed without being read out again and again", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    host.job = { state: "running", stage: "train", share: 0.1 };
    worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
    worker.tell("extension.changed", READY_STATE);
    await settle(() => bar().value === 0.1);
    const region = status().firstElementChild?.firstChild;
    host.job = { state: "running", stage: "train", share: 0.2 };
    mock.timers.tick(2000);
    await settle(() => bar().value === 0.2);
    assert.equal(status().firstElementChild?.firstChild, region, "the live region was left alone");

    host.job = { state: "refused", text: "It differs by no more than chance." };
    mock.timers.tick(2000);
    await settle(() => /no more than chance/.test(status().textContent ?? ""));
    worker.requests = [];
    mock.timers.tick(60_000);
    await settle(() => true);
    assert.deepEqual(worker.asked("finetune.state"), [], "what has ended is not asked for again");
  } finally {
    mock.timers.reset();
  }
});

test("a page that is out of sight asks nothing", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const look = (/** @type {string} */ visibility) => {
    Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
    document.dispatchEvent(new dom.window.Event("visibilitychange"));
  };
  try {
    host.job = { state: "waiting", text: "The plug is out." };
    worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
    worker.tell("extension.changed", READY_STATE);
    await settle(() => shown("improve-cancel") && /plug/.test(status().textContent ?? ""));
    look("hidden");
    worker.requests = [];
    mock.timers.tick(60_000);
    await settle(() => true);
    assert.deepEqual(worker.asked("finetune.state"), []);
    host.job = { state: "running", share: 0.3 };
    look("visible");
    await settle(() => progressShown() && bar().value === 0.3);
  } finally {
    mock.timers.reset();
    look("visible");
  }
});

for (const [state, words] of /** @type {const} */ ([
  ["deployed", /It is better, and is used now\s+Its macro-F1 is 12\.5 points higher\./],
  ["refused", /Everything stays as it was\s+Its macro-F1 is 12\.5 points higher\./],
  ["failed", /It could not be done, and everything stays as it was/],
])) {
  test(`the end of a training is told with its figures: ${state}`, async () => {
    await open({
      job: {
        state,
        text: "Its macro-F1 is 12.5 points higher.",
        report: "/data/report.md",
        ended_at: Date.UTC(2024, 2, 1),
      },
    });
    await until(() => words.test(status().textContent ?? ""));
    assert.match(
      section.querySelector('[data-part="ended"]')?.textContent ?? "",
      /2024 · Report: \/data\/report\.md/,
    );
    assert.equal(progressShown(), false);
    assert.ok(shown("improve-start") && !shown("improve-cancel"));
  });
}

test("a model that is better and too slow is not called no better", async () => {
  await open({
    job: { state: "refused", text: "It is better, but needs 80 ms a tab; 50 ms are allowed." },
  });
  await until(() => /needs 80 ms a tab/.test(status().textContent ?? ""));
  assert.match(status().textContent ?? "", /Everything stays as it was/);
  assert.doesNotMatch(status().textContent ?? "", /no better/);
});

test("what was trained is listed, and the former categorizer can be had back", async () => {
  await open({
    deployments: [
      deployment("2", {
        in_use: true,
        text: "small-tabs-2 puts tabs into categories now.",
        figures: { macro_f1: 0.7134, gain: { difference: 0.125 }, p95_ms: 31.4 },
      }),
      deployment("1"),
    ],
  });
  await until(() => rows().length === 2);
  assert.deepEqual(rows()[0].slice(0, 4), [
    "small-tabs-2",
    "In use",
    "small-tabs-2 puts tabs into categories now.",
    "Macro-F1 71.3 % · 12.5 points better than before · 31 ms a tab",
  ]);
  assert.deepEqual(rows()[1].slice(0, 2), ["small-tabs-1", "small-tabs-1 was in use."]);
  assert.match(text("improve-back-about"), /stays installed/);
  const read = worker.asked("models.list").length;
  byId("improve-roll-back").click();
  await until(() => !shown("improve-back"));
  await until(() => worker.asked("models.list").length > read);
  assert.equal(text("saved"), "small-tabs-2 is not used any more.");
  assert.equal(document.activeElement, byId("improve-title"));
  assert.equal(rows()[0][1], "small-tabs-2 was taken back.");
});

test("where nothing was trained yet there is no list", async () => {
  await open();
  assert.equal(shown("improve-history"), false);
});

test("what could not be begun is said with its remedy, and can be tried again", async () => {
  await open();
  host.errors["finetune.improve"] = {
    message: "What training needs is not installed.",
    fix: "Install the extra finetune.",
  };
  byId("improve-start").click();
  await until(
    () => text("improve-notice") === "What training needs is not installed. Install the extra finetune.",
  );
  assert.ok(shown("improve-start") && !hindered("improve-start"));
  host.errors = {};
  byId("improve-start").click();
  await until(() => shown("improve-cancel"));
  assert.equal(shown("improve-notice"), false);
});

test("with the host away the section says so, and nothing can be begun until it is back", async () => {
  await open();
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  await until(() => text("improve-notice") === "This can be done when AI History is back.");
  assert.equal(hindered("improve-start"), true);
  worker.tell("extension.changed", READY_STATE);
  await until(() => !shown("improve-notice") && !hindered("improve-start"));
});

test("an older host is named as the reason, and an error of reading can be tried again", async () => {
  await open();
  host.errors["finetune.state"] = { message: "Unknown method.", kind: "method_not_found" };
  worker.tell("extension.changed", { ...READY_STATE, host: { name: "down" } });
  worker.tell("extension.changed", READY_STATE);
  await until(() => /older than this extension/.test(text("improve-notice")));
  host.errors = {};
  byId("improve-notice").querySelector("button")?.click();
  await until(() => !shown("improve-notice"));
});

/** Waits for what promises bring, while the clock stands. @param {() => unknown} condition */
async function settle(condition) {
  for (let turn = 0; turn < 50 || !condition(); turn++) {
    if (turn > 500) throw new Error(`Still waiting for: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
