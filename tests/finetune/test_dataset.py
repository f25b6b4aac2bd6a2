from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from host.core.errors import Cancelled, InvalidInput
from host.core.urls import canonicalize_url
from host.evaluation.tab_rows import read_own_tabs
from host.finetune.category_file import read_builtin_categories, read_category_file
from host.finetune.dataset import Dataset, DatasetOptions, build_dataset
from host.finetune.rows import Row
from host.finetune.site_shapes import find_shape
from host.finetune.written_rows import read_written_rows
from tests.finetune.category_world import read_two, write_categories
from tests.finetune.test_near_duplicates import are_near

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def large() -> Dataset:
    """Of the seven and none, with everything."""
    return build_dataset(read_builtin_categories(), DatasetOptions(samples=6000, hard=True))


@pytest.fixture
def small(tmp_path: Path) -> Dataset:
    """Of templates only."""
    return build_dataset(read_two(tmp_path), DatasetOptions(samples=200, hard=True))


def find_common(dataset: Dataset) -> list[set[str]]:
    """Templates, forms of sites, and exact titles and addresses on both sides."""
    sides = [
        (
            {row.group for row in side},
            {find_shape(row.url) for row in side},
            {row.title.casefold() for row in side},
            {row.url for row in side},
        )
        for side in (dataset.train, dataset.validation)
    ]
    return [(one & other) - {""} for one, other in zip(*sides, strict=True)]


def test_no_template_site_form_title_or_address_is_on_both_sides(large: Dataset, small: Dataset) -> None:
    assert find_common(large) == [set()] * 4
    assert find_common(small) == [set()] * 4


def test_no_title_is_nearly_the_same_as_one_on_the_other_side(small: Dataset) -> None:
    near = [
        (one.title, other.title)
        for one in small.train
        for other in small.validation
        if are_near(one.title, other.title)
    ]
    assert near == []


def test_no_sampled_title_of_a_large_set_is_nearly_the_same_as_one_on_the_other_side(large: Dataset) -> None:
    near = [
        (one.title, other.title)
        for one in large.train[::20]
        for other in large.validation[::10]
        if are_near(one.title, other.title)
    ]
    assert near == []


def test_no_row_is_there_twice(large: Dataset) -> None:
    rows = [*large.train, *large.validation]
    assert max(Counter((row.title.casefold(), row.url) for row in rows).values()) == 1


def test_categories_are_balanced_and_the_split_is_as_asked(large: Dataset) -> None:
    train = Counter(row.category for row in large.train)
    held = Counter(row.category for row in large.validation)
    assert set(train) == set(held) == {category.name for category in read_builtin_categories()}
    for name in train:
        assert train[name] <= 600
        assert train[name] >= 540
        assert 75 <= held[name] <= 150


def test_what_was_written_by_hand_and_several_languages_are_in_it(large: Dataset) -> None:
    rows = [*large.train, *large.validation]
    sources = Counter(row.source for row in rows)
    assert sources["written"] > 3500
    assert sources["template"] > 500
    languages = Counter(row.language for row in rows)
    assert len(languages) >= 15
    assert any(row.hard for row in large.train)
    assert any(row.hard for row in large.validation)


def test_nothing_that_models_are_examined_with_is_taught(large: Dataset) -> None:
    tests = list(read_own_tabs())
    titles = {tab.title.casefold() for tab in tests}
    urls = {canonicalize_url(tab.url) for tab in tests}
    # The rule has something to do: some of what was written by hand stands there too.
    written = read_written_rows(read_builtin_categories(), hard=True)
    assert any(row.title.casefold() in titles for row in written)
    assert any(canonicalize_url(row.url) in urls for row in written)
    rows = [*large.train, *large.validation]
    assert [row for row in rows if row.title.casefold() in titles or canonicalize_url(row.url) in urls] == []
    assert large.dropped["they are among the tabs that models are examined with"] > 0


def test_hard_rows_are_there_when_asked_for_only() -> None:
    dataset = build_dataset(read_builtin_categories(), DatasetOptions(samples=2000))
    assert not any(row.hard for row in (*dataset.train, *dataset.validation))


def test_only_the_languages_asked_for_are_in_it() -> None:
    options = DatasetOptions(samples=400, languages=frozenset({"de", "fr"}))
    dataset = build_dataset(read_builtin_categories(), options)
    assert {row.language for row in (*dataset.train, *dataset.validation)} == {"de", "fr"}


