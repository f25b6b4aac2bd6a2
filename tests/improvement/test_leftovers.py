"""What of a person's own is left in the folder of a training."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from host.improvement.leftovers import forget_rows

if TYPE_CHECKING:
    from pathlib import Path

SITE = "https://a.example/"


def row(source: str, title: str) -> dict[str, Any]:
    return {"title": title, "url": f"{SITE}{title}", "category": "Dev", "source": source}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a training leaves it: rows of each source in each file."""
    tmp_path /= "training"
    tmp_path.mkdir()
    for name in ("train", "val"):
        rows = [row(source, f"{name}-{source}") for source in ("template", "correction", "page", "written")]
        text = "".join(json.dumps(each) + "\n" for each in rows)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "dataset_stats.json").write_text('{"counts": {}}', encoding="utf-8")
    record = {"samples": [{"tab": "val-correction"}], "accuracy": 0.5}
    (tmp_path / "training.json").write_text(json.dumps(record), encoding="utf-8")
    return tmp_path


def read_titles(folder: Path) -> list[str]:
    return [
        json.loads(line)["title"]
        for name in ("train", "val")
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def test_nothing_of_the_person_is_left_and_everything_else_is(folder: Path) -> None:
    assert forget_rows(folder) == 4
    assert read_titles(folder) == ["train-template", "train-written", "val-template", "val-written"]
    assert (folder / "dataset_stats.json").is_file()
    assert json.loads((folder / "training.json").read_text(encoding="utf-8")) == {
        "samples": [], "accuracy": 0.5,
    }  # fmt: skip
    left = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert not any(word in left for word in ("-correction", "-page"))


def test_the_examples_of_categories_go_with_the_last_rows(folder: Path) -> None:
    listed = [{"name": "Dev", "examples": ["a title", "forge.example"]}]
    (folder / "training.json").write_text(json.dumps({"category_list": listed}), encoding="utf-8")
    (folder / "dataset_stats.json").write_text(json.dumps({"categories": listed}), encoding="utf-8")
    # A training that goes on is examined with them.
    forget_rows(folder, lambda _: True)
    assert "forge.example" in (folder / "training.json").read_text(encoding="utf-8")
    forget_rows(folder)
    empty = [{"name": "Dev", "examples": []}]
    assert json.loads((folder / "training.json").read_text(encoding="utf-8")) == {"category_list": empty}
    assert json.loads((folder / "dataset_stats.json").read_text(encoding="utf-8")) == {"categories": empty}


def test_rows_that_may_stay_stay(folder: Path) -> None:
    assert forget_rows(folder, lambda each: each["title"] != "val-page") == 1
    assert "train-correction" in read_titles(folder)
    assert "val-page" not in read_titles(folder)
    before = (folder / "train.jsonl").stat().st_mtime_ns
    assert forget_rows(folder, lambda _: True) == 0
    assert (folder / "train.jsonl").stat().st_mtime_ns == before


def test_a_folder_without_rows_is_left_alone(tmp_path: Path) -> None:
    assert forget_rows(tmp_path / "nowhere") == 0
    (tmp_path / "empty").mkdir()
    assert forget_rows(tmp_path / "empty") == 0
    assert list((tmp_path / "empty").iterdir()) == []


def test_where_nothing_can_be_written_the_file_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, _mode: str) -> None:
        os.close(handle)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", refuse)
    assert forget_rows(folder) == 4
    assert not (folder / "train.jsonl").exists()
    assert not [path for path in folder.iterdir() if path.name.startswith(".train")]


def test_a_line_that_cannot_be_read_is_not_kept(folder: Path) -> None:
    with (folder / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"source": "template", "title": "half')
    assert forget_rows(folder, lambda _: True) == 1
    assert "half" not in (folder / "train.jsonl").read_text(encoding="utf-8")
