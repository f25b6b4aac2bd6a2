"""Answers made of quoted sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.chat.evidence import gather_evidence
from host.chat.extractive import MOST_SENTENCES, compose_answer
from tests.chat.makers import BagEmbedder, make_passage

if TYPE_CHECKING:
    from host.chat.exchange import Sentence

TEXT = (
    "Lindow is a village of six hundred people beside a lake. The mill of Lindow was built in 1790 by two "
    "brothers who had come from the coast. Cows graze there. A storm took its sails in 1912, and nobody put "
    "them back. Bread from Lindow is dark and heavy."
)


def _answer(question: str, *texts: str) -> tuple[Sentence, ...]:
    passages = [
        make_passage(n, text, "Lindow", score=0.9 - 0.05 * n) for n, text in enumerate(texts, start=1)
    ]
    return compose_answer(gather_evidence(question, passages, BagEmbedder()))


def test_the_sentence_that_answers_is_quoted_with_its_passage() -> None:
    answer = _answer("Who built the mill of Lindow?", TEXT)
    assert any("built in 1790 by two brothers" in sentence.text for sentence in answer)
    assert 1 <= len(answer) <= MOST_SENTENCES
    for sentence in answer:
        assert sentence.citations == (1,)
        assert sentence.quote in TEXT
        assert sentence.supported


def test_sentences_stand_in_the_order_of_reading_and_join_by_themselves() -> None:
    answer = _answer("What happened to the mill and its sails in a storm?", TEXT)
    places = [TEXT.index(sentence.quote) for sentence in answer]
    assert places == sorted(places)
    assert len(answer) > 1
    joined = "".join(sentence.text for sentence in answer)
    assert joined == " ".join(sentence.quote for sentence in answer)


def test_a_pronoun_brings_the_sentence_that_says_who() -> None:
    text = (
        "Maria Lenz kept the inn at Lindow for fifty years with her two sons. "
        "She sold it to a painter in 1931."
    )
    answer = _answer("Who bought the inn: was it sold to a painter in 1931?", text)
    assert [sentence.quote for sentence in answer] == [text[: text.index(" She")], text[text.index("She") :]]


def test_a_line_break_inside_a_quote_stays_in_the_quote_only() -> None:
    text = (
        "The mill of Lindow was built in 1790\nby two brothers who had come from the coast of the north sea."
    )
    (sentence,) = _answer("Who built the mill of Lindow?", text)
    assert "\n" not in sentence.text
    assert sentence.quote == text


def test_nothing_to_quote_is_no_answer() -> None:
    assert _answer("Who built the mill?") == ()
    assert _answer("Who built the mill?", "") == ()


def test_without_a_model_words_choose() -> None:
    evidence = gather_evidence("Who built the mill of Lindow?", [make_passage(1, TEXT)], None)
    assert any("1790" in sentence.text for sentence in compose_answer(evidence))
