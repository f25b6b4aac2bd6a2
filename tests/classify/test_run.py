"""A run over many files, with a classifier that does as it is told."""

from __future__ import annotations

import concurrent.futures
import threading
from typing import TYPE_CHECKING, Any

import pytest

from host.classify import run as runs
from host.classify.classifier import Classification
from host.classify.files import find_files
from host.classify.resume import Journal
from host.classify.run import Run
from host.core.errors import Cancelled, ModelUnavailable, WorkerDied
from tests.makers import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Clerk:
    """Classifies by the length of a text; breaks where a text says so.

    Attributes:
        batches: sizes of what was asked.
        reached: set when a text says "wait"; the answer then waits to be cancelled.
    """

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.reached = threading.Event()
        self.closed = False
        self._cancelled = threading.Event()

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """Answer."""
        self.batches.append(len(texts))
        if any("unavailable" in text for text in texts):
            message = "Not enough memory."
            raise ModelUnavailable(message)
        if any("kill" in text for text in texts):
            message = "The worker ended."
            raise WorkerDied(message)
        if any("wait" in text for text in texts):
            self.reached.set()
            assert self._cancelled.wait(WAIT_S)
            message = "Taken back."
            raise Cancelled(message)
        return [Classification("long" if len(text) > 20 else "short", 0.9, {"long": 0.1}) for text in texts]

    def cancel(self) -> None:
        """Give up."""
        self._cancelled.set()

    def close(self) -> None:
        """Let go."""
        self.closed = True


def _make(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _run(
    folder: Path,
    make: Callable[[], Clerk],
    journal: Journal | None = None,
    in_flight: int = runs.IN_FLIGHT,
) -> Run:
    return Run(
        find_files([folder]).files,
        make_classifier=make,
        describe=lambda name, text: f"{name}\n{text}",
        settings={"model": "clerk"},
        journal=journal,
        in_flight=in_flight,
    )


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder with many files."""
    folder = tmp_path / "many"
    folder.mkdir()
    _make(folder, {f"{number:04}.txt": "word " * (number % 7) for number in range(700)})
    return folder


def test_results_stand_in_the_order_of_the_files(many: Path) -> None:
    outcome = _run(many, Clerk).execute()
    assert [outcome.done[place].path for place in range(700)] == [f"{number:04}.txt" for number in range(700)]
    assert outcome.done[1].category == "short"
    assert outcome.done[6].category == "long"


def test_batches_grow_while_they_are_answered_quickly(many: Path) -> None:
    clerks: list[Clerk] = []

    def make() -> Clerk:
        clerks.append(Clerk())
        return clerks[-1]

    _run(many, make).execute()
    sizes = [size for clerk in clerks for size in clerk.batches]
    assert sum(sizes) == 700
    assert max(sizes) > runs.FIRST_BATCH
    assert max(sizes) <= runs.LARGEST_BATCH
    assert len(clerks) <= runs.IN_FLIGHT
    assert all(clerk.closed for clerk in clerks)


def test_slow_answers_make_batches_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, {f"{number:02}.txt": "a" for number in range(20)})
    clock = iter(range(0, 10_000, 30))
    monkeypatch.setattr("host.classify.run.time.monotonic", lambda: float(next(clock)))
    clerk = Clerk()
    _run(tmp_path, lambda: clerk, in_flight=1).execute()
    assert clerk.batches == [runs.FIRST_BATCH] + [1] * (20 - runs.FIRST_BATCH)


def test_a_file_that_kills_the_worker_fails_alone(tmp_path: Path) -> None:
    _make(tmp_path, {"a.txt": "good", "b.txt": "kill", "c.txt": "good", "d.txt": "good"})
    outcome = _run(tmp_path, Clerk).execute()
    assert [file.path for _, file in sorted(outcome.done.items())] == ["a.txt", "c.txt", "d.txt"]
    assert [(item.path, item.reason) for item in outcome.failed.values()] == [("b.txt", "The worker ended.")]


def test_a_model_that_fails_at_every_file_ends_the_run(tmp_path: Path) -> None:
    _make(tmp_path, {f"{number}.txt": "kill" for number in range(100)})
    clerk = Clerk()
    run = _run(tmp_path, lambda: clerk)
    with pytest.raises(WorkerDied):
        run.execute()
    assert sum(clerk.batches) < 50


def test_a_model_that_is_not_there_ends_the_run_at_once(tmp_path: Path) -> None:
    _make(tmp_path, {"a.txt": "good", "b.txt": "unavailable"})
    with pytest.raises(ModelUnavailable):
        _run(tmp_path, Clerk).execute()


def test_what_is_no_text_is_skipped_with_a_reason(tmp_path: Path) -> None:
    _make(tmp_path, {"a.txt": "good"})
    (tmp_path / "b.bin").write_bytes(bytes(100))
    outcome = _run(tmp_path, Clerk).execute()
    assert [(item.path, item.reason) for item in outcome.skipped.values()] == [("b.bin", "binary")]
    assert len(outcome) == 2


def test_an_interrupted_run_takes_its_requests_back_and_keeps_what_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    _make(source, {f"{number:02}.txt": "good" for number in range(12)} | {"99.txt": "wait"})
    clerk = Clerk()
    journal = Journal(tmp_path / "out.json")
    run = _run(source, lambda: clerk, journal, in_flight=1)
    _interrupt_when(clerk.reached, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        run.execute()
    journal.close(finished=False)
    assert clerk.closed
    assert len(run.outcome.done) == 12
    (source / "99.txt").write_text("good", encoding="utf-8")
    resumed = Journal(tmp_path / "out.json")
    again = _run(source, Clerk, resumed).execute()
    resumed.close(finished=True)
    assert again.taken_over == 12
    assert len(again.done) == 13


def test_a_file_that_has_changed_is_asked_for_again(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    _make(source, {"a.txt": "good", "b.txt": "good"})
    journal = Journal(tmp_path / "out.json")
    _run(source, Clerk, journal).execute()
    journal.close(finished=False)
    _make(source, {"b.txt": "good and longer than it was before"})
    journal = Journal(tmp_path / "out.json")
    outcome = _run(source, Clerk, journal).execute()
    journal.close(finished=True)
    assert outcome.taken_over == 1
    assert [file.category for _, file in sorted(outcome.done.items())] == ["short", "long"]


def _interrupt_when(reached: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C once, while the run waits."""
    really_wait = concurrent.futures.wait
    due = [KeyboardInterrupt]

    def wait(*arguments: Any, **options: Any) -> Any:
        if reached.is_set() and due:
            raise due.pop()
        return really_wait(*arguments, **options)

    monkeypatch.setattr(runs, "wait", wait)
