from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.chat.summary_sentences import (
    FIRST,
    SPREAD,
    WIDEST,
    WIDEST_SENTENCE,
    choose_summary,
    find_candidates,
    measure_width,
)
from host.chat.word_vectors import make_word_vectors

ARTICLE = """Home / Kitchen / Tea
Accept all cookies to continue reading the best of our site.
Green tea is made from leaves that are not withered or oxidised.
Green tea was first brewed in China, and its leaves are steamed in Japan.
A brewing temperature of 70 degrees suits most green tea leaves.
"My aunt never drinks it," said a neighbour.
Sign up, share, like, follow, subscribe, comment, print, save, send.
© 2026 Leaf Media | All rights reserved | Imprint
"""


def _summarise(text: str, title: str = "", language: str | None = "en") -> str:
    lines = find_candidates(text, language)
    vectors = make_word_vectors([*lines, title])
    return choose_summary(lines, vectors[:-1], vectors[-1] if title else None)


def test_a_summary_is_made_of_sentences_of_the_page_in_their_order() -> None:
    summary = _summarise(ARTICLE, "Green tea leaves")
    places = [ARTICLE.find(part) for part in summary.replace(". ", ".|").split("|")]
    assert len(places) == 2
    assert min(places) >= ARTICLE.find("Green tea is made")
    assert places == sorted(places)


def test_crumbs_menus_notices_and_rows_are_no_candidates() -> None:
    lines = find_candidates(ARTICLE)
    for part in ("Home", "Imprint", "Sign up", "rights"):
        assert not any(part in line for line in lines), part


def test_what_the_page_is_not_about_is_not_its_summary_although_it_comes_first() -> None:
    assert "cookies" not in _summarise(ARTICLE, "Green tea leaves")


def test_a_sentence_that_only_repeats_the_title_is_passed_over() -> None:
    text = "The kettle boils at a hundred degrees.\nAt sea level a kettle boils sooner than in the hills."
    assert _summarise(text, "The kettle boils at a hundred degrees").startswith("At sea level")


def test_addresses_and_markup_are_no_part_of_a_summary() -> None:
    text = "Tea is described in [this book](https://evil.example/x) and at https://evil.example/y in depth."
    summary = _summarise(text)
    assert "Tea is described in this book" in summary
    assert "evil.example" not in summary


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "zh",
            "绿茶是未经发酵的茶叶制成的饮料，在中国有悠久的历史，深受人们喜爱。冲泡绿茶的水温不宜过高，以免破坏茶叶的营养成分和香气。",
        ),
        ("th", "ชาเขียวเป็นเครื่องดื่มที่ทำจากใบชาที่ไม่ผ่านการหมัก และเป็นที่นิยมในประเทศจีนและญี่ปุ่น"),
        ("ar", "الشاي الأخضر مشروب يصنع من أوراق الشاي غير المؤكسدة. هل يشرب الناس الشاي الأخضر في الصباح؟"),
        ("hi", "हरी चाय बिना ऑक्सीकरण वाली पत्तियों से बनाई जाती है। इसे चीन और जापान में बहुत पिया जाता है।"),
        ("de", "Grüner Tee wird aus Blättern hergestellt, die nicht oxidiert sind. Man trinkt ihn in Japan."),
    ],
)
def test_pages_of_any_language_have_a_summary(language: str, text: str) -> None:
    summary = _summarise(text, language=language)
    assert summary.removesuffix("…") in text
    assert measure_width(summary) <= WIDEST


def test_a_page_of_scraps_has_none() -> None:
    assert find_candidates("Login\nHelp\n1, 2, 3\n© 2026 | Imprint | Terms of the whole service") == []
    assert find_candidates("") == []


def test_a_single_sentence_that_is_too_wide_is_cut_at_a_word() -> None:
    text = "Tea " + "and then some more of it " * 11 + "is good."
    assert WIDEST < len(text) <= WIDEST_SENTENCE
    summary = _summarise(text)
    assert summary.endswith("…")
    assert len(summary) <= WIDEST
    assert text.startswith(summary[:-1] + " ")


def test_a_long_page_is_looked_at_from_beginning_to_end_and_costs_no_more() -> None:
    text = "\n".join(f"This is the sentence with the number {number} of this page." for number in range(2000))
    lines = find_candidates(text)
    assert len(lines) == FIRST + SPREAD
    assert "number 0 " in lines[0]
    assert "number 1999 " in lines[-1]


@settings(deadline=None)
@given(st.text(max_size=600), st.text(max_size=40))
def test_whatever_a_page_says_a_summary_is_one_line_within_its_width(text: str, title: str) -> None:
    lines = find_candidates(text)
    if not lines:
        return
    vectors = make_word_vectors([*lines, title])
    summary = choose_summary(lines, vectors[:-1], vectors[-1])
    assert summary
    assert "\n" not in summary
    assert measure_width(summary) <= WIDEST
