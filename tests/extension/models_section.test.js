import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { ModelHost, model } from "./models_fixture.js";
import { closePage, openPage, READY_STATE, until } from "./page_fixture.js";

/** Times at which the page will ask again by itself. */
const asking = new Set();
const { setTimeout: begin, clearTimeout: end } = globalThis;
/** @type {any} */ (globalThis).setTimeout = (/** @type {() => void} */ act, /** @type {number} */ delay) => {
  const timer = begin(() => {
    asking.delete(timer);
    act();
  }, delay);
  if (delay === 1000) asking.add(timer);
  return timer;
};
/** @type {any} */ (globalThis).clearTimeout = (/** @type {any} */ timer) => {
  asking.delete(timer);
  end(timer);
};

const host = new ModelHost();
const { document, worker, dom } = openPage("options.html", host.answers());
after(() => closePage(dom));
/** @type {string[]} */
const said = [];
const { ModelsSection } = await import("../../extension/models/models_section.js");
const section = new ModelsSection((text) => said.push(text));

const DOWN = { ...READY_STATE, host: { name: "down", problem: { kind: "exited", message: "It stopped." } } };

/** @param {import("../../extension/shared/models_api.js").Model[]} models */
async function showModels(...models) {
  host.models = models;
  await section.refresh();
}

beforeEach(async () => {
  Object.assign(host, { recommended: [], errors: {}, reindexing: null });
  host.roles = ["search", "rerank", "chat", "categories"].map((role) => ({
    role: /** @type {any} */ (role),
    model: null,
    chosen: false,
  }));
  section.onState(/** @type {any} */ (DOWN));
  section.onState(/** @type {any} */ (READY_STATE));
  await showModels();
  said.length = 0;
  worker.requests.length = 0;
});

/** The button with exactly this accessible name, if it can be seen. @param {string} name */
function button(name) {
  return [...document.querySelectorAll("button")].find(
    (each) => (each.getAttribute("aria-label") ?? each.textContent) === name && !each.closest("[hidden]"),
  );
}

/** @param {string} name */
function press(name) {
  const found = button(name);
  assert.ok(found, `no button "${name}"`);
  found.focus();
  found.click();
}

/** @param {string} id */
function card(id) {
  const found = document.querySelector(`#models-list [data-model="${id}"]`);
  assert.ok(found, `no card of ${id}`);
  return /** @type {HTMLElement} */ (found);
}

/** @param {Element} root @param {string} name */
const words = (root, name) => root.querySelector(`[data-part="${name}"]`)?.textContent ?? "";
const problem = () => document.getElementById("models-problem");
const focusName = () => document.activeElement?.getAttribute("aria-label");

test("a model says what it is, what it needs and what is done with it", async () => {
  await showModels(
    model("mini", { state: "ready", roles: ["search"], resident: 310 * 1024 ** 2, device: "cpu" }),
    model("many", { languages: ["mul"], licence: "MIT" }),
  );
  assert.equal(words(card("mini"), "state"), "In memory");
  assert.equal(words(card("mini"), "uses"), "Used for search.");
  assert.match(
    words(card("mini"), "facts"),
    /90 MB on the disk · 310 MB of memory in use · on the processor/,
  );
  assert.match(
    words(card("many"), "facts"),
    /90 MB to download · about 200 MB of memory · Many languages · MIT/,
  );
  assert.equal(words(card("many"), "note"), "About many.");
  assert.deepEqual(
    [...document.querySelectorAll("#models-machine dd")].map((each) => each.textContent),
    ["16 GB", "9 GB", "50 GB", "4", "None"],
  );
});

test("a download shows how far it is, its end is read out, and the focus goes on with it", async () => {
  await showModels(model("mini"));
  press("Download mini");
  await until(() => host.downloads.has("mini"));
  assert.equal(focusName(), "Cancel download of mini");
  const running = host.downloads.get("mini");
  worker.port?.onMessage.fire({
    id: running?.token,
    progress: { done: 45 * 1024 ** 2, total: 90 * 1024 ** 2, rate: 3 * 1024 ** 2, remaining_s: 15 },
  });
  const bar = card("mini").querySelector("progress");
  assert.equal(bar?.getAttribute("aria-label"), "Download of mini");
  assert.equal(bar?.value, 0.5);
  assert.equal(words(card("mini"), "progress-text"), "45 MB of 90 MB · 3 MB/s · 15 sec left");
  running?.end();
  await until(() => words(card("mini"), "state") === "Installed");
  assert.deepEqual(said, ["Downloading mini.", "mini is installed."]);
  assert.ok(card("mini").contains(document.activeElement));
});

