"""What a person said, asked of a real daemon."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.client import Client
from host.finetune.dataset import LEAST_ROWS, DatasetOptions, build_dataset
from host.finetune.own_data import gives_away, read_own_data
from host.finetune.rows import Row
from tests.makers import NOON
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(short_path: Path) -> Iterator[Client]:
    """A connection to a daemon with an empty history."""
    made = Installation(short_path)
    made.start_daemon()
    with Client(paths=made.paths, profile_id="one") as connected:
        yield connected
    made.close()


def correct(client: Client, title: str, url: str, category: str | None) -> None:
    client.call("tabs.correct", url=url, title=title, category=category or "none")


@pytest.mark.parametrize(
    ("example", "known"),
    [
        ("Bow HOLDS", True),
        ("strings.example", True),
        ("https://www.lessons.strings.example/bows", True),
        ("strings.example/violas", False),
        ("other.example", False),
        ("Bow", False),
    ],
)
def test_an_example_gives_away_its_tab_and_what_is_on_its_site(example: str, *, known: bool) -> None:
    row = Row("Bow holds", "https://lessons.strings.example/bows/1", "Violin")
    assert gives_away(example, row) is known
    assert not gives_away("strings.example", replace(row, url=""))


def test_nothing_said_is_nothing_to_teach(client: Client) -> None:
    own = read_own_data(client)
    assert own.rows == ()
    assert [category.key for category in own.categories][-2:] == ["news", "none"]
    assert own.warnings == ()


def test_the_latest_correction_of_a_tab_counts(client: Client) -> None:
    correct(client, "Rota", "https://rota.example/", "Shopping")
    correct(client, "Rota, June", "https://rota.example/", "Work")
    correct(client, "Tide table", "https://tides.example/", None)
    own = read_own_data(client)
    assert {(row.title, row.url, row.category) for row in own.rows} == {
        ("Rota, June", "https://rota.example/", "Work"),
        ("Tide table", "https://tides.example/", None),
    }
    assert {row.source for row in own.rows} == {"correction"}


def test_all_corrections_are_read_and_those_of_a_site_stay_together(client: Client) -> None:
    for number in range(1005):
        correct(client, f"Note {number}", f"https://{'ab'[number % 2]}.notes.co.uk/{number}", "Work")
    rows = read_own_data(client).rows
    assert len(rows) == 1005
    assert {row.group for row in rows} == {"site:notes.co.uk"}


def test_categories_are_the_persons_own_with_their_names(client: Client) -> None:
    examples = [f"Lesson {letter}" for letter in "abcdefghi"]
    client.call(
        "categories.set",
        categories=[
            {"key": "dev", "name": "Code"},
            {"key": "cloud", "enabled": False},
            {"name": "Violin", "description": "practice", "examples": [*examples, "strings.example"]},
            {"name": "Empty"},
        ],
    )
    client.call("pages.visit", url="https://strings.example/bows", title="Bows", visited_at=NOON)
    client.call("pages.visit", url="https://other.example/", title="Other", visited_at=NOON)
    own = read_own_data(client)
    names = {category.key: category.name for category in own.categories}
    assert names["dev"] == "Code"
    assert {one.name: one.examples for one in own.categories}["Violin"] == (*examples, "strings.example")
    assert "cloud" not in names
    assert "Violin" in names.values()
    assert "Empty" not in names.values()
    assert any("Empty: left out, for it has 0 examples" in warning for warning in own.warnings)
    violin = [row for row in own.rows if row.category == "Violin"]
    assert len(violin) == LEAST_ROWS
    # A page counts because the person named its site; the page of another site does not.
    assert [(row.title, row.source) for row in own.rows if row.source == "page"] == [("Bows", "page")]
    dataset = build_dataset(own.categories, DatasetOptions(samples=400), own.rows)
    taught = Counter(row.category for row in (*dataset.train, *dataset.validation))
    assert taught["Violin"] == LEAST_ROWS
    assert taught["Code"] > 30
    assert any(warning.startswith("Violin: 10 different rows instead of") for warning in dataset.warnings)
