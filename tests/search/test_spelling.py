"""Corrections of words that no page holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.search.spelling import allow_edits, correct

KNOWN = {"hayward": 3, "cannabis": 5, "triple": 9, "tripod": 2, "museum": 40, "musical": 3, "thunder": 2}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("haywrd", "hayward"),
        ("canabis", "cannabis"),
        ("tripel", "triple"),
        ("thnuder", "thunder"),
        ("musuem", "museum"),
    ],
)
def test_a_misspelt_word_finds_the_one_that_was_meant(typed: str, meant: str) -> None:
    assert correct(typed, KNOWN) == meant


@pytest.mark.parametrize("typed", ["cat", "xyzzy", "museum", "2024", "museums2", "", "thermometer"])
def test_what_is_short_known_numeric_or_far_from_everything_is_left_alone(typed: str) -> None:
    assert correct(typed, KNOWN) is None


def test_of_equally_near_words_the_frequent_one_is_taken() -> None:
    assert correct("cord", {"card": 2, "cork": 50}) == "cork"
    assert correct("cord", {"card": 50, "cork": 2}) == "card"


def test_a_plain_list_of_words_is_enough() -> None:
    assert correct("haywrd", ["hayward", "hazard"]) == "hayward"


@given(st.text(max_size=20), st.lists(st.text(max_size=12), max_size=20))
def test_a_correction_is_always_a_known_word(typed: str, known: list[str]) -> None:
    found = correct(typed, known)
    assert found is None or found in known
    assert found is None or allow_edits(typed) > 0
