from __future__ import annotations

from host.chat.exchange import Sentence
from host.chat.marks import render_answer, render_sentence


def test_marks_stand_behind_a_sentence_and_before_the_space_that_ends_it() -> None:
    assert render_sentence(Sentence("Cats sleep.\n", (2, 1))) == "Cats sleep. [2] [1]\n"


def test_an_unsupported_sentence_is_marked_as_such() -> None:
    assert render_sentence(Sentence("Cats fly.", (), supported=False)) == "Cats fly. [?]"


def test_space_alone_gets_no_mark() -> None:
    assert render_sentence(Sentence("\n\n", (1,))) == "\n\n"


def test_an_answer_is_its_sentences_joined() -> None:
    sentences = (Sentence("One.", (1,)), Sentence(" Two.", (), supported=False))

    assert render_answer(sentences) == "One. [1] Two. [?]"


def test_a_mark_breaks_neither_a_table_nor_code() -> None:
    table = Sentence("| a |\n| --- |\n| b |\n", (1, 2))
    assert render_sentence(table) == "| a |\n| --- |\n| b |\n\n[1] [2]\n\n"
    assert render_sentence(Sentence("```\nx\n```", (1,))) == "```\nx\n```\n\n[1]\n"
    assert render_sentence(Sentence("```\nx\n```")) == "```\nx\n```"
