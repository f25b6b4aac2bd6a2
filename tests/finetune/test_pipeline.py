from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.core.errors import Cancelled, DiskFull, ModelUnavailable, NotReady, StorageError
from host.finetune.pipeline import Pipeline, PipelineProgress
from host.finetune.pipeline_state import STATE_FILE
from host.finetune.training_folder import LOCK_FILE
from tests.finetune.fake_steps import FakeSteps

if TYPE_CHECKING:
    from host.finetune.pipeline import StepResult
    from host.finetune.steps import StepWork

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def steps() -> FakeSteps:
    return FakeSteps()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "training"


def go(folder: Path, steps: FakeSteps, *, fresh: bool = False) -> list[StepResult]:
    """Run everything."""
    return Pipeline(folder, steps.make()).run({}, fresh=fresh)


def test_every_step_is_done_once_and_a_second_run_does_none(folder: Path, steps: FakeSteps) -> None:
    first = go(folder, steps)
    assert steps.names == ["cook", "eat", "wash"]
    assert [result.skipped for result in first] == [False, False, False]
    second = go(folder, steps)
    assert steps.names == ["cook", "eat", "wash"]
    assert [result.skipped for result in second] == [True, True, True]
    assert [result.text for result in second] == [result.text for result in first]
    assert [result.values for result in second] == [result.values for result in first]


def test_what_came_of_a_bad_moment_is_done_again_and_the_run_is_not_over(
    folder: Path, steps: FakeSteps
) -> None:
    steps.passing = {"eat"}
    first = go(folder, steps)
    assert [result.text for result in first] == ["cook is done.", "eat is done.", "wash is done."]
    assert json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))["finished"] is False
    steps.runs.clear()
    steps.passing.clear()
    steps.options["wash"] = {"salt": 3}
    go(folder, steps)
    assert steps.names == ["eat", "wash"]
    assert json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))["finished"] is True
    steps.runs.clear()
    go(folder, steps)
    assert steps.names == []


def test_a_changed_option_redoes_its_step_and_what_stands_on_it(folder: Path, steps: FakeSteps) -> None:
    go(folder, steps)
    steps.runs.clear()
    steps.options["eat"]["salt"] = 2
    go(folder, steps)
    assert steps.runs == [("eat", False), ("wash", False)]


def test_a_step_redone_with_the_same_result_costs_nobody_else_anything(
    folder: Path, steps: FakeSteps
) -> None:
    go(folder, steps)
    steps.runs.clear()
    steps.options["cook"]["spoon"] = "wooden"
    go(folder, steps)
    assert steps.names == ["cook"]


@pytest.mark.parametrize("harm", ["removed", "changed"])
def test_a_result_that_is_no_longer_there_is_made_again(folder: Path, steps: FakeSteps, harm: str) -> None:
    go(folder, steps)
    steps.runs.clear()
    file = folder / "eat.txt"
    if harm == "removed":
        file.unlink()
    else:
        file.write_text("x" * file.stat().st_size, encoding="utf-8")
    go(folder, steps)
    assert steps.names == ["eat"]


def test_a_fresh_run_does_everything_again(folder: Path, steps: FakeSteps) -> None:
    go(folder, steps)
    steps.runs.clear()
    go(folder, steps, fresh=True)
    assert steps.runs == [("cook", False), ("eat", False), ("wash", False)]


def test_a_step_that_fails_is_where_the_next_run_begins(folder: Path, steps: FakeSteps) -> None:
    def fail(work: StepWork) -> None:
        if work.name == "eat":
            message = "The spoon is gone."
            raise ModelUnavailable(message)

    steps.before = fail
    with pytest.raises(ModelUnavailable, match="The spoon is gone"):
        go(folder, steps)
    noted = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))["steps"]["eat"]
    assert (noted["state"], noted["text"]) == ("failed", "The spoon is gone.")
    steps.before = lambda _: None
    steps.runs.clear()
    go(folder, steps)
    assert steps.runs == [("eat", True), ("wash", False)]


