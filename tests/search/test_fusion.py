"""Reciprocal rank fusion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from host.search.fusion import fuse_ranks


def test_a_page_in_both_lists_gets_the_sum_of_the_shares() -> None:
    assert fuse_ranks((1, 2)) == 1 / 61 + 1 / 62


def test_a_list_that_lacks_the_page_adds_nothing() -> None:
    assert fuse_ranks((None, 3)) == 1 / 63
    assert fuse_ranks((None, None)) == 0


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_a_better_place_is_worth_more(one: int, other: int) -> None:
    better, worse = sorted((one, other))
    assert fuse_ranks((better,)) >= fuse_ranks((worse,))
