"""What corrections do to tabs: properties that hold for every table and every likeness."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.tabs.exchange import Correction, Tab, TabCategory
from host.tabs.memory import (
    ADDRESS_PULL,
    DAY_MS,
    HALF_LIFE_DAYS,
    LEAST_WEIGHT,
    Likeness,
    apply_pull,
    apply_sites,
    find_near,
    find_pull,
    measure_overlap,
    take_examples,
    weigh_age,
)
from tests.makers import NOON

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = 4
SEEDS = st.integers(0, 2**32 - 1)


def _correct(
    number: int, category: str | None = None, *, url: str | None = None, at: int = NOON
) -> Correction:
    return Correction(number, f"https://{number}.example/" if url is None else url, "", category, None, at)


def _tabs(count: int) -> list[Tab]:
    return [Tab(number, f"https://tab{number}.example/") for number in range(count)]


def _table(seed: int, rows: int) -> NDArray[np.float64]:
    table: NDArray[np.float64] = np.random.default_rng(seed).dirichlet(np.full(COLUMNS, 0.5), rows)
    return table


def _likeness(seed: int, rows: int, columns: int, low: float = -2.0, high: float = 8.0) -> Likeness:
    random = np.random.default_rng(seed)
    return Likeness(random.uniform(low, high, (rows, columns)), random.uniform(0, 1, (rows, columns)))


@given(SEEDS, st.integers(0, 6), st.integers(0, 12), st.booleans())
def test_probabilities_stay_probabilities(seed: int, rows: int, count: int, model: bool) -> None:
    random = np.random.default_rng(seed)
    corrections = [_correct(number, at=NOON - int(random.integers(10**12))) for number in range(count)]
    places = random.integers(COLUMNS, size=count).tolist()
    likeness = _likeness(seed, rows, count) if model else None
    pull = find_pull(_tabs(rows), corrections, places, COLUMNS, likeness, NOON)
    changed = apply_pull(_table(seed, rows), pull)
    assert changed.shape == (rows, COLUMNS)
    assert (changed >= 0).all()
    assert changed.sum(axis=1) == pytest.approx(np.ones(rows))
    assert ((pull.strength >= 0) & (pull.strength <= 1)).all()


@given(SEEDS, st.integers(1, 200))
def test_a_tab_like_none_of_the_corrected_ones_stays_exactly_where_it_was(seed: int, count: int) -> None:
    corrections = [_correct(number) for number in range(count)]
    likeness = _likeness(seed, 3, count, low=-10.0, high=1.25)
    table = _table(seed, 3)
    pull = find_pull(_tabs(3), corrections, [0] * count, COLUMNS, likeness, NOON)
    assert (apply_pull(table, pull) == table).all()
    assert not pull.witnesses.any()


@given(SEEDS, st.integers(0, COLUMNS - 1))
def test_after_five_corrections_of_a_kind_the_sixth_such_tab_is_right(seed: int, place: int) -> None:
    random = np.random.default_rng(seed)
    corrections = [_correct(number) for number in range(5)]
    near = Likeness(random.uniform(4, 12, (1, 5)), random.uniform(0.4, 1, (1, 5)))
    pull = find_pull(_tabs(1), corrections, [place] * 5, COLUMNS, near, NOON)
    changed = apply_pull(_table(seed, 1), pull)
    assert int(changed[0].argmax()) == place
    assert pull.witnesses[0] == 5


@given(SEEDS, st.integers(1, 5))
def test_one_more_correction_of_a_kind_never_counts_less(seed: int, count: int) -> None:
    likeness = _likeness(seed, 1, count + 1)
    corrections = [_correct(number) for number in range(count + 1)]
    fewer = Likeness(likeness.above[:, :count], likeness.overlap[:, :count])
    before = find_pull(_tabs(1), corrections[:count], [1] * count, COLUMNS, fewer, NOON)
    after = find_pull(_tabs(1), corrections, [1] * (count + 1), COLUMNS, likeness, NOON)
    assert after.strength[0] >= before.strength[0]


@given(SEEDS, st.integers(1, 10))
def test_the_order_of_corrections_about_different_tabs_does_not_matter(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    corrections = [_correct(number, at=NOON - int(random.integers(10**11))) for number in range(count)]
    places = random.integers(COLUMNS, size=count)
    likeness = _likeness(seed, 2, count)
    order = random.permutation(count)
    one = find_pull(_tabs(2), corrections, places.tolist(), COLUMNS, likeness, NOON)
    other = find_pull(
        _tabs(2),
        [corrections[place] for place in order],
        places[order].tolist(),
        COLUMNS,
        Likeness(likeness.above[:, order], likeness.overlap[:, order]),
        NOON,
    )
    assert other.strength == pytest.approx(one.strength)
    assert other.shares == pytest.approx(one.shares)


@pytest.mark.parametrize("model", [True, False])
def test_of_several_corrections_about_one_address_the_latest_counts_and_no_other(model: bool) -> None:
    url = "https://a.example/page"
    latest_first = [_correct(2, url=f"{url}#part"), _correct(1, url=url, at=NOON - DAY_MS)]
    likeness = Likeness(np.full((1, 2), 9.0), np.ones((1, 2))) if model else None
    pull = find_pull([Tab(1, url)], latest_first, [3, 0], COLUMNS, likeness, NOON)
    assert pull.shares[0].tolist() == [0, 0, 0, 1]
    assert pull.strength[0] == pytest.approx(ADDRESS_PULL)
    # Another tab like it hears of the latest alone, too.
    other = find_pull([Tab(1, "https://a.example/page/other")], latest_first, [3, 0], COLUMNS, likeness, NOON)
    assert other.shares[0].tolist() == [0, 0, 0, 1]


def test_what_was_said_of_the_very_address_stands_against_many_others_and_against_age() -> None:
    old = _correct(1, url="https://a.example/x", at=0)
    others = [_correct(number, url=f"https://a.example/{number}") for number in range(2, 30)]
    likeness = Likeness(np.full((1, 29), 9.0), np.ones((1, 29)))
    pull = find_pull([Tab(1, "https://a.example/x")], [*others, old], [0] * 28 + [2], COLUMNS, likeness, NOON)
    assert pull.shares[0].tolist() == [0, 0, 1, 0]


def test_without_a_model_a_correction_counts_in_its_section_more_than_on_its_site_and_nowhere_else() -> None:
    correction = _correct(1, url="https://a.example/r/rust/one")
    urls = ("https://a.example/r/rust/two", "https://a.example/r/tea/two", "https://b.example/r/rust/two", "")
    tabs = [Tab(number, url) for number, url in enumerate(urls)]
    section, site, elsewhere, nowhere = find_pull(tabs, [correction], [0], COLUMNS, None, NOON).strength
    assert section > site > elsewhere == nowhere == 0


def test_with_a_model_the_same_likeness_counts_more_on_the_same_site() -> None:
    correction = _correct(1, url="https://a.example/r/rust/one")
    urls = ("https://a.example/r/rust/two", "https://a.example/r/tea/two", "https://b.example/r/rust/two")
    tabs = [Tab(number, url) for number, url in enumerate(urls)]
    likeness = Likeness(np.full((3, 1), 4.0), np.ones((3, 1)))
    section, site, elsewhere = find_pull(tabs, [correction], [0], COLUMNS, likeness, NOON).strength
    assert section > site > elsewhere > 0


def test_a_tab_of_which_the_model_thought_something_else_is_pulled_less() -> None:
    likeness = Likeness(np.full((2, 1), 6.0), np.array([[1.0], [0.5]]))
    same, other = find_pull(_tabs(2), [_correct(1)], [0], COLUMNS, likeness, NOON).strength
    assert same > 1.3 * other > 0


@given(SEEDS)
def test_what_corrections_say_weakly_moves_nothing_until_enough_of_them_say_it(seed: int) -> None:
    weak = Likeness(np.full((1, 5), 9.0), np.zeros((1, 5)))
    corrections = [_correct(number) for number in range(5)]
    table = _table(seed, 1)
    one = find_pull(
        _tabs(1), corrections[:1], [0], COLUMNS, Likeness(weak.above[:, :1], weak.overlap[:, :1]), NOON
    )
    assert (apply_pull(table, one) == table).all()
    assert not one.witnesses.any()
    five = find_pull(_tabs(1), corrections, [0] * 5, COLUMNS, weak, NOON)
    assert five.strength[0] > 0.5
    assert five.witnesses[0] == 5


@given(st.integers(0, 10**14), st.integers(0, 10**14))
def test_age_weighs_a_correction_down_and_never_to_nothing(first: int, second: int) -> None:
    younger, older = sorted((first, second))
    assert 1 >= weigh_age(NOON - younger, NOON) >= weigh_age(NOON - older, NOON) >= LEAST_WEIGHT > 0


def test_a_correction_counts_half_after_its_half_life_and_fully_when_clocks_disagree() -> None:
    assert weigh_age(NOON - int(HALF_LIFE_DAYS * DAY_MS), NOON) == pytest.approx(0.5)
    assert weigh_age(NOON + DAY_MS, NOON) == 1


def test_corrections_without_an_address_are_each_for_themselves() -> None:
    corrections = [_correct(1, url=""), _correct(2, url="")]
    likeness = Likeness(np.full((1, 2), 6.0), np.ones((1, 2)))
    both = find_pull(_tabs(1), corrections, [0, 0], COLUMNS, likeness, NOON)
    alone = find_pull(
        _tabs(1), corrections[:1], [0], COLUMNS, Likeness(np.full((1, 1), 6.0), np.ones((1, 1))), NOON
    )
    assert both.strength[0] > alone.strength[0]
    assert both.witnesses[0] == 2


@given(SEEDS)
def test_a_site_that_a_person_named_makes_its_category_likelier_and_nothing_else(seed: int) -> None:
    categories = [TabCategory("a", "A", sites=("a.example",)), TabCategory("b", "B"), TabCategory("c", "C")]
    tabs = [Tab(1, "https://sub.a.example/x"), Tab(2, "https://nota.example/x"), Tab(3, "")]
    table = _table(seed, 3)
    changed = apply_sites(table, tabs, categories)
    assert changed[0, 0] > table[0, 0] or table[0, 0] == pytest.approx(1)
    assert changed.sum(axis=1) == pytest.approx(np.ones(3))
    assert (changed[1:] == table[1:]).all()


def test_examples_of_built_in_categories_count_as_corrections_of_today() -> None:
    builtin = TabCategory("dev", "Dev", examples=("Pull requests", "Stack trace"), builtin=True)
    own = dataclasses.replace(builtin, key="own-x", builtin=False)
    found = take_examples([builtin, own], NOON)
    assert [(each.title, each.category) for each in found] == [
        ("Pull requests", "dev"),
        ("Stack trace", "dev"),
    ]
    assert {weigh_age(each.created_at, NOON) for each in found} == {1.0}


@given(SEEDS)
def test_two_answers_have_all_in_common_with_themselves_and_never_more(seed: int) -> None:
    first, second = _table(seed, 3), _table(seed + 1, 2)
    assert np.diag(measure_overlap(first, first)) == pytest.approx(np.ones(3))
    overlap = measure_overlap(first, second)
    assert overlap.shape == (3, 2)
    assert ((overlap >= 0) & (overlap <= 1 + 1e-9)).all()
    assert pytest.approx(overlap) == measure_overlap(second, first).T


@given(SEEDS, st.integers(1, 5), st.integers(1, 10))
def test_leaving_out_corrections_that_are_not_near_changes_nothing(seed: int, rows: int, count: int) -> None:
    tabs = _tabs(rows)
    corrections = [_correct(number) for number in range(count)]
    corrections.append(_correct(count, url=tabs[0].url))
    likeness = _likeness(seed, rows, count + 1)
    near = find_near(tabs, corrections, likeness.above)
    places = [number % COLUMNS for number in range(count + 1)]
    whole = find_pull(tabs, corrections, places, COLUMNS, likeness, NOON)
    part = find_pull(
        tabs,
        [corrections[place] for place in near],
        [places[place] for place in near],
        COLUMNS,
        Likeness(likeness.above[:, near], likeness.overlap[:, near]),
        NOON,
    )

    assert count in near
    table = _table(seed, rows)
    assert apply_pull(table, part) == pytest.approx(apply_pull(table, whole), abs=1e-9)


@given(SEEDS, st.integers(1, 6), st.integers(1, 6))
def test_overlap_is_what_two_rows_of_chances_share(seed: int, rows: int, others: int) -> None:
    first, second = _table(seed, rows), _table(seed + 1, others)
    overlap = measure_overlap(first, second)

    assert overlap.shape == (rows, others)
    assert np.diag(measure_overlap(first, first)) == pytest.approx(1.0)
    assert overlap[0, 0] == pytest.approx(sum(np.minimum(first[0], second[0])))