def test_what_failed_with_other_options_is_not_gone_on_with(folder: Path, steps: FakeSteps) -> None:
    def fail(work: StepWork) -> None:
        if work.name == "eat":
            message = "The spoon is gone."
            raise ModelUnavailable(message)

    steps.before = fail
    with pytest.raises(ModelUnavailable):
        go(folder, steps)
    steps.before = lambda _: None
    steps.runs.clear()
    steps.options["eat"]["salt"] = 3
    go(folder, steps)
    assert steps.runs == [("eat", False), ("wash", False)]


def test_a_cancelled_run_keeps_what_is_done_and_goes_on_with_what_was_begun(
    folder: Path, steps: FakeSteps
) -> None:
    stop = threading.Event()
    seen: list[PipelineProgress] = []

    def watch(value: PipelineProgress) -> None:
        seen.append(value)
        if (value.current.step, value.current.stage) == ("eat", "half"):
            stop.set()

    steps.before = lambda work: work.report("half", 0.5)
    with pytest.raises(Cancelled):
        Pipeline(folder, steps.make()).run({}, on_progress=watch, cancelled=stop)
    assert (seen[-1].number, seen[-1].count) == (2, 3)
    steps.runs.clear()
    go(folder, steps)
    assert steps.runs == [("eat", True), ("wash", False)]


def test_the_share_of_the_whole_never_falls_and_counts_the_weights(folder: Path, steps: FakeSteps) -> None:
    seen: list[PipelineProgress] = []
    Pipeline(folder, steps.make()).run({}, on_progress=seen.append)
    shares = [value.share for value in seen]
    assert shares == sorted(shares)
    halves = {value.current.step: value.share for value in seen if value.current.stage == "half"}
    assert halves == {"cook": 0.25, "eat": 0.625, "wash": 0.875}


def test_two_runs_in_one_folder_at_once_are_refused(folder: Path, steps: FakeSteps) -> None:
    def begin_another(_: StepWork) -> None:
        steps.before = lambda _: None
        with pytest.raises(NotReady, match="Another run is at work"):
            go(folder, FakeSteps())

    steps.before = begin_another
    go(folder, steps)
    assert steps.names == ["cook", "eat", "wash"]


def test_a_killed_run_goes_on(folder: Path, steps: FakeSteps) -> None:
    program = """
import os, sys
from pathlib import Path
from host.finetune.pipeline import Pipeline
from tests.finetune.fake_steps import FakeSteps
steps = FakeSteps()
steps.before = lambda work: os._exit(9) if work.name == "eat" else None
Pipeline(Path(sys.argv[1]), steps.make()).run({})
"""
    ended = subprocess.run([sys.executable, "-c", program, str(folder)], cwd=ROOT, check=False)
    assert ended.returncode == 9
    assert (folder / LOCK_FILE).exists()
    go(folder, steps)
    assert steps.runs == [("eat", True), ("wash", False)]


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1, "steps": {"cook": {"state": "done"}}}'])
def test_a_damaged_state_is_no_state(folder: Path, steps: FakeSteps, text: str) -> None:
    folder.mkdir()
    (folder / STATE_FILE).write_text(text, encoding="utf-8")
    go(folder, steps)
    assert steps.names == ["cook", "eat", "wash"]


def test_a_full_disk_is_said_and_nothing_is_lost(folder: Path, steps: FakeSteps) -> None:
    def fill(work: StepWork) -> None:
        if work.name == "wash":
            raise OSError(errno.ENOSPC, "No space left on device")

    steps.before = fill
    with pytest.raises(DiskFull, match="is full") as caught:
        go(folder, steps)
    assert "run the same command again" in str(caught.value.fix)
    steps.before = lambda _: None
    steps.runs.clear()
    go(folder, steps)
    assert steps.names == ["wash"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, steps: FakeSteps) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be used"):
        go(tmp_path / "file" / "training", steps)
