"""What words prove."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.search.evidence import (
    find_neighbours,
    measure_coverage,
    measure_phrases,
    weigh_word,
    weigh_words,
)


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_rarer_words_never_weigh_less(page_count: int, one: int, other: int) -> None:
    fewer, more = sorted((min(one, page_count), min(other, page_count)))
    assert weigh_word(page_count, fewer) >= weigh_word(page_count, more) > 0


def test_words_weigh_what_fts5_takes_them_for() -> None:
    assert weigh_word(1000, 10) == pytest.approx(math.log((1000 - 10 + 0.5) / (10 + 0.5)))
    assert weigh_word(10, 9) == 1e-6


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.data())
def test_coverage_is_a_share_and_grows_with_each_word(
    page_count: int, holding: list[int], data: st.DataObject
) -> None:
    evidence = weigh_words(page_count, holding)
    indices = data.draw(st.permutations(range(len(holding))))
    covered = [
        measure_coverage(evidence, dict.fromkeys(indices[:length], 1.0)) for length in range(len(indices) + 1)
    ]
    assert covered == sorted(covered)
    assert covered[0] == 0
    assert covered[-1] == pytest.approx(1)


def test_a_word_that_no_page_holds_still_counts_as_asked_for() -> None:
    evidence = weigh_words(1000, [10, 0])
    assert measure_coverage(evidence, {0: 1.0}) < 0.5


def test_a_corrected_word_covers_less_than_the_word_itself() -> None:
    evidence = weigh_words(1000, [10, 10])
    assert measure_coverage(evidence, {0: 1.0, 1: 0.8}) == pytest.approx(0.9)


def test_four_rare_words_are_twice_as_strong_as_one() -> None:
    assert weigh_words(1000, [0] * 4).strength == pytest.approx(2 * weigh_words(1000, [0]).strength)


def test_nothing_asked_for_proves_nothing() -> None:
    evidence = weigh_words(0, [])
    assert (evidence.ceiling, evidence.strength, measure_coverage(evidence, {})) == (0, 0, 0)


def test_two_function_words_side_by_side_are_no_phrase() -> None:
    #            minister of    the    realm
    assert find_neighbours([False, True, True, False]) == [(0, 1), (2, 3)]


def test_long_queries_ask_for_a_bounded_number_of_phrases() -> None:
    assert len(find_neighbours([False] * 500)) == 12


def test_phrases_are_weighed_by_their_words() -> None:
    assert measure_phrases([6.0, 2.0], [0]) == 0.75
    assert measure_phrases([6.0, 2.0], [0, 0, 1]) == 1.0
    assert measure_phrases([], []) == 0.0
