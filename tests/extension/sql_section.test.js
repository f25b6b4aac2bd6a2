import "./chrome_stub.js";

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closePage, copied, look, openSql, runResult, until } from "./sql_fixture.js";

/** @type {import("./page_fixture.js").Answer} */
let run = () => runResult();
const { dom, document, worker, page } = await openSql({
  hash: "#sql=SELECT%20%3Asite%20AS%20site&p.site=example.com",
  answers: {
    "sql.run": (params, request) => run(params, request),
    "sql.describe": ({ sql }) => {
      if (sql.includes("nonsense")) throw { message: "near nonsense", kind: "invalid_input" };
      const parameters = [...new Set([...sql.matchAll(/:(\w+)/g)].map(([, name]) => name))];
      const plan = [{ id: 1, parent: 0, detail: "SCAN pages" }];
      return { parameters, columns: [], writes: false, plan };
    },
    "sql.export": async ({ format }, { progress, cancelled }) => {
      progress({ rows: 1000, bytes: 2048 });
      if (format === "json") {
        await cancelled;
        throw { message: "cancelled", kind: "cancelled" };
      }
      return { path: "/home/a/ai-history.csv", rows: 5000, bytes: 3 * 1024 ** 2, took_ms: 1200 };
    },
  },
});
after(() => closePage(dom));
const lastRun = () => worker.asked("sql.run").at(-1);

test("the page asks for nothing of the explorer before it is looked at", async () => {
  assert.deepEqual(worker.asked("sql.schema"), []);
  look();
  await until(() => worker.asked("sql.schema").length === 1);
  await until(() => document.querySelectorAll("#sql-tables > li").length === 3);
});

test("an address fills the field and its parameters and runs nothing", async () => {
  assert.equal(page.field.value, "SELECT :site AS site");
  await until(() => document.querySelector("#sql-parameter-site"));
  assert.equal(page.byId("sql-parameter-site").value, "example.com");
  assert.match(page.text("sql-from-address"), /not run/);
  assert.ok(page.visible("sql-from-address"));
  assert.deepEqual(worker.asked("sql.run"), []);
});

test("running binds what the fields of the parameters hold", async () => {
  page.button("Run").click();
  await until(() => page.visible("sql-result"));
  const { sql, params, limit, timeout_ms: limitMs } = lastRun();
  assert.deepEqual(
    { sql, params, limit, limitMs },
    {
      sql: "SELECT :site AS site",
      params: { site: "example.com" },
      limit: 100,
      limitMs: 5000,
    },
  );
  assert.ok(!page.visible("sql-from-address"));
});

