from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotReady
from host.finetune.training_folder import (
    ADAPTER,
    TRAINING_FILE,
    choose_folder,
    forget_training,
    hold_folder,
    open_training,
)

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 3, 9)


def write_state(folder: Path, *, finished: bool) -> Path:
    """A folder that a pipeline has begun in."""
    folder.mkdir(parents=True)
    (folder / "pipeline.json").write_text(json.dumps({"version": 1, "finished": finished}), encoding="utf-8")
    return folder


def write_training(folder: Path, *, finished: bool) -> Path:
    """A folder that a training was begun in."""
    (folder / ADAPTER).mkdir(parents=True)
    (folder / TRAINING_FILE).write_text(json.dumps({"finished": finished}), encoding="utf-8")
    return folder


def test_a_new_folder_has_the_models_name_and_the_date(tmp_path: Path) -> None:
    assert choose_folder(tmp_path, "My model.gguf", TODAY) == tmp_path / "My-model.gguf-2026-03-09"


def test_a_pipeline_that_was_killed_before_midnight_is_gone_on_with(tmp_path: Path) -> None:
    begun = write_state(tmp_path / "tiny-2026-03-08", finished=False)
    write_state(tmp_path / "tiny-2026-03-07", finished=True)
    write_state(tmp_path / "tiny-large-2026-03-08", finished=False)
    assert choose_folder(tmp_path, "tiny", TODAY) == begun


def test_a_finished_pipeline_of_another_day_is_not_gone_on_with(tmp_path: Path) -> None:
    write_state(tmp_path / "tiny-2026-03-08", finished=True)
    assert choose_folder(tmp_path, "tiny", TODAY) == tmp_path / "tiny-2026-03-09"


def test_a_training_of_today_that_came_to_its_end_is_not_touched_by_the_next(tmp_path: Path) -> None:
    write_state(tmp_path / "tiny-2026-03-09", finished=True)
    second = tmp_path / "tiny-2026-03-09-2"
    assert choose_folder(tmp_path, "tiny", TODAY) == second
    write_state(second, finished=False)
    assert choose_folder(tmp_path, "tiny", TODAY) == second
    for number in range(2, 11):
        folder = tmp_path / f"tiny-2026-03-09-{number}"
        folder.mkdir(exist_ok=True)
        (folder / "pipeline.json").write_text('{"finished": true}', encoding="utf-8")
    assert choose_folder(tmp_path, "tiny", TODAY) == tmp_path / "tiny-2026-03-09-11"
    begun = write_state(tmp_path / "tiny-2026-03-09-11", finished=False)
    assert choose_folder(tmp_path, "tiny", TODAY) == begun


def test_a_training_that_no_pipeline_has_begun_is_left_alone(tmp_path: Path) -> None:
    write_training(tmp_path / "tiny-2026-03-09", finished=True)
    assert choose_folder(tmp_path, "tiny", TODAY) == tmp_path / "tiny-2026-03-09-2"


def test_a_training_is_neither_overwritten_nor_resumed_by_accident(tmp_path: Path) -> None:
    begun = write_training(tmp_path / "begun", finished=False)
    done = write_training(tmp_path / "done", finished=True)
    with pytest.raises(InvalidInput, match=r"a training in .* already"), open_training(begun, resume=False):
        pass
    with pytest.raises(InvalidInput, match="come to its end"), open_training(done, resume=True):
        pass
    with pytest.raises(InvalidInput, match="no training in"), open_training(tmp_path / "new", resume=True):
        pass
    with open_training(begun, resume=True):
        pass


def test_a_folder_is_held_by_one_run_at_a_time(tmp_path: Path) -> None:
    with hold_folder(tmp_path / "run"), pytest.raises(NotReady), hold_folder(tmp_path / "run"):
        pass
    with hold_folder(tmp_path / "run"):
        pass


def test_forgetting_a_training_leaves_everything_else(tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run", finished=True)
    (folder / "train.jsonl").write_text("{}", encoding="utf-8")
    forget_training(folder)
    assert [path.name for path in folder.iterdir()] == ["train.jsonl"]


def test_a_training_that_was_refused_is_not_in_the_way_of_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / TRAINING_FILE).write_text(json.dumps({"finished": False}), encoding="utf-8")
    with open_training(folder, resume=False):
        pass
    # One that was killed before its first checkpoint looks the same, and may be resumed.
    with open_training(folder, resume=True):
        pass
