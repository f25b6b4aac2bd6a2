from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.finetune.examination import prepare
from host.finetune.known_categories import read_default_categories
from host.finetune.row_files import write_rows
from host.finetune.rows import Row
from tests.finetune.training_folders import TALKER, write_training

if TYPE_CHECKING:
    from pathlib import Path

CATS = Row("Purring", "https://a.example/", "My cats")
SAID = Row("Hissing", "https://b.example/", "My cats", source="correction")
HELD = Row("Meowing", "https://c.example/", "My cats")

pytestmark = pytest.mark.usefixtures("talker")


def write_data(folder: Path) -> Path:
    """Training and validation data beside a training; one row stands in both by mistake."""
    (folder / "train.jsonl").write_text(write_rows([CATS, SAID], "jsonl"), encoding="utf-8")
    (folder / "val.jsonl").write_text(write_rows([HELD, CATS], "jsonl"), encoding="utf-8")
    return folder


def test_a_training_is_examined_with_what_was_held_out_of_it(tmp_path: Path) -> None:
    folder = write_data(write_training(tmp_path / "run"))
    found = prepare([str(folder)], None)
    assert [tab.title for tab in found.test.tabs] == ["Meowing"]
    assert found.test.left_out == {"they were in the training data": 1}
    assert found.corrections == (SAID,)
    assert found.folder == folder
    assert len(found.training["history"]) == 3


def test_a_model_of_the_seven_is_examined_with_the_own_set() -> None:
    found = prepare([TALKER], None)
    assert found.test.name == "own"
    assert (found.folder, found.training, found.corrections) == (None, {}, ())


def test_what_a_person_said_of_held_out_tabs_is_asked_beside_the_own_set(tmp_path: Path) -> None:
    names = [one.name for one in read_default_categories()]
    folder = write_training(tmp_path / "run", names=names)
    rows = [
        replace(HELD, category="Dev", source="correction"),
        replace(CATS, category="Dev", source="template"),
    ]
    (folder / "val.jsonl").write_text(write_rows(rows, "jsonl"), encoding="utf-8")
    test = prepare([str(folder)], None).test
    assert test.name == "own, and 1 held-out tabs of yours"
    assert test.tabs[-1].title == "Meowing"
    assert len(test.tabs) > 400
    assert "Purring" not in [tab.title for tab in test.tabs]


def test_test_data_that_is_named_goes_before(tmp_path: Path) -> None:
    folder = write_data(write_training(tmp_path / "run"))
    file = tmp_path / "mine.jsonl"
    file.write_text(write_rows([Row("Else", "https://d.example/", "Dev")], "jsonl"), encoding="utf-8")
    assert prepare([str(folder)], str(file)).test.name == "mine.jsonl"


def test_own_categories_without_test_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no test data") as refused:
        prepare([str(write_training(tmp_path / "run"))], None)
    assert "--test-data" in (refused.value.fix or "")


def test_models_of_different_categories_are_not_compared(tmp_path: Path) -> None:
    one = write_training(tmp_path / "one")
    other = write_training(tmp_path / "other", names=("Dev", "My dogs"))
    with pytest.raises(InvalidInput, match="different categories"):
        prepare([str(one), str(other)], None)


@pytest.mark.parametrize("names", [[], ["Dev", "dev"], [""]])
def test_damaged_categories_of_a_dataset_are_told(names: list[str], tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run")
    said = {"categories": [{"name": name} for name in names]}
    (folder / "dataset_stats.json").write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        prepare([str(folder)], None)
    assert refused.value.fix