test("a second click where Download was does not end the download", async () => {
  await showModels(model("mini"));
  const began = button("Download mini");
  press("Download mini");
  await until(() => host.downloads.has("mini"));
  began?.click();
  assert.equal(button("Cancel download of mini")?.closest('[data-part="actions"]'), null);
  assert.equal(worker.asked("models.download").length, 1);
  assert.deepEqual(worker.asked("models.cancel"), []);
  host.downloads.get("mini")?.end();
  await until(() => button("Remove mini"));
});

test("a download that somebody else began is followed to its end, and can be ended here", async () => {
  const transfer = { done: 10, total: 100, rate: null, remaining_s: null, note: "waiting for another try" };
  await showModels(model("mini", { state: "downloading", transfer }), model("other"));
  assert.match(words(card("mini"), "progress-text"), /waiting for another try/);
  host.set("mini", { transfer: { ...transfer, done: 60 } });
  await until(() => card("mini").querySelector("progress")?.value === 0.6);
  press("Cancel download of mini");
  await until(() => button("Download mini"));
  assert.deepEqual(worker.asked("models.cancel"), [{ id: "mini" }]);
  assert.ok(said.includes("The download of mini has stopped. What came is kept."));
  assert.equal(card("mini").querySelector('[role="alert"]'), null);
  await until(() => asking.size === 0);
});

test("nothing is asked while the page cannot be seen", async () => {
  await showModels(model("mini", { state: "downloading", transfer: { done: 1, total: 100 } }));
  assert.equal(asking.size, 1);
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(asking.size, 0);
  await section.refresh();
  assert.equal(asking.size, 0);
  const asked = worker.asked("models.list").length;
  Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  await until(() => worker.asked("models.list").length > asked);
});

test("a download that fails says why and what to do, and can be tried again", async () => {
  await showModels(model("mini"));
  press("Download mini");
  await until(() => host.downloads.has("mini"));
  const fix = "Free some space, then: classify model download mini";
  host.downloads.get("mini")?.end({ message: "The disk is full.", kind: "disk_full", fix });
  await until(() => card("mini").querySelector('[role="alert"]'));
  const alert = card("mini").querySelector('[role="alert"]');
  assert.match(alert?.textContent ?? "", /The disk is full\.Free some space, then:/);
  assert.equal(alert?.querySelector("code")?.textContent, "classify model download mini");
  assert.ok(button("Download mini"));
});

test("removing asks first, and gives the space back", async () => {
  await showModels(model("mini", { state: "installed" }));
  press("Remove mini");
  assert.match(words(card("mini"), "question"), /frees 90 MB. It can be downloaded again/);
  press("Keep mini");
  assert.equal(focusName(), "Remove mini");
  press("Remove mini");
  press("Remove: mini");
  await until(() => button("Download mini"));
  assert.deepEqual(worker.asked("models.remove"), [{ id: "mini", force: false }]);
  assert.ok(said.includes("mini was removed: 90 MB are free again."));
  assert.equal(focusName(), "Download mini");
});

test("a model in use is removed only by one who was told what that takes away", async () => {
  await showModels(model("mini", { state: "ready", roles: ["search", "categories"] }));
  press("Remove mini");
  assert.match(words(card("mini"), "question"), /is used for search and categories\./);
  press("Remove anyway: mini");
  await until(() => worker.asked("models.remove").length === 1);
  assert.deepEqual(worker.asked("models.remove"), [{ id: "mini", force: true }]);
});

test("a model that came into use meanwhile is kept, and can be removed all the same", async () => {
  await showModels(model("mini", { state: "installed" }));
  press("Remove mini");
  host.find("mini").roles = ["search"];
  press("Remove: mini");
  await until(() => card("mini").querySelector('[role="alert"]'));
  assert.match(card("mini").querySelector('[role="alert"]')?.textContent ?? "", /it does search/);
  press("Remove anyway: mini");
  await until(() => button("Download mini"));
  assert.deepEqual(worker.asked("models.remove").at(-1), { id: "mini", force: true });
});

test("loading and unloading move a model into memory and out of it", async () => {
  await showModels(model("mini", { state: "installed" }));
  press("Load mini");
  await until(() => words(card("mini"), "state") === "In memory");
  assert.deepEqual(said, ["Loading mini.", "mini is in memory."]);
  press("Unload mini");
  await until(() => words(card("mini"), "state") === "Installed");
  assert.equal(said.at(-1), "mini was taken out of memory.");
});

