from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from host.finetune.near_duplicates import plain_title
from host.finetune.rows import Row
from host.finetune.site_shapes import find_shape, mask_numbers
from host.finetune.splitting import find_parts, split_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

SITES = st.sampled_from(["a.org", "www.a.org", "b.org", "c.org:81", ""])
URLS = st.builds(
    lambda site, depth, query: f"https://{site}/{'x/' * depth}{'?q=1' if query else ''}" if site else "",
    SITES,
    st.integers(0, 2),
    st.booleans(),
)
ROWS = st.lists(
    st.builds(
        Row,
        title=st.sampled_from(["one", "two", "Two!", "three", "four", "five", "six", "", "sieben"]),
        url=URLS,
        category=st.sampled_from(["A", "B", None]),
        source=st.sampled_from(["template", "written"]),
        group=st.sampled_from(["", "", "t1", "t2", "t3", "t4", "t5", "t6"]),
    ),
    max_size=30,
)


def draw(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - no secret


def overlap(train: Sequence[Row], held: Sequence[Row]) -> list[set[str]]:
    """What both sides have in common: templates, forms of sites, titles."""
    sides = [
        (
            {row.group for row in side},
            {find_shape(row.url) for row in side},
            {plain_title(row.title) for row in side},
        )
        for side in (train, held)
    ]
    return [(one & other) - {""} for one, other in zip(*sides, strict=True)]


@given(rows=ROWS, share=st.floats(0.05, 0.95), seed=st.integers(0, 9))
def test_nothing_that_rows_have_in_common_is_on_both_sides(rows: list[Row], share: float, seed: int) -> None:
    train, held = split_rows(rows, share, draw(seed))
    assert overlap(train, held) == [set(), set(), set()]
    assert Counter(train) + Counter(held) == Counter(rows)
    assert split_rows(rows, share, draw(seed)) == (train, held)


@given(rows=ROWS)
def test_every_row_is_in_one_part_and_parts_share_nothing(rows: list[Row]) -> None:
    parts = find_parts(rows)
    assert sorted(place for part in parts for place in part) == list(range(len(rows)))
    for part in parts:
        inside = set(part)
        rest = [row for place, row in enumerate(rows) if place not in inside]
        assert overlap([rows[place] for place in part], rest) == [set(), set(), set()]


def make_rows(category: str, templates: int, each: int) -> list[Row]:
    return [
        Row(
            f"{category} {chr(97 + part)} {'x' * number}",
            "",
            category,
            source="template",
            group=f"{category}{part}",
        )
        for part in range(templates)
        for number in range(1, each + 1)
    ]


def test_the_share_that_is_held_out_is_the_one_asked_for_in_every_category() -> None:
    rows = [*make_rows("A", 20, 5), *make_rows("B", 10, 20)]
    _, held = split_rows(rows, 0.8, draw(1))
    assert Counter(row.category for row in held) == {"A": 20, "B": 40}


def test_one_large_template_is_not_held_out_alone() -> None:
    rows = [*make_rows("A", 1, 80), *make_rows("A2", 1, 1)]
    rows += [Row(f"Aa {'y' * number}", "", "A", group=f"small{number}") for number in range(20)]
    train, _ = split_rows(rows, 0.8, draw(1))
    assert sum(row.group == "A0" for row in train) == 80


def test_something_is_held_out_of_a_category_of_two_templates() -> None:
    train, held = split_rows([*make_rows("A", 2, 10), *make_rows("B", 30, 2)], 0.9, draw(1))
    assert Counter(row.category for row in train)["A"] == 10
    assert Counter(row.category for row in held)["A"] == 10


def test_nothing_is_held_out_of_a_category_of_one_template() -> None:
    train, held = split_rows(make_rows("A", 1, 10), 0.5, draw(1))
    assert (len(train), len(held)) == (10, 0)


def test_of_a_few_corrections_some_are_held_out_whatever_their_categories() -> None:
    names = ["alder", "beech", "cherry", "dogwood", "elder", "fig", "ginkgo", "holly", "ilex", "juniper"]
    rows = [
        Row(name, f"https://{name}.example/", f"Of {name}", "und", "correction", f"site:{name}")
        for name in names
    ]
    rows += [row for name in names for row in make_rows(f"Of {name}", 6, 2)]
    _, held = split_rows(rows, 0.8, draw(1))
    assert sum(row.source == "correction" for row in held) == 2


def test_addresses_of_one_site_and_depth_have_one_shape() -> None:
    same = ["https://www.a.org/x/1", "http://a.org/numpy/issues/", "https://u:p@A.org/b/c#d"]
    assert len({find_shape(url) for url in same}) == 1
    other = [
        same[0],
        "https://a.org/x",
        "https://b.org/x/1",
        "https://a.org/x/1?page=2",
        "https://a.org:81/x/1",
    ]
    assert len({find_shape(url) for url in other}) == len(other)
    assert [find_shape(url) for url in ("", "New tab", "about:blank", "http://[")] == [""] * 4


def test_titles_that_differ_in_numbers_and_ids_are_masked_alike() -> None:
    assert mask_numbers("Build #12 of a1b2c3d4e5") == mask_numbers("build #9 of 00ff00ff0a")
    assert mask_numbers("Build 12") != mask_numbers("Builds 12")
