"""Text taken apart into sentences, each as it stands there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.chat.sentences import LONGEST, split_sentences

_PIECES = st.sampled_from(
    [
        "Dr. Smith",
        " saw",
        " it",
        ". ",
        "! ",
        "\n",
        "\n\n",
        "1. ",
        "3.5",
        " e.g. ",
        "ü",
        "。",
        "日本",
        " ,",
        ";",
    ]
)
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=60).map("".join))


def _texts(text: str, language: str | None = None) -> list[str]:
    return [stretch.text for stretch in split_sentences(text, language)]


@given(_TEXTS, st.sampled_from([None, "en", "de", "es", "ja", "xx"]))
def test_sentences_are_exact_and_lose_nothing_but_white_space(text: str, language: str | None) -> None:
    at = 0
    for stretch in split_sentences(text, language):
        assert text[stretch.start : stretch.end] == stretch.text
        assert stretch.text == stretch.text.strip() != ""
        assert len(stretch.text) <= LONGEST
        assert text[at : stretch.start].strip() == ""
        at = stretch.end
    assert text[at:].strip() == ""


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert _texts("Dr. Smith lives in the U.S. now. He was born in Leeds.") == [
        "Dr. Smith lives in the U.S. now.",
        "He was born in Leeds.",
    ]


def test_german_abbreviations_are_known_in_german() -> None:
    assert _texts("Das gilt z. B. für Berlin. Dort regnet es.", "de") == [
        "Das gilt z. B. für Berlin.",
        "Dort regnet es.",
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("กรุงเทพก่อตั้งเมื่อ พ.ศ. 2325 โดยรัชกาลที่ 1", "th"),
        ("เขาเกิดตั้งแต่พ.ศ.2325 และ ม.ร.ว. คึกฤทธิ์", "th"),
        ("เขาไปหา ดร. สมหญิง", "th"),
        ("Das gilt z. B. Für Berlin.", None),
        ("Т. Е. так.", None),
    ],
)
def test_letters_with_points_do_not_end_a_sentence(text: str, language: str | None) -> None:
    assert _texts(text, language) == [text]


def test_a_sentence_may_end_in_a_letter() -> None:
    assert _texts("I took plan B. Then I left. We live in the U. S. A. now.") == [
        "I took plan B.",
        "Then I left.",
        "We live in the U. S. A. now.",
    ]


def test_the_number_of_a_list_stays_with_its_line() -> None:
    assert _texts("1. Mix the flour. 2. Add water.") == ["1. Mix the flour.", "2. Add water."]


def test_a_heading_is_no_part_of_the_sentence_below_it() -> None:
    assert _texts("History\n\nThe bridge was built in 1878.") == ["History", "The bridge was built in 1878."]


def test_a_wrapped_sentence_is_one() -> None:
    assert _texts("The bridge was built\nin 1878. It is long.") == [
        "The bridge was built\nin 1878.",
        "It is long.",
    ]


def test_a_table_without_full_stops_is_cut_where_it_breathes() -> None:
    found = _texts("apples, pears and plums, " * 100)
    assert len(found) > 3
    assert all(text.endswith(",") for text in found)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t"])
def test_white_space_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == ()
