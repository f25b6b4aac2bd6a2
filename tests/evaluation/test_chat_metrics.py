"""Comparing answers with references, and looking for links that lead elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.evaluation.chat_links import find_foreign_links
from host.evaluation.chat_metrics import best, holds, normalise, rouge_l, token_f1

TEXTS = st.text(max_size=60)
WORDS = st.lists(st.sampled_from(["tea", "is", "hot", "mars", "the", "ist", "7"]), max_size=12).map(" ".join)
HOME = "https://tea.example/green"


def make_reply(answer: str = "Tea is hot. [1]", **changes: Any) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "answer": answer,
        "sources": [
            {"n": 1, "page_id": 7, "url": HOME},
            {"n": 2, "page_id": 8, "url": "http://mars.example/"},
        ],
        "citations": [{"n": 1, "url": HOME, "link": f"{HOME}#:~:text=Tea%20is%20hot."}],
    }
    return {**reply, **changes}


def test_case_punctuation_and_articles_do_not_count() -> None:
    assert normalise("The (green) Tea, a drink!") == ["green", "tea", "drink"]
    assert normalise("¿El té “verde”?", "es") == ["té", "verde"]
    assert normalise("Der Tee – das Getränk", "de") == ["tee", "getränk"]
    # Another language's articles are words like any other.
    assert normalise("Die Hard", "en") == ["die", "hard"]


def test_token_f1_is_what_a_hand_computes() -> None:
    # Three of four tokens are common to both: precision 3/4, recall 3/5.
    assert token_f1("green tea is hot", "tea is hot and bitter") == pytest.approx(2 * 3 / (4 + 5))
    # A token counts as often as both texts have it.
    assert token_f1("tea tea tea", "tea tea") == pytest.approx(2 * 2 / (3 + 2))
    assert token_f1("mars", "tea") == 0.0
    assert token_f1("The tea.", "tea") == 1.0


def test_rouge_l_follows_the_order_of_words() -> None:
    # The longest common subsequence of "police killed the gunman" and "police kill the gunman": 3 of 4 and 4.
    assert rouge_l("police killed the gunman", "police kill the gunman") == pytest.approx(0.75)
    # "the gunman" only: 2 of 4 and 4.
    assert rouge_l("the gunman kill police", "police kill the gunman") == pytest.approx(0.5)
    assert rouge_l("tea", "mars") == 0.0


def test_a_short_reference_is_held_as_whole_tokens_in_a_row() -> None:
    assert holds("It was founded in 308 B.C., they say.", "308")
    assert holds("The Global Lighting, Technologies", "global lighting technologies")
    assert not holds("It has 3080 rooms.", "308")
    assert not holds("global technologies of lighting", "global lighting technologies")
    assert not holds("anything", "the")


def test_the_best_reference_counts_and_none_counts_nothing() -> None:
    assert best(lambda reference: token_f1("tea", reference), ["mars", "tea", "tea pot"]) == 1.0
    assert best(lambda reference: token_f1("tea", reference), []) == 0.0


@given(TEXTS, TEXTS)
def test_measures_lie_between_0_and_1_and_do_not_care_which_text_comes_first(one: str, other: str) -> None:
    for measure in (token_f1, rouge_l):
        value = measure(one, other)
        assert 0.0 <= value <= 1.0
        assert value == pytest.approx(measure(other, one))


@given(WORDS, WORDS)
def test_order_can_only_cost(one: str, other: str) -> None:
    # Tokens in the same order are common tokens, too; no articles here that only one measure leaves out.
    ours, theirs = one.replace("the", "of"), other.replace("the", "of")
    assert rouge_l(ours, theirs) <= token_f1(ours, theirs) + 1e-9


@given(TEXTS)
def test_a_text_is_wholly_like_itself(text: str) -> None:
    assert token_f1(text, text) == 1.0
    assert rouge_l(text, text) == 1.0
    assert holds(text, text) == bool(normalise(text))


def test_links_to_the_pages_that_were_found_are_no_others() -> None:
    assert find_foreign_links(make_reply(), {7, 8}) == []
    assert find_foreign_links(make_reply(f"See {HOME}. [1] [2]"), {7, 8}) == []
    # A backslash makes plain text of what would be markup.
    assert find_foreign_links(make_reply(r"An array\[1\](2) is \<b\>. [1]"), {7, 8}) == []


@pytest.mark.parametrize(
    "answer",
    [
        "See https://evil.example/x. [1]",
        r"See https\://evil.example/x. [1]",
        "See HTTP://EVIL.EXAMPLE [1]",
        "See www.evil.example now. [1]",
        "See javascript:alert(1) [1]",
        "See mailto:a@evil.example [1]",
        f"See {HOME}.evil.example/ [1]",
        "![picture](//evil.example/p.png) [1]",
        "[here](evil) [1]",
        "[here][1]",
        "<img src=x> [1]",
        "[1]: //evil.example",
    ],
)
def test_an_address_or_markup_for_a_link_in_the_text_is_found(answer: str) -> None:
    assert find_foreign_links(make_reply(answer), {7, 8})


@pytest.mark.parametrize(
    "changes",
    [
        {"citations": [{"n": 1, "url": HOME, "link": "https://evil.example/#:~:text=Tea"}]},
        {"citations": [{"n": 1, "url": "https://evil.example/", "link": HOME}]},
        {"citations": [{"n": 2, "url": HOME, "link": HOME}]},
        {"citations": [{"n": 3, "url": HOME, "link": HOME}]},
        {"sources": [{"n": 1, "page_id": 9, "url": HOME}]},
        {"sources": [{"n": 1, "page_id": 7, "url": "file:///tea"}], "citations": []},
    ],
    ids=("link", "url", "other source", "no source", "unknown page", "scheme"),
)
def test_a_citation_or_source_that_leads_elsewhere_is_found(changes: dict[str, Any]) -> None:
    assert find_foreign_links(make_reply(**changes), {7, 8})