test("the address of a statement holds what was written into its fields", async () => {
  page.byId("sql-parameter-site").value = "b.example";
  page.fire(page.byId("sql-parameter-site"), "input");
  page.button("Copy address").click();
  await until(() => copied.length > 0);
  assert.match(copied[0], /#sql=SELECT\+%3Asite\+AS\+site&p\.site=b\.example$/);
});

test("a parameter that was never asked for is asked for before anything runs", async () => {
  const before = worker.asked("sql.run").length;
  page.write("SELECT :fresh");
  page.button("Run").click();
  await until(() => document.activeElement?.id === "sql-parameter-fresh");
  assert.equal(worker.asked("sql.run").length, before);
  page.press(page.byId("sql-parameter-fresh"), "Enter");
  await until(() => worker.asked("sql.run").length === before + 1);
  assert.deepEqual(lastRun().params, { fresh: null });
});

test("cells are shown as what they are", async () => {
  run = () =>
    runResult({
      columns: ["n", "nothing", "url", "seen_at", "text", "blob"],
      rows: [
        [
          12,
          null,
          "https://example.com/a",
          1764000000000,
          `${"long ".repeat(40)}end`,
          { kind: "blob", bytes: 4, hex: "00ff00ff" },
        ],
      ],
    });
  page.write("SELECT 1");
  page.button("Run").click();
  await until(() => page.cells[0]?.length === 6);
  const [number, nothing, url, seen, text, blob] = page.table.querySelectorAll("tbody td");
  assert.equal(number.className, "sql-number");
  assert.equal(nothing.textContent, "null");
  assert.equal(url.querySelector("a")?.getAttribute("rel"), "noopener noreferrer");
  assert.match(seen.querySelector("time")?.title ?? "", /2025/);
  assert.match(blob.textContent ?? "", /^blob, 4 bytes, 00 ff 00 ff/);
  assert.ok(!(text.textContent ?? "").includes("end"));
  text.querySelector("button")?.click();
  assert.ok(page.byId("sql-value").hasAttribute("open"));
  assert.match(page.byId("sql-value").textContent, /long end/);
  page.button("Close").click();
  assert.ok(!page.byId("sql-value").hasAttribute("open"));
});

test("a result of a thousand rows is all there", async () => {
  run = () => runResult({ rows: Array.from({ length: 1000 }, (_, index) => [index]) });
  page.button("Run").click();
  await until(() => page.cells.length === 1000);
  assert.deepEqual(page.cells[999], ["999"]);
});

test("there is a way to the rows that follow and back, of the statement that was run", async () => {
  run = ({ offset = 0 }) =>
    runResult({
      rows: [[offset]],
      truncated: offset < 200,
      next_offset: offset < 200 ? offset + 100 : null,
    });
  page.write("SELECT id FROM pages");
  page.button("Run").click();
  await until(() => page.text("sql-result").includes("truncated"));
  page.write("SELECT something_else");
  page.button("Next").click();
  await until(() => page.cells[0][0] === "100");
  page.button("Next").click();
  await until(() => page.cells[0][0] === "200");
  assert.equal(lastRun().sql, "SELECT id FROM pages");
  assert.ok(page.button("Next").disabled);
  page.button("Previous").click();
  await until(() => page.cells[0][0] === "100");
  page.button("Previous").click();
  await until(() => page.cells[0][0] === "0");
  assert.ok(page.button("Previous").disabled);
});

test("rows are copied with their names", async () => {
  page.button("Copy as TSV").click();
  await until(() => copied.at(-1) === "id\n0");
});

test("an error says what to do, near the statement, and goes when another is written", async () => {
  run = () => {
    throw {
      message: "There is no table nonsense.",
      fix: "Look at the list of tables.",
      kind: "invalid_input",
    };
  };
  page.write("SELECT * FROM nonsense");
  page.button("Run").click();
  await until(() => page.visible("sql-error"));
  assert.match(page.text("sql-error"), /no table nonsense.*list of tables/);
  assert.equal(page.byId("sql-error").getAttribute("role"), "alert");
  assert.ok(!page.visible("sql-result"));
  run = () => runResult();
  page.write("SELECT 1");
  assert.ok(!page.visible("sql-error"));
  page.press(page.field, "Enter", { ctrlKey: true });
  await until(() => page.visible("sql-result"));
  assert.ok(!page.visible("sql-error"));
});

test("a host that is away is told of in whole sentences", async () => {
  run = () => {
    throw { message: "It is not set up yet.", fix: "Run this once:", command: "x", kind: "host_away" };
  };
  page.button("Run").click();
  await until(() => page.visible("sql-error"));
  assert.match(page.text("sql-error"), /is not connected\. ?The notice at the top of the page says why\.$/);
  run = () => runResult();
});

test("what runs is cancelled by its button and by Escape", async () => {
  for (const end of [() => page.button("Cancel").click(), () => page.press(page.field, "Escape")]) {
    /** @type {(value: unknown) => void} */
    let taken = () => {};
    const cancelled = new Promise((resolve) => {
      taken = resolve;
    });
    run = async (_params, request) => {
      await request.cancelled;
      taken(null);
      return runResult();
    };
    page.button("Run").click();
    await until(() => page.visible("sql-cancel"));
    end();
    await cancelled;
    await until(() => page.text("sql-status") === "Cancelled.");
    assert.ok(!page.visible("sql-cancel"));
  }
});

test("a second run ends the first, and only its rows are shown", async () => {
  let ended = 0;
  run = async ({ sql }, request) => {
    if (sql !== "SELECT 'slow'") return runResult({ rows: [["second"]] });
    await request.cancelled;
    ended += 1;
    return runResult({ rows: [["first"]] });
  };
  page.write("SELECT 'slow'");
  page.button("Run").click();
  await until(() => lastRun().sql === "SELECT 'slow'");
  page.write("SELECT 'quick'");
  page.button("Run").click();
  await until(() => page.cells[0]?.[0] === "second" && ended === 1);
  assert.equal(page.cells.length, 1);
});

test("the plan is shown without running anything", async () => {
  const before = worker.asked("sql.run").length;
  page.button("Explain").click();
  await until(() => page.visible("sql-plan"));
  assert.match(page.text("sql-plan"), /SCAN pages scan of every row/);
  assert.equal(worker.asked("sql.run").length, before);
});

test("an export says how far it is, and where it is when it is done", async () => {
  page.write("SELECT 1");
  page.button("Export rows").click();
  await until(() => page.text("sql-export-state").includes("/home/a/ai-history.csv"));
  assert.match(page.text("sql-export-state"), /5,000 rows written, 3 MB, in 1.20 s/);
  page.button("Copy path").click();
  await until(() => copied.at(-1) === "/home/a/ai-history.csv");
  assert.equal(worker.asked("sql.export").at(-1).sql, "SELECT 1");
});

test("an export can be taken back", async () => {
  page.byId("sql-export-format").value = "json";
  page.button("Export rows").click();
  await until(() => page.text("sql-export-state").includes("1,000 rows"));
  page.button("Cancel export").click();
  await until(() => page.text("sql-export-state").includes("cancelled"));
});

test("without a statement nothing is asked, and the page says so", async () => {
  const before = worker.requests.length;
  page.write("  ");
  page.button("Run").click();
  await until(() => page.text("sql-status").includes("Write a statement"));
  assert.equal(worker.requests.length, before);
});
