import "./chrome_stub.js";

import assert from "node:assert/strict";
import { test } from "node:test";
import { viewModel } from "../../extension/models/model_view.js";
import {
  canDo,
  changeText,
  languageText,
  modelFacts,
  transferText,
} from "../../extension/models/model_words.js";
import { byteText, spanText } from "../../extension/shared/sizes.js";
import { model } from "./models_fixture.js";

test("sizes have the unit and the figures that are easy to read", () => {
  const kilobyte = 1024;
  assert.deepEqual(
    [
      0,
      200 * kilobyte,
      1.5 * kilobyte ** 2,
      87 * kilobyte ** 2,
      1010 * kilobyte ** 2,
      16 * kilobyte ** 3,
    ].map(byteText),
    ["0 kB", "200 kB", "1.5 MB", "87 MB", "1 GB", "16 GB"],
  );
});

test("remaining time is no more exact than it can be known", () => {
  assert.deepEqual([0, 1, 41, 56, 600, 5399, 7200].map(spanText), [
    "5 sec",
    "5 sec",
    "45 sec",
    "1 min",
    "10 min",
    "90 min",
    "2 hr",
  ]);
});

test("a model that was trained for one job is not offered for another", () => {
  const trained = model("sorter", { type: "instruction", only_for: ["categories"] });
  const general = model("talker", { type: "instruction", only_for: [] });
  assert.deepEqual([canDo(trained, "categories"), canDo(trained, "chat")], [true, false]);
  assert.deepEqual([canDo(general, "categories"), canDo(general, "chat")], [true, true]);
});

test("few languages are named, many are counted", () => {
  assert.equal(languageText(["en"]), "English");
  assert.equal(languageText(["de", "en", "fr"]), "German, English, French");
  assert.equal(languageText(["de", "en", "es", "fr"]), "4 languages");
  assert.equal(languageText(["mul"]), "Many languages");
});

test("a download says what it waits for, in place of a rate that means nothing then", () => {
  const transfer = { done: 1024 ** 2, total: 4 * 1024 ** 2, rate: 1024 ** 2, remaining_s: 3 };
  assert.equal(transferText(transfer), "1 MB of 4 MB · 1 MB/s · 5 sec left");
  assert.equal(transferText({ ...transfer, note: "next try in 8 s" }), "1 MB of 4 MB · next try in 8 s");
  assert.equal(transferText({ done: 1024 ** 2, total: 0 }), "1 MB");
  assert.equal(transferText(null), "Starting…");
});

test("where a model computes is said with the layers that really are there", () => {
  const values = { state: /** @type {const} */ ("ready"), device: "cuda", layers: 24, layers_on_device: 20 };
  assert.ok(modelFacts(model("m", values)).includes("on the graphics card (20 of 24 layers)"));
  assert.ok(
    modelFacts(model("m", { ...values, device: "cpu", layers_on_device: 0 })).includes("on the processor"),
  );
});

test("only what a person waits for is read out", () => {
  const states = /** @type {const} */ ([
    "available",
    "downloading",
    "installed",
    "loading",
    "ready",
    "failed",
  ]);
  /** @type {Array<[string, string]>} */
  const told = [];
  for (const from of states) {
    for (const to of states) {
      const text = changeText(model("m", { state: from }), model("m", { state: to }));
      if (text) told.push([`${from} ${to}`, text]);
    }
  }
  const news = Object.fromEntries(told);
  assert.equal(news["downloading installed"], "m is installed.");
  assert.equal(news["downloading available"], "The download of m has stopped. What came is kept.");
  assert.equal(news["loading ready"], "m is in memory.");
  assert.equal(news["loading failed"], "m could not be loaded.");
  assert.equal(news["ready installed"], "m was taken out of memory.");
  for (const quiet of ["available downloading", "installed loading", "loading installed", "ready ready"]) {
    assert.equal(news[quiet], undefined, quiet);
  }
});

test("a model of the user's own is not promised to come back after its removal", async () => {
  const { removalQuestion } = await import("../../extension/models/model_view.js");
  assert.doesNotMatch(
    removalQuestion(model("own", { added: true, state: "installed" }), "5 MB"),
    /downloaded again/,
  );
});

test("every state offers a way on, except for code that a browser never allows", () => {
  const states = /** @type {const} */ ([
    "available",
    "downloading",
    "installed",
    "damaged",
    "loading",
    "ready",
    "failed",
  ]);
  for (const state of states) {
    const { actions } = viewModel({ model: model("m", { state }) });
    assert.ok(actions.length > 0, state);
    const spoken = actions.map((action) => action.spoken);
    assert.equal(new Set(spoken).size, spoken.length);
    for (const action of actions) {
      assert.ok(action.spoken.includes(action.label) && action.spoken.includes("m"), action.spoken);
    }
  }
  assert.deepEqual(viewModel({ model: model("m", { remote_code: "owner/code" }) }).actions, []);
});
