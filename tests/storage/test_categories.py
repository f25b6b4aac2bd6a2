from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.storage import page_categories, tab_corrections
from host.storage.categories import (
    BUILT_IN,
    StoredCategory,
    read_categories,
    remove_category,
    write_categories,
)
from host.storage.page_categories import PageCategory
from host.storage.tab_corrections import NewCorrection
from tests.makers import NOON, add_page

if TYPE_CHECKING:
    import apsw

    from host.storage.database import Database

COOKING = StoredCategory(
    "cooking", "Cooking", "recipes", "yellow", ("Bread for beginners", "käse.example"), True, False, 7, NOON
)


def _put(database: Database, url: str, category: str | None) -> int:
    def store(connection: apsw.Connection) -> int:
        page_id = add_page(connection, url, "text", "Title")
        leads = page_categories.read_leads(connection, [page_id])
        page_categories.store_categories(connection, [PageCategory(leads[0], category, 0.9)], "s")
        return page_id

    return database.write(store)


def test_a_new_database_has_the_seven_that_come_with_the_program(database: Database) -> None:
    assert database.read(read_categories) == list(BUILT_IN)
    assert len(BUILT_IN) == 7
    shipped = json.loads(Path("host/tabs/default_categories.json").read_text(encoding="utf-8"))
    assert [(entry["key"], entry["name"], entry["colour"]) for entry in shipped] == [
        (category.key, category.name, category.colour) for category in BUILT_IN
    ]


def test_categories_come_back_as_they_were_written_and_in_that_order(database: Database) -> None:
    changed = [
        COOKING,
        replace(BUILT_IN[0], name="Code", description="only code", enabled=False, updated_at=NOON),
        *BUILT_IN[1:],
    ]
    database.write(lambda connection: write_categories(connection, changed))
    assert database.read(read_categories) == [
        replace(category, position=place) for place, category in enumerate(changed)
    ]


def test_two_categories_can_change_names_with_each_other(database: Database) -> None:
    first, second, *others = BUILT_IN
    swapped = [replace(first, name=second.name), replace(second, name=first.name), *others]
    database.write(lambda connection: write_categories(connection, swapped))
    assert database.read(read_categories) == swapped


@pytest.mark.parametrize(("one", "other"), [("Tea", "tea"), ("ÄPFEL", "äpfel"), ("Dev", "DEV")])
def test_no_two_names_are_the_same_but_for_capitals(database: Database, one: str, other: str) -> None:
    wrong = [StoredCategory("a", one), StoredCategory("b", other)]
    with pytest.raises(InvalidInput, match="same name"):
        database.write(lambda connection: write_categories(connection, wrong))
    assert database.read(read_categories) == list(BUILT_IN)


def test_a_category_that_is_removed_leaves_its_pages_to_be_looked_at_again(database: Database) -> None:
    database.write(lambda connection: write_categories(connection, [*BUILT_IN, COOKING]))
    bread = _put(database, "https://bread.example/", "cooking")
    _put(database, "https://code.example/", "dev")
    assert database.write(lambda connection: remove_category(connection, "cooking"))
    assert database.read(lambda c: page_categories.find_uncategorised(c, "s", 9)) == [bread]
    assert database.read(page_categories.count_categories).by_category == {"dev": 1}
    assert not database.write(lambda connection: remove_category(connection, "cooking"))


def test_a_category_that_is_written_over_leaves_its_pages_too(database: Database) -> None:
    bread = _put(database, "https://bread.example/", "dev")
    database.write(lambda connection: write_categories(connection, BUILT_IN[1:]))
    assert database.read(lambda c: page_categories.find_uncategorised(c, "s", 9)) == [bread]
    assert database.read(page_categories.count_categories).by_category == {}


def test_a_built_in_category_is_not_removed(database: Database) -> None:
    assert not database.write(lambda connection: remove_category(connection, "dev"))
    assert database.read(read_categories) == list(BUILT_IN)


def test_what_was_said_about_a_removed_category_counts_again_when_it_is_back(database: Database) -> None:
    said = NewCorrection("https://bread.example/", "Bread", "cooking", None, NOON)
    database.write(lambda connection: write_categories(connection, [*BUILT_IN, COOKING]))
    database.write(lambda connection: tab_corrections.add_correction(connection, said))
    database.write(lambda connection: remove_category(connection, "cooking"))
    assert database.read(tab_corrections.read_corrections) == []
    assert database.read(tab_corrections.count_corrections) == {}
    database.write(lambda connection: write_categories(connection, [*BUILT_IN, COOKING]))
    assert [found.title for found in database.read(tab_corrections.read_corrections)] == ["Bread"]