def test_the_same_seed_gives_the_same_dataset(tmp_path: Path) -> None:
    categories = read_two(tmp_path)
    first, again = (build_dataset(categories, DatasetOptions(samples=100)) for _ in range(2))
    assert (first.train, first.validation) == (again.train, again.validation)
    other = build_dataset(categories, DatasetOptions(samples=100, seed=8))
    assert other.train != first.train


def test_fewer_rows_come_rather_than_duplicates(tmp_path: Path) -> None:
    dataset = build_dataset(read_two(tmp_path), DatasetOptions(samples=20_000))
    rows = [*dataset.train, *dataset.validation]
    assert len(rows) < 20_000
    assert len(set(rows)) == len(rows)
    assert any("different rows instead of 10000" in warning for warning in dataset.warnings)


def test_too_few_samples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="too few for 2 categories") as raised:
        build_dataset(read_two(tmp_path), DatasetOptions(samples=19))
    assert "20" in (raised.value.fix or "")


def test_a_category_with_three_examples_is_refused(tmp_path: Path) -> None:
    text = """
    include = ["dev"]
    [categories.Tiny]
    [[categories.Tiny.patterns]]
    sites = ["tiny.example"]
    titles = ["One", "Two", "Three"]
    urls = ["https://{domain}/"]
    """
    categories = read_category_file(write_categories(tmp_path, text))
    with pytest.raises(InvalidInput, match="'Tiny' has 3 different rows; at least 10"):
        build_dataset(categories, DatasetOptions(samples=300))


def test_a_category_of_one_template_is_taught_and_said_not_to_be_held_out(tmp_path: Path) -> None:
    text = """
    include = ["dev"]
    [slots]
    word = ["ash", "birch", "cedar", "elm", "fir", "gum", "hazel", "ivy", "jasmine", "larch", "maple", "oak"]
    [categories.Trees]
    title_patterns = ["A walk among {word} and {word2}"]
    """
    dataset = build_dataset(read_category_file(write_categories(tmp_path, text)), DatasetOptions(samples=150))
    assert any("Trees: nothing could be held out" in warning for warning in dataset.warnings)
    assert sum(row.category == "Trees" for row in dataset.train) == 40


def test_tabs_that_a_category_of_ones_own_lays_claim_to_are_not_taught_as_others(tmp_path: Path) -> None:
    text = """
    include = "all"
    [categories.Reading]
    keywords = ["github", "recipe"]
    domains = ["www.bbc.co.uk"]
    """
    dataset = build_dataset(
        read_category_file(write_categories(tmp_path, text)), DatasetOptions(samples=2000, hard=True)
    )
    others = [row for row in (*dataset.train, *dataset.validation) if row.category != "Reading"]
    assert len(others) > 1000
    assert [
        row for row in others if "recipe " in f"{row.title.lower()} " or "//www.bbc.co.uk/" in row.url
    ] == []
    assert dataset.dropped["a keyword of another category is in the title"] > 0


def test_what_a_person_said_goes_before_everything_and_is_partly_held_out_by_site(tmp_path: Path) -> None:
    notes = [
        "Folk night",
        "Blues records",
        "How polka began",
        "Where choirs rehearse",
        "Zither strings, a guide",
        "The oldest organ",
        "Tuning forks compared",
        "Marching bands of Ohio",
        "Lullabies",
        "What a metronome costs",
    ]
    own = [
        Row(note, f"https://s{place}.example/{depth * 'x/'}", "Garden", "und", "correction", f"site:s{place}")
        for place, note in enumerate(notes)
        for depth in range(3)
    ]
    own.append(Row("Somewhere else", "https://else.example/", "Another", "und", "correction"))
    dataset = build_dataset(read_two(tmp_path), DatasetOptions(samples=80), own)
    train, held = (
        [row for row in side if row.source == "correction"] for side in (dataset.train, dataset.validation)
    )
    assert (len(train), len(held)) == (24, 6)
    assert not {row.group for row in train} & {row.group for row in held}
    assert dataset.dropped["they are corrections to a category that is not wanted"] == 1


def test_it_can_be_stopped(tmp_path: Path) -> None:
    stop = threading.Event()
    told: list[str] = []

    def report(stage: str, share: float) -> None:
        told.append(stage)
        assert 0 <= share <= 1
        stop.set()

    with pytest.raises(Cancelled):
        build_dataset(read_two(tmp_path), DatasetOptions(samples=100), on_progress=report, cancelled=stop)
    assert told == ["rows"]
