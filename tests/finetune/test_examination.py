from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.finetune.data_files import describe_files
from host.finetune.examination import prepare
from host.finetune.known_categories import read_default_categories
from host.finetune.row_files import write_rows
from host.finetune.rows import Row
from host.finetune.test_data import make_default_data
from tests.finetune.training_folders import TALKER, write_data, write_training

if TYPE_CHECKING:
    from pathlib import Path

CATS = Row("Purring", "https://a.example/", "My cats")
SAID = Row("Hissing", "https://b.example/", "My cats", source="correction")
HELD = Row("Meowing", "https://c.example/", "My cats", source="correction")
PAGE = Row("Basking", "https://sun.example/1", "My cats", source="page")
MADE = Row("Kittens", "https://d.example/", "My cats", source="template")
SEVEN = [one.name for one in read_default_categories()]

pytestmark = pytest.mark.usefixtures("talker")


def test_own_categories_are_examined_with_what_a_person_said_and_never_with_templates(tmp_path: Path) -> None:
    folder = write_data(write_training(tmp_path / "run"), [CATS, SAID], [HELD, PAGE, MADE, CATS])
    found = prepare([str(folder)], None)
    cats = [tab.title for tab in found.test.tabs if tab.category == "My cats"]
    assert cats == ["Meowing", "Basking"]
    # Of the other categories the project's own set is asked, and of none that the model does not know.
    assert {tab.category for tab in found.test.tabs} == {"Dev", "My cats", None}
    assert found.test.truth.count("Dev") > 30
    assert found.test.name == "own, and 2 held-out tabs of yours"
    assert found.test.objections == ()
    assert found.corrections == (SAID,)
    assert found.folder == folder
    assert len(found.training["history"]) == 3


def test_what_was_taught_is_not_asked_about(tmp_path: Path) -> None:
    folder = write_data(write_training(tmp_path / "run"), [CATS, SAID], [HELD, SAID])
    test = prepare([str(folder)], None).test
    assert [tab.title for tab in test.tabs if tab.category == "My cats"] == ["Meowing"]
    assert test.left_out["they were in the training data"] == 1


def test_nothing_goes_live_when_no_tab_of_an_own_category_can_be_asked_about(tmp_path: Path) -> None:
    folder = write_data(write_training(tmp_path / "run"), [CATS, SAID], [MADE])
    test = prepare([str(folder)], None).test
    [objection] = test.objections
    assert objection.startswith("no held-out tab belongs to a category of your own (My cats)")
    assert any("No tab belongs to My cats" in note for note in test.notes)


def test_a_training_whose_rows_lie_elsewhere_is_not_examined_with_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    tab = make_default_data(read_default_categories()).tabs[0]
    taught = Row(tab.title, tab.url, tab.category)
    write_data(data, [taught, replace(SAID, category="Dev")], [replace(HELD, category="Dev")])
    kept = describe_files(data / "train.jsonl", data / "val.jsonl")
    folder = write_training(tmp_path / "run", names=SEVEN, data=kept)
    found = prepare([str(folder)], None)
    assert found.test.objections == ()
    assert tab not in found.test.tabs
    assert found.test.tabs[-1].title == "Meowing"
    assert [row.title for row in found.corrections] == ["Hissing"]


def test_when_the_rows_are_gone_or_changed_a_model_is_measured_and_nothing_goes_live(tmp_path: Path) -> None:
    folder = write_data(write_training(tmp_path / "run"), [CATS, SAID], [HELD])
    kept = describe_files(folder / "train.jsonl", folder / "val.jsonl")
    changed = write_data(write_training(tmp_path / "changed", data=kept), [CATS], [HELD])
    shutil.rmtree(folder)
    test = prepare([str(changed)], None).test
    assert test.truth.count("My cats") == 1
    assert test.objections[0].startswith("train.jsonl was changed")
    (changed / "train.jsonl").unlink()
    assert prepare([str(changed)], None).test.objections[0].startswith("train.jsonl is gone")


def test_nothing_goes_live_by_a_file_of_which_nobody_knows_what_it_was_taught(tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run")
    lone = (folder / "gguf" / "adapter-f16.gguf").rename(tmp_path / "lone.gguf")
    [objection] = prepare([str(lone)], None, base=TALKER).test.objections
    assert objection == "nothing says what the model in lone.gguf was taught"


def test_the_categories_are_those_of_the_training_with_all_that_the_person_said_of_them(
    tmp_path: Path,
) -> None:
    listed = [
        {"name": "Code", "key": "dev", "description": "what I write", "examples": ["forge.example"]},
        {
            "name": "My cats",
            "description": "pets",
            "examples": ["Hissing too", "meowing", "sun.example", "fur.example"],
        },
    ]
    read = Row("Shedding", "https://fur.example/1", "My cats", source="page")
    elsewhere = replace(read, url="https://scales.example/1")
    said = [SAID, Row("Hissing too", "", "My cats", source="correction"), read, elsewhere]
    folder = write_training(tmp_path / "run", names=("Code", "My cats"), category_list=listed)
    found = prepare([str(write_data(folder, said, [HELD, PAGE]))], None)
    code, cats = found.test.categories
    assert (code.key, code.name, code.description, code.examples) == (
        "dev",
        "Code",
        "what I write",
        ("forge.example",),
    )
    # What would give a held-out tab away is told to no engine.
    assert cats.examples == ("Hissing too", "fur.example")
    # What the examples of a category say is not said a second time; what they do not say every engine hears.
    assert found.corrections == (SAID, elsewhere)


def test_a_model_of_the_seven_is_examined_with_the_own_set() -> None:
    found = prepare([TALKER], None)
    assert (found.test.name, found.test.objections) == ("own", ())
    assert (found.folder, found.training, found.corrections) == (None, {}, ())


def test_what_a_person_said_of_held_out_tabs_is_asked_beside_the_own_set(tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run", names=SEVEN)
    rows = [replace(HELD, category="Dev"), replace(CATS, category="Dev", source="template")]
    test = prepare([str(write_data(folder, [replace(SAID, category="Dev")], rows))], None).test
    assert test.name == "own, and 1 held-out tabs of yours"
    assert test.tabs[-1].title == "Meowing"
    assert len(test.tabs) > 400
    assert "Purring" not in [tab.title for tab in test.tabs]


def test_test_data_that_is_named_goes_before(tmp_path: Path) -> None:
    folder = write_data(write_training(tmp_path / "run"), [CATS, SAID], [HELD])
    file = tmp_path / "mine.jsonl"
    file.write_text(write_rows([Row("Else", "https://d.example/", "Dev")], "jsonl"), encoding="utf-8")
    assert prepare([str(folder)], str(file)).test.name == "mine.jsonl"


def test_categories_that_nothing_is_known_of_are_refused(tmp_path: Path) -> None:
    folder = write_data(write_training(tmp_path / "run", names=("My cats", "My dogs")), [CATS], [MADE])
    with pytest.raises(InvalidInput, match="no tab to measure") as refused:
        prepare([str(folder)], None)
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
