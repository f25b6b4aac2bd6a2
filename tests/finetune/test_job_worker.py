from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from host.core.errors import Cancelled, NotFound, NotReady
from host.evaluation.bench.home import stop_daemon
from host.finetune.examined_home import HOME
from host.finetune.job_worker import describe, remove_left_home, tell_progress
from host.finetune.pipeline import PipelineProgress
from host.finetune.pipeline_run import PipelineResult
from host.finetune.steps import StepProgress
from host.finetune.training_folder import hold_folder
from host.workers.client import Worker
from tests.finetune.training_folders import TALKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.core.paths import Paths
    from host.models.store import ModelStore

WAIT_S = 120.0


@pytest.fixture
def worker(home: Paths, talker: ModelStore) -> Iterator[Worker]:
    """The process, in a home with one tiny model."""
    assert talker.folder == home.models
    made = Worker("training", "host.finetune.job_worker", {})
    yield made
    made.close()
    stop_daemon(home)


def test_the_process_steps_back_behind_everything_else(worker: Worker) -> None:
    assert worker.wait_ready(WAIT_S)
    process = psutil.Process(worker.pid)
    if sys.platform == "win32":
        assert process.nice() == psutil.IDLE_PRIORITY_CLASS
    else:
        assert process.nice() >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 15)
    if sys.platform == "linux":
        assert process.ionice().ioclass == psutil.IOPRIO_CLASS_IDLE


def test_a_cancelled_job_ends_within_seconds_and_leaves_what_the_next_one_goes_on_with(
    worker: Worker, tmp_path: Path
) -> None:
    stop = threading.Event()
    seen: list[dict[str, Any]] = []

    def watch(value: dict[str, Any]) -> None:
        seen.append(value)
        if value["stage"] == "train":
            stop.set()

    header = {"folder": str(tmp_path / "job"), "base": TALKER, "profile": "p", "samples": 160}
    with pytest.raises(Cancelled):
        worker.request("run", header, timeout=WAIT_S, on_progress=watch, cancelled=stop)
    assert seen[0]["stage"] == "dataset"
    assert seen[0]["text"] == "Making examples (step 1 of 5)."
    assert (tmp_path / "job" / "train.jsonl").is_file()
    assert (tmp_path / "job" / "pipeline.json").is_file()


def test_the_home_that_a_killed_examination_has_left_is_gone_when_the_next_one_begins(
    worker: Worker, tmp_path: Path
) -> None:
    left = tmp_path / "job" / HOME / "data"
    left.mkdir(parents=True)
    (left / "history.db").write_text("what a person said", encoding="utf-8")
    # Whatever becomes of the rest.
    header = {"folder": str(tmp_path / "job"), "base": "nobody", "profile": "p", "samples": 160}
    with pytest.raises(NotFound):
        worker.request("run", header, timeout=WAIT_S)
    assert not (tmp_path / "job" / HOME).exists()


def test_the_home_of_another_run_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    left = folder / HOME
    left.mkdir(parents=True)
    with hold_folder(folder), pytest.raises(NotReady):
        remove_left_home(folder)
    assert left.is_dir()
    remove_left_home(folder)
    assert not left.exists()


def test_a_missing_model_is_told_as_it_is(worker: Worker, tmp_path: Path) -> None:
    header = {"folder": str(tmp_path / "job"), "base": "nobody", "profile": "p", "samples": 160}
    with pytest.raises(NotFound, match="no model named nobody"):
        worker.request("run", header, timeout=WAIT_S)


def test_the_time_that_is_left_is_told_once_there_is_something_to_reckon_with() -> None:
    now = [0.0]
    told: list[dict[str, Any]] = []
    tell = tell_progress(told.append, lambda: now[0])

    def say(share: float, at: float) -> float | None:
        now[0] = at
        tell(PipelineProgress(StepProgress("train", "training", share), 2, 5, share))
        remaining: float | None = told[-1]["remaining_s"]
        return remaining

    # Half of it was done by an earlier run, which says nothing of the pace of this one.
    assert say(0.5, 100.0) is None
    assert say(0.51, 101.0) is None
    assert say(0.75, 200.0) == pytest.approx(100.0)
    assert told[-1]["share"] == 0.75
    assert told[-1]["text"] == "Teaching the model (step 2 of 5)."


@pytest.mark.parametrize("state", ["deployed", "refused"])
def test_the_answer_says_what_came_of_it(state: Any) -> None:
    result = PipelineResult(Path("run"), state, "It stays.", Path("run/report.md"), ())
    assert describe(result) == {
        "state": state,
        "text": "It stays.",
        "report": str(Path("run/report.md")),
        "folder": "run",
    }
