import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { saysTheSame } from "../../extension/sidepanel/summary_view.js";
import { result, until } from "./page_fixture.js";
import { document, finish, list, reply, script, startOver, type, worker } from "./search_page_fixture.js";

const SUMMARY = "Green tea is made from leaves that were not withered.";

beforeEach(() => {
  startOver();
  worker.answers["summaries.create"] = () => ({ summary: SUMMARY, model: "small" });
});
after(finish);

/** @param {Partial<import("../../extension/shared/api.js").SearchResult>} values */
async function shown(values) {
  script.answer = () => reply([result(1, values)]);
  type(`tea ${Math.random()}`);
  await until(() => list.querySelector(".result"));
  await until(() => worker.asked("search.query").some((params) => params.mode === "hybrid-rerank"));
  await new Promise((resolve) => setImmediate(resolve));
  const row = /** @type {HTMLElement} */ (list.querySelector(".result"));
  return {
    row,
    summary: /** @type {HTMLDetailsElement} */ (row.querySelector('[data-part="summary"]')),
    text: () => row.querySelector('[data-part="summary-text"]')?.textContent,
    make: /** @type {HTMLButtonElement} */ (row.querySelector('[data-part="summarise"]')),
    problem: () => row.querySelector('[data-part="summary-problem"]')?.textContent,
  };
}

test("a summary is shown under the snippet, and read out as one", async () => {
  const { row, summary, text, make } = await shown({ summary: SUMMARY });
  assert.equal(summary.hidden, false);
  assert.equal(text(), SUMMARY);
  assert.equal(make.hidden, true);
  assert.match(summary.querySelector("summary")?.textContent?.replace(/\s+/g, " ") ?? "", /Summary: Green/);
  const snippet = row.querySelector('[data-part="snippet"]');
  assert.ok(snippet && snippet.compareDocumentPosition(summary) & 4);
});

test("a summary that holds markup is shown as it stands, and makes no link", async () => {
  const { row, text } = await shown({
    summary: '<a href="https://evil.example/">x</a> [y](https://evil.example/)',
  });
  assert.equal(text(), '<a href="https://evil.example/">x</a> [y](https://evil.example/)');
  assert.equal(row.querySelectorAll('a[href*="evil"]').length, 0);
});

test("a summary that the snippet says already is left out", async () => {
  const { summary, make } = await shown({ summary: SUMMARY, snippet: `In short: ${SUMMARY} And more.` });
  assert.equal(summary.hidden, true);
  assert.equal(make.hidden, true);
});

test("where there is none a button has one made, and the focus stays at it", async () => {
  const { summary, text, make } = await shown({ summary: null });
  assert.equal(summary.hidden, true);
  assert.equal(make.hidden, false);
  assert.equal(make.textContent, "Summarise");
  make.focus();
  make.click();
  await until(() => !summary.hidden);
  assert.deepEqual(worker.asked("summaries.create"), [{ page_id: 1, again: false }]);
  assert.equal(text(), SUMMARY);
  assert.equal(make.hidden, true);
  assert.equal(document.activeElement, summary.querySelector("summary"));
});

test("progress is told, and a second press meanwhile asks for nothing", async () => {
  /** @type {(value: any) => void} */
  let give = () => {};
  worker.answers["summaries.create"] = (_params, { id }) => {
    worker.port?.onMessage.fire({ id, progress: { stage: "writing" } });
    return new Promise((resolve) => {
      give = resolve;
    });
  };
  const { summary, make } = await shown({ summary: null });
  make.click();
  await until(() => make.textContent === "Writing…");
  assert.equal(make.getAttribute("aria-disabled"), "true");
  make.click();
  give({ summary: SUMMARY, model: "large" });
  await until(() => !summary.hidden);
  assert.equal(worker.asked("summaries.create").length, 1);
});

test("what goes wrong is said in the row with its fix, and can be tried again", async () => {
  worker.answers["summaries.create"] = () => {
    throw { message: "This page has no sentences.", kind: "invalid_input", fix: "Visit it again." };
  };
  const { summary, make, problem } = await shown({ summary: null });
  make.click();
  await until(() => problem());
  assert.equal(problem(), "This page has no sentences. Visit it again.");
  assert.equal(make.textContent, "Summarise");
  worker.answers["summaries.create"] = () => ({ summary: SUMMARY, model: "small" });
  make.click();
  await until(() => !summary.hidden);
  assert.equal(problem(), "");
});

test("a summary can be made again", async () => {
  const { row, text } = await shown({ summary: "An old one of other words." });
  const again = /** @type {HTMLButtonElement} */ (row.querySelector('[data-part="resummarise"]'));
  again.click();
  await until(() => text() === SUMMARY);
  assert.deepEqual(worker.asked("summaries.create"), [{ page_id: 1, again: true }]);
  assert.equal(again.textContent, "Summarise again");
});

test("a page that was never read offers no summary", async () => {
  const { summary, make } = await shown({ summary: null, snippet: "" });
  assert.equal(summary.hidden, true);
  assert.equal(make.hidden, true);
});

test("a snippet says the same when most words of the summary are in it", () => {
  assert.ok(saysTheSame("Green tea is made from leaves that were not withered…", SUMMARY));
  assert.ok(saysTheSame("ЗЕЛЁНЫЙ чай из Китая", "Зелёный чай."));
  assert.ok(!saysTheSame("Green tea.", SUMMARY));
  assert.ok(!saysTheSame("", SUMMARY));
  assert.ok(!saysTheSame("anything", ""));
});
