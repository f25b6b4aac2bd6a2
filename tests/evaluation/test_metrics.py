"""Scores of an order of results."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.evaluation.metrics import Scores, average, score_ranking

KEYS = st.lists(st.sampled_from("abcdefghijklmnopqrst"), unique=True)


def test_the_relevant_page_on_top_is_perfect() -> None:
    assert score_ranking(["a", "b"], {"a"}) == Scores(1.0, 1.0, 1.0, 1.0)


def test_a_lower_place_counts_less() -> None:
    scores = score_ranking(["x", "y", "a"], {"a"})
    assert scores == Scores(ndcg=1 / math.log2(4), reciprocal_rank=1 / 3, recall=1.0, hit=0.0)


def test_a_page_below_the_tenth_place_has_only_a_reciprocal_rank() -> None:
    ranked = [*"bcdefghijk", "a"]
    assert score_ranking(ranked, {"a"}) == Scores(ndcg=0.0, reciprocal_rank=1 / 11, recall=0.0, hit=0.0)


def test_a_missing_page_scores_nothing() -> None:
    assert score_ranking(["b"], {"a"}) == Scores(0.0, 0.0, 0.0, 0.0)
    assert score_ranking([], {"a"}) == Scores(0.0, 0.0, 0.0, 0.0)


def test_several_relevant_pages_share_the_gain() -> None:
    scores = score_ranking(["a", "x", "b"], {"a", "b"})
    assert scores.ndcg == pytest.approx((1 + 0.5) / (1 + 1 / math.log2(3)))
    assert scores.recall == 1.0
    assert score_ranking(["a"], {"a", "b"}).recall == 0.5


@given(KEYS, st.sets(st.sampled_from("abcdefghijklmnopqrst"), min_size=1))
def test_scores_are_shares(ranked: list[str], relevant: set[str]) -> None:
    assert all(0 <= value <= 1 for value in vars(score_ranking(ranked, relevant)).values())


@given(KEYS.filter(lambda keys: len(keys) > 1), st.data())
def test_moving_the_relevant_page_up_never_costs(ranked: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(ranked) - 1))
    better = [*ranked]
    better[place - 1], better[place] = better[place], better[place - 1]
    before, after = score_ranking(ranked, {ranked[place]}), score_ranking(better, {ranked[place]})
    assert all(new >= old for new, old in zip(vars(after).values(), vars(before).values(), strict=True))


def test_means_are_over_queries() -> None:
    assert average([Scores(1, 1, 1, 1), Scores(0, 0.5, 1, 0)]) == Scores(0.5, 0.75, 1.0, 0.5)
