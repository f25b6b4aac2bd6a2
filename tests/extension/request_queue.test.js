import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestQueue } from "../../extension/shared/request_queue.js";

/** A task that the test ends when it likes. */
function task() {
  /** @type {(value: any) => void} */
  let end = () => {};
  /** @type {(error: Error) => void} */
  let fail = () => {};
  const promise = new Promise((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  let begun = false;
  const run = () => {
    begun = true;
    return promise;
  };
  return { run, end: (/** @type {any} */ value) => end(value), fail, begun: () => begun };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("no more than the limit run at once, the rest follow in their order", async () => {
  const queue = new RequestQueue(2);
  const tasks = [task(), task(), task(), task()];
  const answers = tasks.map(({ run }) => queue.run(run));
  assert.deepEqual(
    tasks.map(({ begun }) => begun()),
    [true, true, false, false],
  );
  assert.deepEqual([queue.running, queue.waiting], [2, 2]);
  tasks[1].end("second");
  assert.equal(await answers[1], "second");
  await settled();
  assert.deepEqual(
    tasks.map(({ begun }) => begun()),
    [true, true, true, false],
  );
});

test("a task that fails makes room for the next, and only its own caller hears of it", async () => {
  const queue = new RequestQueue(1);
  const [first, second] = [task(), task()];
  const failing = queue.run(first.run);
  const waiting = queue.run(second.run);
  first.fail(new Error("broken"));
  await assert.rejects(failing, /broken/);
  second.end("fine");
  assert.equal(await waiting, "fine");
  assert.equal(queue.running, 0);
});

test("what is taken back while it waits never begins, and the others keep their turn", async () => {
  const queue = new RequestQueue(1);
  const [first, second, third] = [task(), task(), task()];
  const running = queue.run(first.run);
  const controller = new AbortController();
  const taken = queue.run(second.run, controller.signal);
  const waiting = queue.run(third.run);
  controller.abort();
  await assert.rejects(taken, { name: "AbortError" });
  first.end(1);
  await running;
  third.end(3);
  assert.equal(await waiting, 3);
  assert.equal(second.begun(), false);
});

test("a signal that has spoken already, or speaks when the task runs, leaves the queue as it is", async () => {
  const queue = new RequestQueue(1);
  const first = task();
  await assert.rejects(queue.run(first.run, AbortSignal.abort()), { name: "AbortError" });
  assert.equal(first.begun(), false);
  const controller = new AbortController();
  const running = queue.run(first.run, controller.signal);
  const second = task();
  const waiting = queue.run(second.run);
  controller.abort();
  assert.equal(queue.waiting, 1);
  first.end("ended by itself");
  assert.equal(await running, "ended by itself");
  second.end(2);
  assert.equal(await waiting, 2);
});

test("a queue in which nothing could run is refused", () => {
  assert.throws(() => new RequestQueue(0), RangeError);
});
