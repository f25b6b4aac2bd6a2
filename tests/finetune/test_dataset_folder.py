from __future__ import annotations

import errno
import hashlib
import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import DiskFull, InvalidInput
from host.finetune.dataset import DatasetOptions
from host.finetune.dataset_folder import make_dataset
from host.finetune.known_categories import read_dataset_categories
from host.finetune.row_files import FORMATS, Format, read_rows
from tests.finetune.category_world import write_categories

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = DatasetOptions(samples=300)


def make(folder: Path, mine: Path, **how: Any) -> dict[str, Any]:
    return make_dataset(folder / "data", OPTIONS, category_file=write_categories(mine), **how)


def list_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "data").iterdir()}


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_statistics_say_is_what_the_files_hold(tmp_path: Path, form: Format) -> None:
    told = make(tmp_path, tmp_path, form=form)
    folder = tmp_path / "data"
    assert sorted(path.name for path in folder.iterdir()) == [
        "dataset_stats.json",
        f"train.{form}",
        f"val.{form}",
    ]
    assert json.loads((folder / "dataset_stats.json").read_text(encoding="utf-8")) == told
    for name in ("train", "val"):
        rows = read_rows(folder / f"{name}.{form}")
        counts = told["counts"][name]
        assert len(rows) == counts["rows"] == told["files"][f"{name}.{form}"]["rows"]
        assert counts["category"] == Counter(row.category or "none" for row in rows)
        assert counts["language"] == Counter(row.language for row in rows)
        assert counts["source"] == Counter(row.source for row in rows)
        content = (folder / f"{name}.{form}").read_bytes()
        assert told["files"][f"{name}.{form}"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert [(each["key"], each["name"]) for each in told["categories"]] == [
        ("music-lessons", "Music lessons"),
        ("garden", "Garden"),
    ]
    known = read_dataset_categories(folder)
    assert known is not None
    assert [category.name for category in known] == ["Music lessons", "Garden"]


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    make(tmp_path, tmp_path)
    make(tmp_path / "two", tmp_path)
    assert list_files(tmp_path) == list_files(tmp_path / "two")


def test_a_dataset_that_is_there_is_replaced_when_told_to_only(tmp_path: Path) -> None:
    make(tmp_path, tmp_path)
    (tmp_path / "data" / "notes.txt").write_text("mine", encoding="utf-8")
    before = list_files(tmp_path)
    with pytest.raises(InvalidInput, match="already") as raised:
        make(tmp_path, tmp_path, form="csv")
    assert "--force" in (raised.value.fix or "")
    assert list_files(tmp_path) == before
    make(tmp_path, tmp_path, form="csv", force=True)
    # Two trainings' rows side by side would be taken for one another.
    assert sorted(list_files(tmp_path)) == ["dataset_stats.json", "notes.txt", "train.csv", "val.csv"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, tmp_path)
    before = list_files(tmp_path)

    def fail(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DiskFull, match="nothing there was changed") as raised:
        make(tmp_path, tmp_path, force=True)
    assert raised.value.fix
    assert list_files(tmp_path) == before


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    with pytest.raises(InvalidInput, match="cannot be written to") as raised:
        make(tmp_path, tmp_path)
    assert "--output" in (raised.value.fix or "")


def test_a_file_of_categories_that_is_wrong_leaves_what_was_there(tmp_path: Path) -> None:
    make(tmp_path, tmp_path)
    before = list_files(tmp_path)
    wrong = write_categories(tmp_path, 'name = "A"\ntitle_patterns = ["{variable}", "b"]')
    with pytest.raises(InvalidInput, match="variable"):
        make_dataset(tmp_path / "data", OPTIONS, category_file=wrong, force=True)
    assert list_files(tmp_path) == before
