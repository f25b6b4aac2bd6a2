"""The queue that measures forms of models, with a measurement that the test plays."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import Cancelled, DiskFull, NotFound
from host.models import optimisation as module
from host.models.model_forms import Choice
from host.models.optimisation import METADATA_KEY, Optimiser
from tests.makers import WAIT_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.models.store import ModelStore


class _Measuring:
    """Stands for the minutes that it takes; it is as `choose_quantisation` to its caller."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.began, self.go_on = threading.Event(), threading.Event()
        self.error: Exception | None = None
        self.go_on.set()

    def __call__(self, file: Path, _folder: Path, *, cancelled: threading.Event, **_: Any) -> Choice:
        self.files.append(file)
        self.began.set()
        while not self.go_on.wait(0.01):
            if cancelled.is_set():
                raise Cancelled("The measuring was cancelled.")
        if self.error:
            raise self.error
        return Choice("as downloaded", file, [])


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> _Measuring:
    made = _Measuring()
    monkeypatch.setattr(module, "choose_quantisation", made)
    monkeypatch.setattr(Choice, "to_record", lambda self: {"kept": self.kept, "file": None})
    monkeypatch.setattr(module, "CALM_POLL_S", 0.01)
    return made


@pytest.fixture
def changed() -> list[str]:
    return []


@pytest.fixture
def optimiser(talkers: ModelStore, measuring: _Measuring, changed: list[str]) -> Iterator[Optimiser]:
    made = Optimiser(talkers, on_changed=changed.append)
    yield made
    measuring.go_on.set()
    made.close()


def test_each_model_is_measured_once(
    optimiser: Optimiser, talkers: ModelStore, measuring: _Measuring, changed: list[str]
) -> None:
    for name in ("first", "first", "second"):
        optimiser.queue(name)
    wait_until(lambda: len(changed) == 2, "the measurements to end")
    optimiser.queue("first")
    optimiser.queue("third")
    wait_until(lambda: len(changed) == 3, "the measurements to end")
    assert changed == ["first", "second", "third"]
    assert len(measuring.files) == 3
    assert talkers.read_metadata("first")[METADATA_KEY] == {"kept": "as downloaded", "file": None}


def test_nothing_is_measured_while_somebody_needs_the_processor(
    talkers: ModelStore, measuring: _Measuring, changed: list[str]
) -> None:
    looks: list[bool] = []

    def is_calm() -> bool:
        looks.append(not measuring.files)
        return len(looks) > 3

    optimiser = Optimiser(talkers, calm=is_calm, on_changed=changed.append)
    optimiser.queue("first")
    wait_until(lambda: len(changed) == 1, "the measurements to end")
    assert looks == [True, True, True, True]
    optimiser.close()


def test_a_machine_with_an_accelerator_measures_nothing(talkers: ModelStore, measuring: _Measuring) -> None:
    optimiser = Optimiser(talkers, wanted=lambda: False)
    optimiser.queue("first")
    optimiser.close()
    assert measuring.files == []


def test_a_measurement_that_fails_costs_only_itself(
    optimiser: Optimiser, talkers: ModelStore, measuring: _Measuring, changed: list[str]
) -> None:
    measuring.error = DiskFull("There is no room.")
    measuring.go_on.clear()
    optimiser.queue("first")
    assert measuring.began.wait(WAIT_S)
    optimiser.queue("second")
    measuring.go_on.set()
    wait_until(lambda: len(measuring.files) == 2, "the second model's turn")
    assert METADATA_KEY not in talkers.read_metadata("first")


def test_a_model_that_is_being_removed_is_let_go_of(optimiser: Optimiser, measuring: _Measuring) -> None:
    measuring.go_on.clear()
    optimiser.queue("first")
    assert measuring.began.wait(WAIT_S)
    optimiser.forget("first")
    measuring.go_on.set()
    assert optimiser.run("second").kept == "as downloaded"


def test_who_waits_for_another_measurement_may_lose_interest(
    optimiser: Optimiser, measuring: _Measuring
) -> None:
    measuring.go_on.clear()
    optimiser.queue("first")
    assert measuring.began.wait(WAIT_S)
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        optimiser.run("second", cancelled=cancelled)
    assert len(measuring.files) == 1


def test_the_end_of_the_daemon_ends_a_measurement(optimiser: Optimiser, measuring: _Measuring) -> None:
    measuring.go_on.clear()
    optimiser.queue("first")
    assert measuring.began.wait(WAIT_S)
    optimiser.close()
    assert not measuring.go_on.is_set()
    with pytest.raises(NotFound):
        optimiser.restore("nobody")
