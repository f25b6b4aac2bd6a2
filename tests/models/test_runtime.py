"""Instruction models that make room for each other, in their real processes, with tiny weights."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import Cancelled, ModelUnavailable, NotFound, WorkerDied
from host.models import runtime as module
from host.models.language import Message
from host.models.runtime import ModelRuntime
from tests.makers import WAIT_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.models.store import ModelStore

ASK = [Message("user", "tea")]


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def runtime(talkers: ModelStore, clock: _Clock) -> Iterator[ModelRuntime]:
    made = ModelRuntime(talkers, clock=clock)
    yield made
    made.close()


def _ask(runtime: ModelRuntime, name: str) -> int:
    """Have a model answer; the process that did."""
    with runtime.lend_language(name) as model:
        model.generate(ASK, max_tokens=2)
        assert model.worker.pid is not None
        return model.worker.pid


def _list_processes() -> list[psutil.Process]:
    """The language models that run as children of this process."""
    children = psutil.Process().children()
    return [child for child in children if "host.models.language_worker" in child.cmdline()]


def test_a_second_request_finds_the_model_as_the_first_left_it(runtime: ModelRuntime) -> None:
    assert _ask(runtime, "first") == _ask(runtime, "first")


def test_the_model_used_longest_ago_makes_room(runtime: ModelRuntime) -> None:
    gone = _ask(runtime, "first")
    kept = _ask(runtime, "second")
    _ask(runtime, "third")
    assert not runtime.is_loaded("first")
    assert not psutil.pid_exists(gone)
    assert _ask(runtime, "second") == kept


def test_a_model_at_work_is_not_put_out(runtime: ModelRuntime) -> None:
    with runtime.lend_language("first") as first:
        first.generate(ASK, max_tokens=2)
        at_work = first.worker.pid
        _ask(runtime, "second")
        _ask(runtime, "third")
        assert first.worker.pid == at_work
        assert first.state == "ready"
        assert not runtime.is_loaded("second")


def test_one_model_too_many_waits_until_another_has_ended(runtime: ModelRuntime) -> None:
    answered = threading.Event()

    def ask_third() -> None:
        _ask(runtime, "third")
        answered.set()

    with runtime.lend_language("first"), runtime.lend_language("second"):
        asking = threading.Thread(target=ask_third)
        asking.start()
        assert not runtime.is_loaded("third")
    assert answered.wait(WAIT_S)
    asking.join()


def test_who_waits_for_room_may_lose_interest_and_is_not_kept_for_ever(
    runtime: ModelRuntime, clock: _Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with runtime.lend_language("first"), runtime.lend_language("second"):
        with pytest.raises(Cancelled), runtime.lend_language("third", cancelled):
            pass
        monkeypatch.setattr(module, "ROOM_TIMEOUT_S", 0.0)
        with (
            pytest.raises(ModelUnavailable, match="2 models are at work") as caught,
            runtime.lend_language("third"),
        ):
            pass
        assert caught.value.fix
        assert "classify model ps" in caught.value.fix


def test_an_idle_model_rests_and_one_at_work_does_not(runtime: ModelRuntime, clock: _Clock) -> None:
    _ask(runtime, "first")
    with runtime.lend_language("second") as second:
        second.generate(ASK, max_tokens=2)
        clock.now += 601
        runtime.rest_idle(600)
        assert not runtime.is_loaded("first")
        assert runtime.is_loaded("second")
    runtime.rest_idle(600)
    assert runtime.is_loaded("second"), "it was given back just now"
    clock.now += 601
    runtime.rest_idle(600, keep=frozenset({"second"}))
    assert runtime.is_loaded("second")


def test_an_unloaded_model_leaves_no_process_and_comes_back_when_it_is_asked(runtime: ModelRuntime) -> None:
    pid = _ask(runtime, "first")
    assert runtime.unload("first")
    assert not psutil.pid_exists(pid)
    assert not runtime.unload("first")
    assert _ask(runtime, "first") != pid


def test_loading_that_is_stopped_by_unloading_does_not_begin_again(
    runtime: ModelRuntime,
) -> None:
    def stop(_share: float) -> None:
        runtime.unload("first")

    with pytest.raises(Cancelled):
        runtime.load("first", stop)
    assert not runtime.is_loaded("first")
    wait_until(lambda: not _list_processes(), "the process that was being started to be gone")


def test_a_killed_process_costs_the_request_and_the_next_one_is_answered(runtime: ModelRuntime) -> None:
    pid = _ask(runtime, "first")
    psutil.Process(pid).kill()
    wait_until(lambda: not psutil.pid_exists(pid), "the killed process to be gone")
    try:
        _ask(runtime, "first")
    except WorkerDied:
        # It may have been asked before the death was noticed.
        assert _ask(runtime, "first") != pid


def test_a_model_with_a_new_file_is_loaded_from_there_once_it_is_given_back(
    runtime: ModelRuntime, talkers: ModelStore, talker_weights: bytes
) -> None:
    with runtime.lend_language("first") as model:
        model.generate(ASK, max_tokens=2)
        fast = talkers.folder / "first" / "fast"
        fast.mkdir()
        (fast / "tiny.q8.gguf").write_bytes(talker_weights)
        talkers.update_metadata("first", quantisation={"kept": "Q8_0", "file": "fast/tiny.q8.gguf"})
        runtime.renew("first")
        assert model.state == "ready"
    with runtime.lend_language("first") as renewed:
        assert renewed.model.file == talkers.folder / "first" / "fast" / "tiny.q8.gguf"
    (talkers.folder / "first" / "fast" / "tiny.q8.gguf").unlink()
    runtime.renew("first")
    with runtime.lend_language("first") as original:
        assert original.model.file.name == "tiny.gguf"


def test_a_model_that_is_not_there_is_named_with_the_command_that_fetches_it(
    runtime: ModelRuntime, talkers: ModelStore
) -> None:
    talkers.shipped["absent"] = replace(talkers.shipped["first"], id="absent")
    with pytest.raises(NotFound) as caught:
        runtime.load("absent")
    assert caught.value.fix == "classify model download absent"
    assert runtime.find_embedder("first") is None
    assert runtime.find_activity("first") is None


def test_what_a_loaded_model_says_of_itself(runtime: ModelRuntime) -> None:
    shares: list[float] = []
    runtime.load("first", shares.append)
    activity = runtime.find_activity("first")
    assert activity is not None
    assert (activity.state, activity.device, activity.layers_on_device) == ("ready", "cpu", 0)
    assert activity.layers
    assert activity.resident
    assert activity.threads
    assert all(0 <= share <= 1 for share in shares)


def test_who_takes_a_loading_back_leaves_the_model_to_the_others(runtime: ModelRuntime) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with runtime.lend_language("first") as held:
        with pytest.raises(Cancelled):
            runtime.load("first", cancelled=cancelled)
        assert held.wait_ready(WAIT_S)
        held.generate(ASK, max_tokens=2)
    runtime.unload("first")
    with pytest.raises(Cancelled):
        runtime.load("first", cancelled=cancelled)
    assert not runtime.is_loaded("first")
