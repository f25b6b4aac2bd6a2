from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import Cancelled, NotFound, Timeout, WorkerDied, WorkerError
from host.workers.client import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 20.0


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def worker(clock: _Clock) -> Iterator[Worker]:
    made = Worker("echo", "tests.workers.echo_worker", {"colour": "blue"}, clock=clock)
    yield made
    made.stop()


def test_a_worker_starts_when_it_is_first_needed_and_answers_with_header_and_bytes(worker: Worker) -> None:
    assert worker.pid is None
    header, payload = worker.request("echo", {"say": "hé"}, b"abc", timeout=WAIT_S)
    assert header == {"said": "hé", "config": {"colour": "blue"}}
    assert payload == b"cba"
    assert worker.state == "ready"


def test_an_interactive_request_does_not_wait_behind_a_background_one(worker: Worker) -> None:
    held = worker.submit("hold", timeout=WAIT_S, lane="background")
    worker.request("echo", {"say": 1}, timeout=WAIT_S)
    assert not held.done()
    worker.request("let_go", timeout=WAIT_S)
    assert held.result(WAIT_S)[0] == {"held": True}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends interrupts to groups of processes only")
def test_an_interrupt_of_the_terminal_does_not_reach_a_worker(worker: Worker) -> None:
    worker.request("echo", {"say": 1}, timeout=WAIT_S)
    assert worker.pid is not None
    assert os.getpgid(worker.pid) == worker.pid


def test_a_killed_worker_costs_only_the_requests_in_flight(worker: Worker) -> None:
    held = worker.submit("hold", timeout=WAIT_S, lane="background")
    with pytest.raises(WorkerDied):
        worker.request("die", timeout=WAIT_S)
    with pytest.raises(WorkerDied):
        held.result(WAIT_S)
    assert worker.request("echo", {"say": "again"}, timeout=WAIT_S)[0]["said"] == "again"


def test_a_worker_that_keeps_dying_is_left_alone_for_longer_each_time(worker: Worker, clock: _Clock) -> None:
    for _ in range(2):
        with pytest.raises(WorkerDied):
            worker.request("die", timeout=WAIT_S)
    assert worker.resting
    with pytest.raises(WorkerDied):
        worker.request("echo", timeout=WAIT_S)
    clock.now += 120
    assert worker.request("echo", timeout=WAIT_S)


def test_a_worker_found_dead_while_it_is_asked_is_a_death_like_any_other(worker: Worker) -> None:
    assert worker.wait_ready(WAIT_S)
    process = worker._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    with pytest.raises(WorkerDied):
        worker.request("echo", timeout=WAIT_S)


def test_an_error_inside_keeps_its_words_to_itself(worker: Worker) -> None:
    with pytest.raises(WorkerError) as caught:
        worker.request("fail", timeout=WAIT_S)
    assert "ValueError" in caught.value.message
    assert "person" not in caught.value.message


def test_a_worker_that_cannot_load_says_why_and_how_to_mend_it() -> None:
    worker = Worker("echo", "tests.workers.echo_worker", {"refuse": True})
    with pytest.raises(NotFound) as caught:
        worker.request("echo", timeout=WAIT_S)
    assert caught.value.fix == "Get one."
    worker.stop()


def test_a_request_that_takes_too_long_ends_with_a_timeout(worker: Worker) -> None:
    assert worker.wait_ready(WAIT_S)
    with pytest.raises(Timeout):
        worker.request("hold", timeout=0.05, lane="background")
    worker.request("let_go", timeout=WAIT_S)


def test_an_idle_worker_is_stopped_and_a_busy_one_is_not(worker: Worker, clock: _Clock) -> None:
    held = worker.submit("hold", timeout=WAIT_S, lane="background")
    clock.now += 1000
    assert not worker.stop_when_idle(600)
    worker.request("let_go", timeout=WAIT_S)
    held.result(WAIT_S)
    clock.now += 1000
    assert worker.stop_when_idle(600)
    assert worker.pid is None


def test_a_worker_ends_with_the_process_that_started_it(tmp_path: object) -> None:
    # The parent is a process of its own that starts a worker and is then killed without warning.
    import subprocess
    import sys

    code = (
        "from host.workers.client import Worker\n"
        "w = Worker('echo', 'tests.workers.echo_worker', {})\n"
        "w.request('echo', timeout=20)\n"
        "print(w.pid, flush=True)\n"
        "import threading; threading.Event().wait()\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    try:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        psutil.wait_procs([child], timeout=WAIT_S)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    finally:
        parent.kill()
        parent.wait()
        if parent.stdout:
            parent.stdout.close()


def test_many_threads_may_ask_at_once_and_each_gets_its_own_answer(worker: Worker) -> None:
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        answers[number] = worker.request("echo", {"say": number}, timeout=WAIT_S)[0]["said"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert answers == {number: number for number in range(20)}


def test_an_operation_sends_its_progress_in_order_and_ahead_of_its_answer(worker: Worker) -> None:
    seen: list[int] = []
    answer, _ = worker.request(
        "count", {"to": 50}, timeout=WAIT_S, on_progress=lambda value: seen.append(value["number"])
    )
    assert answer == {"counted": 50}
    assert seen == list(range(50))
    assert worker.load_progress == {"share": 0.5}


def test_a_cancelled_operation_ends_and_the_worker_goes_on(worker: Worker) -> None:
    cancelled = threading.Event()
    with pytest.raises(Cancelled):
        worker.request(
            "wait_for_cancel", timeout=WAIT_S, cancelled=cancelled, on_progress=lambda _: cancelled.set()
        )
    assert worker.request("echo", {"say": "still here"}, timeout=WAIT_S)[0]["said"] == "still here"
    assert worker.restarts == 0


def test_a_request_that_ran_out_of_time_is_told_to_stop(worker: Worker) -> None:
    assert worker.wait_ready(WAIT_S)
    with pytest.raises(Timeout):
        worker.request("wait_for_cancel", timeout=0.05)
    # The same lane answers again only when the one before it has ended.
    assert worker.request("echo", timeout=WAIT_S)


@pytest.mark.parametrize(("first_s", "between_s"), [(0.05, WAIT_S), (WAIT_S, 0.05)])
def test_an_operation_that_falls_silent_is_given_up(worker: Worker, first_s: float, between_s: float) -> None:
    # One never says anything; the other says one thing and nothing more.
    op = "hold" if first_s < between_s else "wait_for_cancel"
    with pytest.raises(Timeout, match="too long"):
        worker.request(op, timeout=WAIT_S, first_s=first_s, between_s=between_s)


def test_a_listener_that_fails_takes_its_request_back(worker: Worker) -> None:
    def lose_interest(_value: object) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        worker.request("wait_for_cancel", timeout=WAIT_S, on_progress=lose_interest)
    assert worker.request("echo", timeout=WAIT_S)


def test_loading_does_not_hold_up_a_query(worker: Worker) -> None:
    held = worker.submit("hold", timeout=WAIT_S, lane="loading")
    worker.request("echo", {"say": 1}, timeout=WAIT_S)
    assert not held.done()
    worker.request("let_go", timeout=WAIT_S)
    assert held.result(WAIT_S)[0] == {"held": True}
