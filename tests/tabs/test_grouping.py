"""Groups by category."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from host.tabs.exchange import KnownGroup, Tab, TabCategory, Verdict
from host.tabs.grouping import Grouping, group_by_category

CATEGORIES = [
    TabCategory("dev", "Dev", colour="blue"),
    TabCategory("news", "News", colour="red"),
    TabCategory("shop", "Shopping", colour="green"),
]
KEYS = [category.key for category in CATEGORIES]


def group(
    keys: list[str | None],
    *,
    max_groups: int | None = None,
    known: tuple[KnownGroup, ...] = (),
    confidence: dict[str, float] | None = None,
) -> Grouping:
    """Tabs 0, 1, 2 … of these categories, in groups."""
    tabs = [Tab(number, f"https://site{number}.example/") for number in range(len(keys))]
    sure = confidence or {}
    verdicts = [Verdict(key, sure.get(key or "", 0.8), {}, "") for key in keys]
    return group_by_category(tabs, verdicts, CATEGORIES, max_groups=max_groups, known=known)


def test_a_category_with_two_tabs_is_a_group_and_one_with_a_single_tab_is_not() -> None:
    found = group(["dev", "news", None, "dev"])
    (only,) = found.groups
    assert (only.name, only.colour, only.category, only.tab_ids) == ("Dev", "blue", "dev", (0, 3))
    assert only.reason == "2 tabs about Dev"
    assert found.ungrouped == (1, 2)


def test_groups_stand_in_the_order_of_their_first_tabs() -> None:
    assert [each.name for each in group(["news", "dev", "dev", "news"]).groups] == ["News", "Dev"]


def test_of_too_many_groups_the_largest_stay_and_the_rest_is_left_alone() -> None:
    found = group(["dev", "dev", "news", "news", "news", "shop", "shop"], max_groups=1)
    assert [each.name for each in found.groups] == ["News"]
    assert found.ungrouped == (0, 1, 5, 6)


def test_of_equally_large_groups_the_surest_stays() -> None:
    found = group(["dev", "dev", "news", "news"], max_groups=1, confidence={"dev": 0.6, "news": 0.9})
    assert [each.name for each in found.groups] == ["News"]


def test_an_open_group_of_the_categorys_name_takes_in_a_single_tab() -> None:
    known = (KnownGroup(7, "dev", "pink", ()),)
    (only,) = group(["news", "dev"], known=known).groups
    assert (only.existing, only.name, only.colour, only.tab_ids) == (7, "dev", "pink", (1,))


def test_an_open_group_whose_tabs_are_mostly_of_a_category_takes_in_its_tabs() -> None:
    known = (KnownGroup(7, "Reading", "cyan", (0, 1, 2)),)
    found = group(["news", "news", "dev", "news", "dev"], known=known)
    (only,) = found.groups
    assert (only.existing, only.name, only.tab_ids) == (7, "Reading", (3,))
    assert found.ungrouped == (4,)


def test_an_open_group_without_a_majority_takes_in_nothing() -> None:
    known = (KnownGroup(7, "Mixed", "cyan", (0, 1)),)
    found = group(["news", "dev", "news", "dev"], known=known)
    assert (found.groups, found.ungrouped) == ((), (2, 3))


def test_open_groups_do_not_count_against_the_most_groups() -> None:
    known = (KnownGroup(7, "Dev", "blue", ()),)
    found = group(["dev", "news", "news"], known=known, max_groups=1)
    assert [each.name for each in found.groups] == ["Dev", "News"]


def test_the_group_of_a_name_is_preferred_to_one_that_holds_such_tabs() -> None:
    known = (KnownGroup(1, "Later", "grey", (0, 1)), KnownGroup(2, "DEV", "blue", ()))
    assert [each.existing for each in group(["dev", "dev", "dev"], known=known).groups] == [2]


@given(
    keys=st.lists(st.sampled_from([*KEYS, None]), max_size=40),
    max_groups=st.none() | st.integers(1, 4),
    settled=st.sets(st.integers(0, 39), max_size=6),
)
def test_every_tab_is_in_one_place_in_its_order_and_no_limit_is_broken(
    keys: list[str | None], max_groups: int | None, settled: set[int]
) -> None:
    inside = tuple(sorted(number for number in settled if number < len(keys)))
    known = (KnownGroup(1, "News", "red", inside),)
    found = group(keys, max_groups=max_groups, known=known)
    placed = [tab_id for each in found.groups for tab_id in each.tab_ids]
    assert sorted([*placed, *found.ungrouped]) == [n for n in range(len(keys)) if n not in inside]
    new = [each for each in found.groups if each.existing is None]
    assert max_groups is None or len(new) <= max_groups
    assert all(len(each.tab_ids) >= 2 for each in new)
    assert all(list(each.tab_ids) == sorted(each.tab_ids) for each in found.groups)
    firsts = [each.tab_ids[0] for each in found.groups]
    assert firsts == sorted(firsts)
    assert all(keys[tab_id] == each.category for each in found.groups for tab_id in each.tab_ids)
    assert found == group(keys, max_groups=max_groups, known=known)