test("a model that could not be loaded says why and what to do", async () => {
  await showModels(model("big", { state: "installed" }));
  host.errors["models.load"] = {
    message: "Not enough memory.",
    kind: "model_unavailable",
    fix: "Close something.",
  };
  press("Load big");
  await until(() => card("big").querySelector('[role="alert"]'));
  assert.equal(words(card("big"), "notice"), "Not enough memory.Close something.");
  host.set("big", { state: "failed", reason: "its process ended", fix: "Try again." });
  host.errors = {};
  await section.refresh();
  assert.equal(words(card("big"), "state"), "Not working");
  press("Try again to load big");
  await until(() => words(card("big"), "state") === "In memory");
});

test("damaged files are found and fetched again", async () => {
  await showModels(model("mini", { state: "installed" }));
  press("Check files of mini");
  await until(() => button("Repair mini"));
  assert.ok(said.includes("mini: 1 file is damaged."));
  assert.match(words(card("mini"), "notice"), /^Damaged: model\.bin\./);
  press("Repair mini");
  await until(() => host.downloads.has("mini"));
  host.downloads.get("mini")?.end();
  await until(() => words(card("mini"), "state") === "Installed");
});

test("what does not fit says why, and program code is allowed in a terminal only", async () => {
  await showModels(
    model("huge", { fits: false, reason: "needs 40 GB of memory, this computer has 16 GB" }),
    model("coded", { remote_code: "owner/code" }),
    model("bound", { gated: "owner/bound" }),
  );
  assert.equal(words(card("huge"), "state"), "Does not fit");
  assert.equal(words(card("huge"), "notice"), "Needs 40 GB of memory, this computer has 16 GB.");
  assert.equal(button("Download coded"), undefined);
  const command = "classify model download coded --allow-remote-code owner/code";
  assert.equal(card("coded").querySelector("code")?.textContent, command);
  assert.match(words(card("bound"), "notice"), /licence of owner\/bound/);
  assert.ok(button("Download bound"));
});

test("each job offers the models that can do it, and what is chosen is used", async () => {
  host.roles[0] = { role: "search", model: "mini", chosen: false };
  await showModels(
    model("mini", { state: "ready", roles: ["search"] }),
    model("many", { state: "installed" }),
    model("absent"),
    model("talker", { state: "installed", type: "instruction" }),
    model("sorter", { state: "installed", type: "nli" }),
  );
  const select = (/** @type {string} */ role) =>
    /** @type {HTMLSelectElement} */ (document.getElementById(`role-${role}`));
  const choices = (/** @type {string} */ role) => [...select(role).options].map((each) => each.textContent);
  assert.deepEqual(choices("search"), ["Automatic (mini)", "mini", "many"]);
  assert.deepEqual(choices("rerank"), ["Automatic (none installed)"]);
  assert.deepEqual(choices("chat"), ["Automatic (none installed)", "talker"]);
  assert.deepEqual(choices("categories"), ["Automatic (none installed)", "mini", "many", "talker", "sorter"]);
  assert.match(document.getElementById("role-rerank-about")?.textContent ?? "", /download one below/);
  select("search").value = "many";
  select("search").dispatchEvent(new Event("change", { bubbles: true }));
  await until(() => said.includes("many is used for search now."));
  assert.deepEqual(worker.asked("models.use"), [{ role: "search", id: "many" }]);
  await until(() => words(card("many"), "uses") === "Used for search.");
  assert.equal(select("search").value, "many");
  press("Use for search: mini");
  await until(() => select("search").value === "mini");
});

test("a choice that is refused is taken back, with the reason beside it", async () => {
  await showModels(model("mini", { state: "installed" }));
  host.errors["models.use"] = { message: "It is gone.", kind: "not_found", fix: "Choose another." };
  const select = /** @type {HTMLSelectElement} */ (document.getElementById("role-search"));
  select.value = "mini";
  select.dispatchEvent(new Event("change", { bubbles: true }));
  select.dispatchEvent(new Event("blur"));
  const error = select.closest(".setting")?.querySelector('[role="alert"]');
  await until(() => error?.textContent === "It is gone. Choose another.");
  assert.equal(select.value, "");
});

test("pages that are read again for another model are counted while the old index serves", async () => {
  host.reindexing = { model: "many", done: 30, total: 120 };
  await showModels(model("many", { state: "ready", roles: ["search"] }));
  const row = document.getElementById("role-search")?.closest(".setting");
  assert.ok(row);
  assert.equal(row.querySelector("progress")?.value, 0.25);
  assert.match(words(row, "progress-text"), /with many: 30 of 120 passages\. Search uses the old index/);
  host.reindexing = null;
  await until(() => row.querySelector('[data-part="progress"]')?.hasAttribute("hidden"));
});

