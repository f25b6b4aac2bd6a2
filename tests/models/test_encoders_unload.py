"""Letting go of models of the encoder process: while they load, and when the process does not answer."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import AppError, ModelUnavailable, NotFound, WorkerDied
from tests.makers import wait_until
from tests.models.encoder_world import WAIT_S, Gate, Models, begin, embed, kill, names

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from host.models.encoder_places import EncoderSpec
    from host.models.encoders import EncoderProcess

pytestmark = pytest.mark.model


@pytest.fixture
def models(tiny_models: dict[str, Path], tmp_path: Path) -> Iterator[Models]:
    made = Models(tiny_models, tmp_path)
    yield made
    made.close()


def has_in_memory(process: EncoderProcess, model_id: str) -> bool:
    """What the process itself says, once it has done what it was told of its models."""
    question = {"model_id": model_id, "texts": ["tea"]}
    try:
        process.worker.request("embed", question, timeout=WAIT_S, lane="loading")
    except NotFound:
        return False
    return True


@dataclass(frozen=True)
class Slow:
    """A model that is being loaded until its gate is opened, and someone who waits for it."""

    spec: EncoderSpec
    gate: Gate
    waiter: threading.Thread
    outcome: list[object]
    loads: Path


def begin_slow(models: Models, process: EncoderProcess) -> Slow:
    gate, loads = models.gate(), models.folder / "loads"
    spec = models.with_code(on_load=f"open({str(loads)!r}, 'a').write('x'); {gate.statement}")
    waiter, outcome = begin(lambda: process.ensure(spec, WAIT_S))
    wait_until(gate.meet, "the model is being made")
    return Slow(spec, gate, waiter, outcome, loads)


def test_idle_models_of_a_halted_process_go_and_are_dropped_when_it_goes_on(models: Models) -> None:
    process = models.start()
    for name in ("kept", "idle"):
        embed(process, models.spec(name))
    pid = process.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert process.rest_idle(0.0, {"kept"}) == ["idle"]
    assert names(process) == {"kept"}
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: not has_in_memory(process, "idle"), "the model is dropped")
    assert has_in_memory(process, "kept")


def test_a_halted_process_with_nothing_but_idle_models_is_ended(models: Models) -> None:
    process = models.start()
    spec = models.spec()
    embed(process, spec)
    halted = kill(process, signal.SIGSTOP)
    assert process.rest_idle(0.0) == ["bert"]
    wait_until(lambda: not halted.is_running(), "the process is ended")
    assert embed(process, spec).shape == (1, 32)
    assert process.worker.starts == 2


def test_a_halted_process_with_a_full_pipe_holds_up_neither_rest_nor_end(models: Models) -> None:
    process = models.start()
    for name in ("busy", "idle"):
        embed(process, models.spec(name))
    halted = kill(process, signal.SIGSTOP)
    thread, outcome = begin(lambda: embed(process, models.spec("busy"), "tea " * 500_000))
    wait_until(lambda: bool(process.worker._waiting), "the question is being sent")
    assert process.rest_idle(0.0) == ["idle"]
    process.close()
    thread.join()
    assert isinstance(outcome[0], WorkerDied)
    assert not halted.is_running()


def test_no_process_is_started_to_unload_from_it(models: Models) -> None:
    process = models.start()
    embed(process, models.spec())
    begin_slow(models, process)
    # It is told behind the loading, and dies before that has ended.
    assert process.unload("bert")
    dead = kill(process)
    wait_until(lambda: process.state_of("with-code") == "failed", "the death is noticed")
    assert not process.unload("bert")
    assert process.rest_idle(0.0) == []
    process.close()
    assert not dead.is_running()
    assert process.worker.starts == 1


def test_a_model_that_is_unloaded_while_it_loads_is_not_kept(models: Models) -> None:
    process = models.start()
    slow = begin_slow(models, process)
    assert process.holds_or_loads("with-code")
    assert process.unload("with-code")
    assert not process.unload("with-code")
    assert not process.holds_or_loads("with-code")
    assert process.state_of("with-code") == "stopped"
    slow.waiter.join()
    (refused,) = slow.outcome
    assert isinstance(refused, ModelUnavailable)
    assert "unloaded while it was loading" in refused.message
    slow.gate.open()
    process.ensure(models.spec(), WAIT_S)
    assert names(process) == {"bert"}
    assert not has_in_memory(process, "with-code")
    assert process.failure_of("with-code") is None


def test_a_model_that_is_wanted_again_while_it_loads_is_loaded_once(models: Models) -> None:
    process = models.start()
    slow = begin_slow(models, process)
    assert process.unload("with-code")
    process.begin(slow.spec)
    assert process.state_of("with-code") == "starting"
    assert process.holds_or_loads("with-code")
    slow.gate.open()
    process.ensure(slow.spec, WAIT_S)
    assert has_in_memory(process, "with-code")
    assert slow.loads.read_text(encoding="utf-8") == "x"


def test_a_model_asked_for_in_another_folder_while_it_loads_is_that_one(models: Models) -> None:
    process = models.start()
    slow = begin_slow(models, process)
    other = models.spec("with-code", "xlm_roberta_embedder")
    process.begin(other)
    slow.gate.open()
    made = embed(process, other, "tea is hot")
    assert (made == embed(process, models.spec("plain", "xlm_roberta_embedder"), "tea is hot")).all()


def test_a_model_in_memory_can_be_asked_for_without_its_adapter(models: Models) -> None:
    process = models.start()
    assert not process.holds_or_loads("bert")
    embed(process, models.spec())
    assert process.holds_or_loads("bert")
    assert process.unload("bert")
    assert not process.holds_or_loads("bert")
    assert not process.holds_or_loads("never-heard-of")


def test_ending_while_two_models_load_starts_no_other_process(models: Models) -> None:
    process = models.start()
    slow = begin_slow(models, process)
    waiter, outcome = begin(lambda: process.ensure(models.spec("second"), WAIT_S))
    wait_until(lambda: process.holds_or_loads("second"), "the second waits its turn")
    pid = process.worker.pid
    assert pid is not None
    child = psutil.Process(pid)
    process.close()
    for thread in (slow.waiter, waiter):
        thread.join()
    assert isinstance(slow.outcome[0], WorkerDied)
    assert isinstance(outcome[0], AppError)
    assert not child.is_running()
    assert process.worker.pid is None
    assert process.worker.starts == 1
