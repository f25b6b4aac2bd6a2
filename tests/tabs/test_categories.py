"""How categories are changed: the rules, over a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.storage.database import Database
from host.tabs.categories import (
    MOST_CATEGORIES,
    CategoryChange,
    change_categories,
    find_category,
    read_tab_categories,
)
from tests.makers import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.tabs.exchange import TabCategory


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty history."""
    with Database(tmp_path / "profile" / "history.db") as made:
        yield made


def _read(database: Database) -> dict[str, TabCategory]:
    return {category.name: category for category in database.read(read_tab_categories)}


def _change(
    database: Database, *changes: CategoryChange, remove: tuple[str, ...] = (), reset: bool = False
) -> None:
    database.write(
        lambda connection: change_categories(connection, changes, remove=remove, reset=reset, now_ms=NOON)
    )


def test_at_first_there_are_the_seven_with_descriptions_and_colours_of_their_own(database: Database) -> None:
    found = _read(database)
    assert list(found) == ["Dev", "Social", "Entertainment", "Work", "Cloud", "Shopping", "News"]
    assert all(category.description and category.builtin and category.enabled for category in found.values())
    assert len({category.colour for category in found.values()}) == 7


def test_a_name_that_there_is_not_makes_a_category_and_one_that_there_is_changes_it(
    database: Database,
) -> None:
    _change(database, CategoryChange(name=" Slow\nFood "))
    made = _read(database)["Slow Food"]
    assert (made.key, made.builtin, made.description) == ("own-slow-food", False, "")
    _change(database, CategoryChange(name="slow food", description="recipes"))
    # Named in other capitals it is the same, and keeps its own.
    changed = _read(database)["Slow Food"]
    assert (changed.key, changed.description, changed.colour) == (made.key, "recipes", made.colour)
    assert len(_read(database)) == 8


def test_a_new_category_has_a_colour_that_no_other_has_while_there_are_some(database: Database) -> None:
    _change(database, CategoryChange(name="One"), CategoryChange(name="Two"))
    colours = [category.colour for category in _read(database).values()]
    assert len(set(colours)) == 9


def test_a_category_keeps_its_key_when_it_is_renamed_and_what_is_not_named_stays(database: Database) -> None:
    before = _read(database)["Dev"]
    _change(database, CategoryChange(key="dev", name="Code"))
    after = _read(database)["Code"]
    assert (after.key, after.builtin, after.description) == ("dev", True, before.description)
    assert (after.colour, after.enabled) == (before.colour, before.enabled)


def test_another_category_may_take_a_name_that_has_become_free_but_not_its_key(database: Database) -> None:
    _change(database, CategoryChange(name="Tea"))
    _change(database, CategoryChange(key="own-tea", name="Coffee"), CategoryChange(name="Tea"))
    found = _read(database)
    assert (found["Coffee"].key, found["Tea"].key) == ("own-tea", "own-tea-2")


@pytest.mark.parametrize("name", ["新聞", "!!!", "Ünïcode"])
def test_every_name_gives_a_key(database: Database, name: str) -> None:
    _change(database, CategoryChange(name=name))
    assert _read(database)[name].key.startswith("own-")


def test_sites_are_told_from_titles_among_the_examples(database: Database) -> None:
    examples = (
        "How to prune roses",
        "https://www.Garden.example/forum",
        "seeds.example",
        "v1.2 released",
        " ",
    )
    _change(database, CategoryChange(name="Garden", examples=examples))
    garden = _read(database)["Garden"]
    assert garden.sites == ("garden.example/forum", "seeds.example")
    assert garden.examples == ("How to prune roses", "v1.2 released")
    _change(database, CategoryChange(name="Garden", examples=()))
    assert (_read(database)["Garden"].sites, _read(database)["Garden"].examples) == ((), ())


def test_own_categories_can_be_removed_and_the_seven_only_be_switched_off(database: Database) -> None:
    _change(database, CategoryChange(name="Tea"), CategoryChange(name="Dev", enabled=False))
    assert not _read(database)["Dev"].enabled
    _change(database, remove=("TEA",))
    assert "Tea" not in _read(database)
    with pytest.raises(InvalidInput, match="came with the program") as refused:
        _change(database, remove=("Dev",))
    assert refused.value.fix == "Switch it off instead."
    with pytest.raises(InvalidInput):
        _change(database, remove=("Tea",))


@pytest.mark.parametrize(
    "change",
    [
        CategoryChange(name="None"),
        CategoryChange(name=" \n"),
        CategoryChange(key="dev", name="News"),
        CategoryChange(key="no such key", name="X"),
    ],
    ids=("none", "blank", "taken", "unknown key"),
)
def test_a_change_that_cannot_be_leaves_everything_as_it_was(
    database: Database, change: CategoryChange
) -> None:
    before = _read(database)
    with pytest.raises(InvalidInput):
        _change(database, CategoryChange(name="Tea"), change)
    assert _read(database) == before


def test_two_categories_can_swap_their_names(database: Database) -> None:
    _change(database, CategoryChange(key="dev", name="News"), CategoryChange(key="news", name="Dev"))
    found = _read(database)
    assert (found["News"].key, found["Dev"].key) == ("dev", "news")


def test_a_reset_makes_the_seven_as_they_came_and_leaves_own_ones(database: Database) -> None:
    before = _read(database)
    _change(
        database,
        CategoryChange(key="dev", name="Code", description="", examples=("x",), colour="grey", enabled=False),
        CategoryChange(name="Tea"),
    )
    _change(database, reset=True)
    after = _read(database)
    assert after.pop("Tea").key == "own-tea"
    assert after == before


def test_a_reset_is_refused_while_an_own_category_has_a_default_name(database: Database) -> None:
    _change(database, CategoryChange(key="dev", name="Code"), CategoryChange(name="DEV"))
    with pytest.raises(InvalidInput, match="name of a default one"):
        _change(database, reset=True)


def test_there_are_so_many_categories_at_most(database: Database) -> None:
    _change(database, *(CategoryChange(name=f"Own {number}") for number in range(MOST_CATEGORIES - 7)))
    with pytest.raises(InvalidInput, match=str(MOST_CATEGORIES)):
        _change(database, CategoryChange(name="One more"))
    assert len(_read(database)) == MOST_CATEGORIES


def test_a_category_is_found_by_its_name_first_and_then_by_its_key(database: Database) -> None:
    _change(database, CategoryChange(key="dev", name="Code"), CategoryChange(name="Dev"))
    categories = database.read(read_tab_categories)
    assert find_category(categories, " dev ").key == "own-dev"
    assert find_category(categories, "code").key == "dev"
    with pytest.raises(InvalidInput, match="Sports"):
        find_category(categories, "Sports")
