"""Cleaning of text from elsewhere."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.text import clean_line, clean_text, truncate_text

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a\t b \r\n c\n\n\n\nd ", "a b\nc\n\nd"),
        ("a\x00b\x1bc\ud800d\ufffe", "abcd"),
        ("e\u0301", "é"),
        ("soft\u00adhyphen", "softhyphen"),
        ("\ufeffstart", "start"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("line\u2028end", "line\nend"),
        ("می\u200cخواهم 👩\u200d👧", "می\u200cخواهم 👩\u200d👧"),
    ],
)
def test_text_is_cleaned_of_what_nobody_sees(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_and_gives_sound_unicode(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode("utf-8")


@given(ANY_TEXT, st.integers(1, 50))
def test_a_line_is_one_line_and_keeps_its_limit(text: str, limit: int) -> None:
    line = clean_line(text, limit=limit)
    assert "\n" not in line
    assert len(line) <= limit


def test_a_cut_falls_on_a_word_where_one_ends_near() -> None:
    assert truncate_text("the quick brown fox", 15) == "the quick…"
    assert truncate_text("unbreakable" * 3, 10) == "unbreakab…"
    assert truncate_text("short", 10) == "short"
