from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.finetune.data_files import describe_files, read_known_data
from host.finetune.row_files import write_rows
from host.finetune.rows import Row
from host.finetune.training import read_training_data

if TYPE_CHECKING:
    from pathlib import Path

TAUGHT, HELD = Row("Purring", "https://a.example/", "Dev"), Row("Meowing", "https://b.example/", "Dev")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Rows in a folder that is not the training's."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.jsonl").write_text(write_rows([TAUGHT], "jsonl"), encoding="utf-8")
    (folder / "held.jsonl").write_text(write_rows([HELD], "jsonl"), encoding="utf-8")
    return folder


def test_rows_are_found_where_the_training_read_them(data: Path, tmp_path: Path) -> None:
    kept = read_training_data(data / "train.jsonl", data / "held.jsonl").files
    found = read_known_data({"data": kept}, tmp_path / "run")
    assert (found.taught, found.held_out, found.objections) == ((TAUGHT,), (HELD,), ())


def test_a_folder_that_was_moved_with_its_rows_is_as_good(data: Path, tmp_path: Path) -> None:
    kept = describe_files(data / "train.jsonl", data / "held.jsonl")
    shutil.move(data, tmp_path / "elsewhere")
    found = read_known_data({"data": kept}, tmp_path / "elsewhere")
    assert (found.taught, found.held_out, found.objections) == ((TAUGHT,), (HELD,), ())


@pytest.mark.parametrize("text", [write_rows([TAUGHT, HELD], "jsonl"), "", "no rows"])
def test_rows_that_were_changed_are_told(text: str, data: Path) -> None:
    kept = describe_files(data / "train.jsonl", data / "held.jsonl")
    (data / "train.jsonl").write_text(text, encoding="utf-8")
    found = read_known_data({"data": kept}, data)
    [objection] = found.objections
    assert objection.startswith("train.jsonl was changed after the training")
    assert found.held_out == (HELD,)


def test_rows_that_are_gone_are_told(data: Path) -> None:
    kept = describe_files(data / "train.jsonl", data / "held.jsonl")
    (data / "held.jsonl").unlink()
    found = read_known_data({"data": kept}, data)
    assert (found.taught, found.held_out) == ((TAUGHT,), ())
    assert found.objections[0].startswith("held.jsonl is gone")
    assert len(read_known_data({}, data / "nowhere").objections) == 2
    with pytest.raises(InvalidInput, match="cannot be read"):
        describe_files(data / "train.jsonl", data / "held.jsonl")
