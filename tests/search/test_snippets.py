"""Snippets and their highlights."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.stems import fold_text
from host.search.snippets import make_snippet
from host.search.word_spans import WordFinder

FILLER = "Nothing of interest stands in this sentence at all. " * 40


def marked(snippet: str, highlights: list[tuple[int, int]]) -> list[str]:
    data = snippet.encode("utf-16-le")
    return [data[2 * start : 2 * end].decode("utf-16-le") for start, end in highlights]


def find(
    text: str, *terms: str, phrases: tuple[str, ...] = (), limit: int = 120, prefix: bool = False
) -> list[str]:
    return marked(*make_snippet(text, terms, phrases, limit, prefix=prefix))


def test_the_snippet_is_the_place_that_holds_most_of_the_words() -> None:
    text = f"{FILLER}A plume rose. {FILLER}Europa has a plume of vapor. {FILLER}More vapor."
    snippet, highlights = make_snippet(text, ["europa", "plume", "vapor"], [], 120)
    assert marked(snippet, highlights) == ["Europa", "plume", "vapor"]
    assert snippet.startswith("…Europa has")
    assert snippet.endswith("…")


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("The scientists discovered it", "discovery", []),
        ("Many discoveries were made", "discovery", ["discoveries"]),
        ("She runs and was running", "run", ["runs", "running"]),
        ("Über die Brücke", "uber", ["Über"]),
        ("uber alles", "über", ["uber"]),
        ("A three-day event", "three-day", ["three-day"]),
        ("A three day event", "three-day", ["three day"]),
        ("我住在東京大学の近くです", "東京", ["東京"]),
        ("Cafe\u0301 culture", "café", ["Cafe\u0301"]),
        ("snake_case words", "case", ["case"]),
        ("suitcases", "case", []),
    ],
)
def test_words_are_marked_as_the_index_matches_them(text: str, term: str, expected: list[str]) -> None:
    assert find(text, term) == expected


def test_a_phrase_is_marked_as_one() -> None:
    assert find("To New\nYork and new ideas", phrases=("new york",)) == ["New York"]


def test_a_phrase_is_worth_more_than_scattered_words() -> None:
    text = f"new york times. {FILLER} the old town hall. {FILLER}"
    assert find(text, "times", phrases=("town hall",)) == ["town hall"]


def test_the_last_word_may_be_half_typed() -> None:
    assert find("Keyboards of the world", "keyb") == []
    assert find("Keyboards of the world", "keyb", prefix=True) == ["Keyboards"]


def test_function_words_are_not_marked() -> None:
    assert find("The keyboard is the best of all", *["what", "is", "the", "best", "keyboard"]) == [
        "keyboard",
        "best",
    ]


def test_highlights_count_utf16_units() -> None:
    snippet, highlights = make_snippet("😀 keyboards", ["keyboard"], [], 50)
    assert highlights == [(3, 12)]
    assert marked(snippet, highlights) == ["keyboards"]


def test_without_a_match_the_text_begins_at_its_beginning() -> None:
    assert make_snippet("One two three", ["zebra"], [], 50) == ("One two three", [])
    assert make_snippet("", ["zebra"], [], 50) == ("", [])


def test_a_cut_leaves_words_and_joined_characters_whole() -> None:
    snippet, _ = make_snippet("alpha beta gamma delta", [], [], 13)
    assert snippet == "alpha beta…"
    family = "👩\u200d👩\u200d👧"
    snippet, _ = make_snippet(family * 10, [], [], 12)
    assert not snippet.removesuffix("…").endswith("\u200d")


@given(
    st.text(max_size=400),
    st.lists(st.text(max_size=8), max_size=4),
    st.lists(st.text(max_size=8), max_size=2),
    st.integers(2, 80),
    st.booleans(),
)
def test_any_text_makes_a_short_snippet_with_highlights_inside(
    text: str, terms: list[str], phrases: list[str], limit: int, prefix: bool
) -> None:
    snippet, highlights = make_snippet(text, terms, phrases, limit, prefix=prefix)
    assert len(snippet) <= limit
    assert "\n" not in snippet
    units = len(snippet.encode("utf-16-le", "surrogatepass")) // 2
    ends = [0, *(place for span in highlights for place in span), units]
    assert ends == sorted(ends)
    assert all(start < end for start, end in highlights)


@given(st.text(max_size=200))
def test_folding_keeps_offsets(text: str) -> None:
    assert len(fold_text(text)) == len(text)


@given(st.lists(st.from_regex(r"[a-z]{4,9}", fullmatch=True), min_size=1, max_size=20), st.data())
def test_a_word_is_found_wherever_it_stands(words: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(words))
    text = ", ".join(words)
    found = {text[span.start : span.end] for span in WordFinder([word]).find(text)}
    assert word in found


@pytest.mark.parametrize("text", ["keyboard " * 60_000, "a b " * 250_000, "é" * 500_000, "x" * 1_000_000])
def test_huge_pages_take_bounded_time(text: str) -> None:
    began = time.perf_counter()
    make_snippet(text, ["keyboard", "cup"], ["new york"], 240)
    assert time.perf_counter() - began < 1.0