test("what is recommended has one button, which leads from the download to the use", async () => {
  host.recommended = [{ role: "chat", id: "talker", reason: "reads en; on 4 processor cores" }];
  await showModels(model("talker", { type: "instruction" }));
  const list = document.querySelector("#models-recommended ul");
  assert.match(list?.textContent ?? "", /Chat\s+talker\s+90 MB\s+Reads en; on 4 processor cores\./);
  press("Download: talker, recommended for chat");
  await until(() => host.downloads.has("talker"));
  const own = document.activeElement;
  host.downloads.get("talker")?.end();
  await until(() => button("Use for chat: talker, recommended for chat"));
  assert.equal(document.activeElement, own);
  press("Use for chat: talker, recommended for chat");
  await until(() => button("In use: talker, recommended for chat"));
  assert.deepEqual(worker.asked("models.use"), [{ role: "chat", id: "talker" }]);
});

test("a new list of the host leaves every card, its place and the focus alone", async () => {
  await showModels(model("first"), model("second", { state: "installed" }));
  const ids = () =>
    [...document.querySelectorAll("#models-list > li")].map(
      (each) => /** @type {any} */ (each).dataset.model,
    );
  assert.deepEqual(ids(), ["second", "first"]);
  const before = card("first");
  button("Download first")?.focus();
  await showModels(
    model("first", { state: "installed" }),
    model("second"),
    model("third", { state: "installed" }),
  );
  assert.deepEqual(ids(), ["second", "first", "third"]);
  assert.equal(card("first"), before);
  assert.ok(before.contains(document.activeElement));
});

test("the list can be narrowed to what is installed or does a job", async () => {
  await showModels(
    model("mini", { state: "installed" }),
    model("many"),
    model("talker", { type: "instruction" }),
  );
  const filter = /** @type {HTMLSelectElement} */ (document.getElementById("models-filter"));
  const narrow = (/** @type {string} */ value) => {
    filter.value = value;
    filter.dispatchEvent(new Event("change"));
    return [...document.querySelectorAll("#models-list > li:not([hidden])")].map(
      (each) => /** @type {any} */ (each).dataset.model,
    );
  };
  filter.focus();
  assert.deepEqual(narrow("installed"), ["mini"]);
  assert.deepEqual(narrow("chat"), ["talker"]);
  assert.deepEqual(narrow("rerank"), []);
  assert.equal(document.getElementById("models-none")?.textContent, "No model is of this kind.");
  assert.deepEqual(narrow("all"), ["mini", "many", "talker"]);
});

test("details are asked for when they are opened", async () => {
  await showModels(model("mini", { state: "installed" }));
  assert.deepEqual(worker.asked("models.info"), []);
  const details = /** @type {HTMLDetailsElement} */ (card("mini").querySelector("details"));
  assert.equal(details.querySelector("summary")?.getAttribute("aria-label"), "Details of mini");
  details.open = true;
  await until(() => details.querySelectorAll("dt").length > 0);
  assert.match(details.textContent ?? "", /Lies in\/models\/here/);
  assert.match(details.textContent ?? "", /Longest input512 tokens/);
});

test("without the host it says that it is away, keeps what was known, and comes back by itself", async () => {
  await showModels(model("mini"));
  section.onState(/** @type {any} */ (DOWN));
  assert.match(problem()?.textContent ?? "", /is not connected/);
  assert.ok(card("mini").closest("#models-body:not([hidden])"));
  host.models = [model("mini", { state: "installed" })];
  section.onState(/** @type {any} */ (READY_STATE));
  await until(() => words(card("mini"), "state") === "Installed");
  assert.equal(problem()?.hidden, true);
});

test("an older host, an empty list and a failure each say what to do", async () => {
  host.errors["models.list"] = { message: "No such method.", kind: "method_not_found" };
  await section.refresh();
  assert.match(problem()?.textContent ?? "", /is older than this extension/);
  assert.match(problem()?.querySelector("code")?.textContent ?? "", /^python3 -m host\.install --browser /);

  host.errors = {};
  await showModels();
  assert.match(problem()?.textContent ?? "", /list of models is empty/);
  assert.equal(document.getElementById("models-body")?.hidden, true);

  host.errors["models.list"] = { message: "The disk fails.", kind: "internal", fix: "Run the doctor." };
  await section.refresh();
  assert.match(problem()?.textContent ?? "", /could not be read\. The disk fails\.Run the doctor\./);
  host.errors = {};
  host.models = [model("mini")];
  press("Try again to read the models");
  await until(() => problem()?.hidden);
  assert.ok(card("mini"));
});
