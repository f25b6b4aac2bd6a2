"""What of a training stays for the next one, and what goes with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from host.improvement.job import JobFile
from host.improvement.service import JOB_FILE, MOST_FAILURES
from tests.improvement.conftest import PROFILE, World
from tests.makers import wait_until


def test_a_training_that_failed_is_gone_on_with(world: World) -> None:
    world.order("fail")
    failed = world.improvement.improve(PROFILE)
    world.wait_for("failed")
    world.order("deployed")
    again = world.improvement.improve(PROFILE)
    assert (again.folder, again.share, again.begun) == (failed.folder, 0.5, True)
    # What was said since it began is not in it, and counts for the next one.
    assert again.started_at == failed.started_at
    world.wait_for("deployed")
    assert len(world.runs()) == 2


@pytest.mark.parametrize("other", ["model", "often"])
def test_a_training_of_another_model_or_one_that_fails_and_fails_begins_anew(
    world: World, other: str
) -> None:
    world.order("fail")
    for _ in range(MOST_FAILURES if other == "often" else 1):
        world.improvement.improve(PROFILE, "smollm")
        world.wait_for("failed")
    folder = _move_to(world, "improve-1")
    world.order("deployed")
    job = world.improvement.improve(PROFILE, "larger" if other == "model" else "smollm")
    assert job.folder != str(folder)
    assert not job.begun
    world.wait_for("deployed")
    assert not folder.exists()


def test_the_last_training_with_a_report_is_kept_whatever_becomes_of_later_ones(world: World) -> None:
    for number, (order, model, kept) in enumerate(
        [
            ("deployed", "smollm", {"improve-0"}),
            ("fail", "smollm", {"improve-0", "improve-1"}),
            ("fail", "larger", {"improve-0", "improve-2"}),
            # It goes on with the one before.
            ("refused", "larger", {"improve-0", "improve-3"}),
            ("fail", "smollm", {"improve-3", "improve-4"}),
        ]
    ):
        world.order(order)
        world.improvement.improve(PROFILE, model)
        world.wait_for("deployed", "refused", "failed")
        # The next one is named by another second.
        _move_to(world, f"improve-{number}")
        assert {path.name for path in world.folder.iterdir() if path.is_dir()} == kept
    world.order("wait")
    world.improvement.improve(PROFILE)
    world.wait_begun()
    world.improvement.cancel()
    assert {path.name for path in world.folder.iterdir() if path.is_dir()} == {"improve-3"}


@pytest.mark.parametrize("order", ["deployed", "refused"])
def test_a_training_that_has_ended_keeps_no_rows_of_the_person(world: World, order: str) -> None:
    world.order("wait")
    folder = Path(str(world.improvement.improve(PROFILE).folder))
    world.wait_begun()
    world.write_rows(folder, "tea")
    world.remembered.add("tea")
    world.order(order)
    world.wait_for("deployed", "refused")
    assert world.read_rows(folder) == ["made"]


def test_a_failed_training_forgets_what_its_person_takes_back(world: World) -> None:
    world.order("fail")
    folder = Path(str(world.improvement.improve(PROFILE).folder))
    world.wait_for("failed")
    world.write_rows(folder, "tea", "coffee")
    world.remembered = {"tea"}
    world.improvement.forget("somebody")
    assert world.read_rows(folder) == ["tea", "coffee", "made"]
    world.improvement.forget(PROFILE)
    assert world.read_rows(folder) == ["tea", "made"]


def test_a_running_training_begins_anew_without_what_its_person_takes_back(world: World) -> None:
    world.order("wait")
    folder = Path(str(world.improvement.improve(PROFILE).folder))
    world.wait_begun()
    world.write_rows(folder, "tea", "coffee")
    world.remembered = {"tea", "coffee"}
    world.improvement.forget(PROFILE)
    assert world.read_rows(folder) == ["tea", "coffee", "made"]
    world.remembered = {"tea"}
    world.improvement.forget(PROFILE)
    assert world.read_rows(folder) == ["tea", "made"]
    wait_until(lambda: len(world.runs()) == 2, "its process was started again")
    world.order("deployed")
    world.wait_for("deployed")
    assert len(world.runs()) == 2


def _move_to(world: World, name: str) -> Path:
    """Give the folder of a job that has ended another name."""
    job = world.improvement.job
    there = world.folder / name
    world.improvement.close()
    Path(str(job.folder)).rename(there)
    report = str(there / "report.md") if job.report else None
    JobFile(world.folder / JOB_FILE).write(replace(job, folder=str(there), report=report))
    world.restart()
    return there
