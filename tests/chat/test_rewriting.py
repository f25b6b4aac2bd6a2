"""Questions of a conversation, made whole so that they can be searched for by themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.chat.exchange import Turn
from host.chat.question_words import read_question
from host.chat.rewriting import StandaloneQuestion, rewrite_question
from host.search.query_language import parse_query

CONVERSATIONS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "follow_ups.json").read_text(encoding="utf-8")
)
# What was measured is 0.99 and 0.97; a rule more or less moves it by a conversation or two.
FLOOR_OPEN, FLOOR_HELD_OUT, FLOOR_NEW_TOPICS = 0.95, 0.89, 0.95
PREVIOUS = Turn(
    "Who built the Eiffel Tower?", "Who built the Eiffel Tower?", "The company of Gustave Eiffel built it."
)
PIECES = (
    'and it who wrote "two words" site:a.example that Berlin the price in last week ? , his it\'s Zürich '
    "und wann war das dort et l'a y où C++ 2019 IT what about"
)
QUESTIONS = st.one_of(
    st.sampled_from([conversation["question"] for conversation in CONVERSATIONS]),
    st.lists(st.sampled_from(PIECES.split()), max_size=9).map(" ".join),
    st.text(max_size=60),
)


def _talk(conversation: dict[str, Any]) -> list[Turn]:
    turns: list[Turn] = []
    for said in conversation["turns"]:
        searched_for = rewrite_question(said["question"], turns).text
        turns.append(Turn(said["question"], searched_for, said["answer"]))
    return turns


def _is_understood(conversation: dict[str, Any]) -> bool:
    """Whether the search holds all that it must, nothing that it must not, and no change of a new subject."""
    made = rewrite_question(conversation["question"], _talk(conversation))
    folded = made.text.casefold()
    if conversation["kind"] == "new_topic" and made != StandaloneQuestion(conversation["question"]):
        return False
    return all(word.casefold() in folded for word in conversation["must"]) and not any(
        word.casefold() in folded for word in conversation["must_not"]
    )


def _share(conversations: list[dict[str, Any]]) -> float:
    assert conversations
    missed = [one["question"] for one in conversations if not _is_understood(one)]
    print(f"{len(conversations) - len(missed)} of {len(conversations)}; not: {missed}")
    return 1 - len(missed) / len(conversations)


def test_the_conversations_that_the_rules_were_written_with_are_understood() -> None:
    assert _share([one for one in CONVERSATIONS if not one["held_out"]]) >= FLOOR_OPEN


def test_conversations_that_were_written_later_are_understood_nearly_as_well() -> None:
    assert _share([one for one in CONVERSATIONS if one["held_out"]]) >= FLOOR_HELD_OUT


def test_a_new_subject_is_hardly_ever_mixed_with_the_old_one() -> None:
    assert _share([one for one in CONVERSATIONS if one["kind"] == "new_topic"]) >= FLOOR_NEW_TOPICS


@pytest.mark.parametrize(
    ("question", "searched_for"),
    [
        ("and when was that?", "when was built the Eiffel Tower"),
        ("what about the lifts?", "the lifts Eiffel Tower"),
        ("How tall is it?", "How tall is Eiffel Tower"),
        ("why?", "why built the Eiffel Tower"),
        ("And who was Ada Lovelace?", "And who was Ada Lovelace?"),
        ('"structured concurrency"', '"structured concurrency"'),
    ],
)
def test_what_is_searched_for_reads_like_a_question(question: str, searched_for: str) -> None:
    assert rewrite_question(question, [PREVIOUS]).text == searched_for


def test_the_subject_stays_over_several_questions() -> None:
    first = Turn("Who wrote Dune?", "Who wrote Dune?", "Dune was written by Frank Herbert in 1965.")
    second = rewrite_question("when was he born?", [first])
    assert "Frank Herbert" in second.text
    turns = [first, Turn("when was he born?", second.text, "He was born on October 8, 1920.")]
    third = rewrite_question("and where?", turns)
    assert "Frank Herbert" in third.text
    assert third.followed_up


def test_sites_and_phrases_hold_for_the_questions_that_follow() -> None:
    asked = 'site:python.org "task groups" last week'
    made = rewrite_question("who proposed them?", [Turn(asked, asked, "")]).text
    parsed = parse_query(made, 1_700_000_000_000)
    assert parsed.sites == ("python.org",)
    assert parsed.phrases == ("task groups",)
    assert parsed.from_ms is not None
    other = rewrite_question("and on site:docs.example?", [Turn(asked, asked, "")]).text
    assert parse_query(other, 1_700_000_000_000).sites == ("docs.example",)


def test_another_time_takes_the_place_of_the_one_before() -> None:
    asked = "What did I read about heat pumps last week?"
    made = rewrite_question("and yesterday?", [Turn(asked, asked, "")]).text
    assert made == "What did I read about heat pumps yesterday?"


@given(QUESTIONS)
def test_a_first_question_is_searched_for_as_it_is(question: str) -> None:
    assert rewrite_question(question, []) == StandaloneQuestion(question.strip())


@given(QUESTIONS, st.sampled_from(CONVERSATIONS))
def test_no_word_that_says_something_is_ever_lost(question: str, conversation: dict[str, Any]) -> None:
    turns = _talk(conversation)
    made = rewrite_question(question, turns)
    asked = read_question(question.strip(), read_question(turns[-1].searched_for).languages)
    for word in asked.of_kind("typed", "date", "core", "dependent"):
        if word.folded not in made.text.casefold():
            assert _is_of_the_opening(word.folded, asked.lists.about | asked.lists.connectives), made.text


def _is_of_the_opening(word: str, openings: frozenset[str]) -> bool:
    return any(word in opening.split() for opening in openings)


@given(QUESTIONS, st.sampled_from(CONVERSATIONS))
def test_what_was_made_whole_is_not_made_longer_again(question: str, conversation: dict[str, Any]) -> None:
    turns = _talk(conversation)
    once = rewrite_question(question, turns)
    twice = rewrite_question(once.text, turns)
    thrice = rewrite_question(twice.text, turns)
    assert sorted(thrice.text.split()) == sorted(twice.text.split())
