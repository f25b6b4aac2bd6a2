"""What the death of the encoder process costs, and how a request is taken back."""

from __future__ import annotations

import signal
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import Cancelled, WorkerDied
from tests.makers import wait_until
from tests.models.encoder_world import WAIT_S, Models, begin, embed, kill
from tests.tiny_models import write_code

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.model


@pytest.fixture
def models(tiny_models: dict[str, Path], tmp_path: Path) -> Iterator[Models]:
    made = Models(tiny_models, tmp_path)
    yield made
    made.close()


def test_a_process_killed_while_it_loads_names_the_model_and_the_next_request_works(models: Models) -> None:
    process = models.start()
    other = models.spec()
    embed(process, other)
    gate = models.gate()
    spec = models.with_code(on_load=gate.statement)
    thread, outcome = begin(lambda: process.ensure(spec, WAIT_S))
    wait_until(gate.meet, "the model is being made")
    victim = kill(process)
    thread.join()
    (died,) = outcome
    assert isinstance(died, WorkerDied)
    assert "(signal 9)" in died.message
    assert "loading with-code" in died.message
    assert "memory" in str(died.fix)
    assert not victim.is_running()
    assert process.state_of("with-code") == "failed"
    places = Path(tempfile.gettempdir())
    assert list(places.glob(f"ai-history-code-{victim.pid}-*"))
    write_code(spec.folder)
    assert embed(process, spec).shape == (1, 32)
    assert embed(process, other).shape == (1, 32)
    assert process.worker.starts == 2
    assert not list(places.glob(f"ai-history-code-{victim.pid}-*"))


def test_a_process_killed_while_it_computes_costs_only_the_request_in_flight(models: Models) -> None:
    process = models.start()
    other = models.spec()
    embed(process, other)
    gate = models.gate()
    spec = models.with_code(on_forward=f"input_ids.shape[1] > 20 and {gate.statement}")
    thread, outcome = begin(lambda: embed(process, spec, "tea " * 50, lane="background"))
    wait_until(gate.meet, "it computes")
    victim = kill(process)
    thread.join()
    (died,) = outcome
    assert isinstance(died, WorkerDied)
    assert "computing with with-code" in died.message
    assert not victim.is_running()
    assert process.loaded() == []
    assert embed(process, other).shape == (1, 32)
    assert embed(process, spec, "tea").shape == (1, 32)


def test_an_instruction_that_the_processor_lacks_is_said_and_not_tried_at_once_again(models: Models) -> None:
    process = models.start()
    spec = models.with_code(on_load=f"import os; os.kill(os.getpid(), {int(signal.SIGILL)})")
    with pytest.raises(WorkerDied) as caught:
        process.ensure(spec, WAIT_S)
    assert "loading with-code" in caught.value.message
    assert "processor" in str(caught.value.fix)
    with pytest.raises(WorkerDied):
        process.ensure(spec, WAIT_S)
    assert process.is_resting("with-code")
    starts = process.worker.starts
    with pytest.raises(WorkerDied, match="with-code"):
        process.ensure(spec, WAIT_S)
    assert process.worker.starts == starts


def test_a_process_that_is_ended_while_it_loads_leaves_nothing_behind(models: Models) -> None:
    process = models.start()
    gate = models.gate()
    thread, outcome = begin(lambda: process.ensure(models.with_code(on_load=gate.statement), WAIT_S))
    wait_until(gate.meet, "the model is being made")
    pid = process.worker.pid
    assert pid is not None
    child = psutil.Process(pid)
    process.close()
    thread.join()
    assert isinstance(outcome[0], WorkerDied)
    assert not child.is_running()
    assert process.worker.pid is None


def test_a_long_request_ends_between_two_batches_when_it_is_taken_back(models: Models) -> None:
    process = models.start()
    gate = models.gate()
    spec = models.with_code(on_forward=f"input_ids.shape[1] > 20 and {gate.statement}")
    process.ensure(spec, WAIT_S)
    cancelled = threading.Event()
    texts = ["tea " * 50] * 16 * 8
    thread, outcome = begin(lambda: embed(process, spec, *texts, lane="background", cancelled=cancelled))
    wait_until(gate.meet, "the first batch is computed")
    assert embed(process, models.spec(), "rain").shape == (1, 32)
    cancelled.set()
    passed = 0

    def let_through() -> bool:
        nonlocal passed
        if gate.meet():
            gate.open()
            passed += 1
        return not thread.is_alive()

    wait_until(let_through, "it gives up")
    assert isinstance(outcome[0], Cancelled)
    assert passed < 8
