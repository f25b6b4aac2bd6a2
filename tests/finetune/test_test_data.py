from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import LabelledTab
from host.finetune.known_categories import name_categories, read_default_categories
from host.finetune.row_files import write_rows
from host.finetune.rows import Row
from host.finetune.test_data import leave_out_taught, make_test_data, read_test_data
from host.tabs.examples import read_examples

if TYPE_CHECKING:
    from pathlib import Path

    from host.finetune.row_files import Format

SEVEN = read_default_categories()
OWN = name_categories(["Dev", "My cats"])


@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_rows_are_read_from_every_form(form: Format, tmp_path: Path) -> None:
    rows = [Row("Purring", "https://a.example/", "my CATS", "de"), Row("Maps", "https://b.example/", None)]
    path = tmp_path / f"held.{form}"
    path.write_text(write_rows(rows, form), encoding="utf-8")
    found = read_test_data(str(path), OWN)
    assert found.truth == ["My cats", "none"]
    assert found.labels == ("Dev", "My cats", "none")
    assert found.to_json()["foreign"] == 0.5


def test_the_own_set_has_the_names_of_the_categories() -> None:
    found = read_test_data("own", SEVEN)
    assert {tab.category for tab in found.tabs} == {*(one.name for one in SEVEN), None}
    assert found.notes == [
        f"{420 - len(found.tabs)} tabs were left out: the product has them among its own examples."
    ]


def test_tabs_of_categories_that_are_switched_off_are_left_out_of_a_set() -> None:
    found = read_test_data("own", [one for one in SEVEN if one.key != "cloud"])
    assert "Cloud" not in found.truth
    assert "they belong to categories that are not measured" in found.left_out


def test_a_table_of_tabs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tabs.tsv"
    path.write_text(
        "Purring\thttps://a.example/\tdev\tde\nMaps\thttps://b.example/\tnone\n", encoding="utf-8"
    )
    found = read_test_data(str(path), SEVEN)
    assert found.truth == ["Dev", "none"]
    assert [tab.language for tab in found.tabs] == ["de", "en"]


@pytest.mark.parametrize("text", ["Purring only\n", "a\tb\tc\td\te\n"])
def test_a_table_with_other_cells_is_refused_by_its_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tabs.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match="Line 1"):
        read_test_data(str(path), SEVEN)


def test_categories_that_the_model_does_not_know_are_named() -> None:
    tabs = [LabelledTab("https://a.example/", "A", "Dogs")]
    with pytest.raises(InvalidInput, match="Dogs") as refused:
        make_test_data("made", tabs, OWN)
    assert "My cats" in (refused.value.fix or "")


def test_no_test_data_is_said_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no test data") as refused:
        read_test_data(str(tmp_path / "nowhere.jsonl"), SEVEN)
    assert "mozilla_mixed" in (refused.value.fix or "")


def test_tabs_of_no_category_alone_measure_nothing() -> None:
    with pytest.raises(InvalidInput, match="no tab to measure"):
        make_test_data("made", [LabelledTab("https://a.example/", "A", None)], OWN)


def test_an_empty_category_and_one_with_few_tabs_are_noted() -> None:
    tabs = [LabelledTab(f"https://{number}.example/", f"Tab {number}", "Dev") for number in range(2)]
    empty, few = make_test_data("made", tabs, OWN).notes
    assert "No tab belongs to My cats" in empty
    assert few.startswith("Dev: fewer than 3 tabs")


def test_what_the_product_has_as_examples_is_left_out() -> None:
    example = next(one for one in read_examples() if one.key == "dev")
    tabs = [
        LabelledTab(example.url, "Another", "Dev"),
        LabelledTab("https://nobody-has-this.example/", "A title that nobody has", "Dev"),
    ]
    found = make_test_data("made", tabs, SEVEN)
    assert [tab.title for tab in found.tabs] == ["A title that nobody has"]


def test_what_a_model_was_trained_with_is_left_out_and_said() -> None:
    tabs = [LabelledTab(f"https://{number}.example/", f"Tab {number}", "Dev") for number in range(4)]
    found = make_test_data("made", tabs, OWN)
    kept = leave_out_taught(found, {("TAB 1", "https://1.example/"), ("Tab 2", "https://other.example/")})
    assert [tab.title for tab in kept.tabs] == ["Tab 0", "Tab 2", "Tab 3"]
    assert kept.left_out == {"they were in the training data": 1}
    with pytest.raises(InvalidInput, match="4 were left out: they were in the training data"):
        leave_out_taught(found, {(tab.title, tab.url) for tab in tabs})
