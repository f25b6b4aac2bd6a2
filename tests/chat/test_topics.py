from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.chat.topics import read_want
from host.search.query_language import parse_query
from host.search.service import local_zone
from tests.makers import NOON


def spans_of(question: str) -> list[tuple[int, int]]:
    parsed = parse_query(question, NOON, local_zone())
    return [(chip.start, chip.end) for chip in parsed.chips if chip.kind == "date"]


@pytest.mark.parametrize(
    ("request_", "subject"),
    [
        ("What did I read about telescopes?", "telescopes"),
        ("tell me about sourdough bread", "sourdough bread"),
        ("Please could you give me a short summary of the tide pools article?", "the tide pools article"),
        ("Summarise what I read about beehives in winter", "beehives in winter"),
        ("What have I read recently about kubernetes?", "kubernetes"),
        ("the page about night trains", "night trains"),
        ("Show me articles on kites", "kites"),
        ("Have I read anything about rye?", "rye"),
        ("Was habe ich über Fachwerkhäuser gelesen?", "Fachwerkhäuser"),
        ("Fasse zusammen, was ich über Moore gelesen habe", "Moore"),
        ("¿Qué leí sobre el aceite?", "el aceite"),
        ("Qu'est-ce que j'ai lu sur le fromage ?", "le fromage"),
        ("Cosa ho letto sui violini?", "violini"),
        ("wat heb ik gelezen over thee", "thee"),
        ("Which articles did I read last week about tea?", "tea"),
        ("What did I read yesterday about rye bread?", "rye bread"),
    ],
)
def test_a_request_for_what_was_read_names_its_subject(request_: str, subject: str) -> None:
    want = read_want(request_, spans_of(request_))

    assert (want.kind, want.about) == ("subject", subject)
    assert want.search.startswith(subject)


@pytest.mark.parametrize(
    "request_",
    [
        "What did I read last week?",
        "What did I look up last week?",
        "Summarise what I read yesterday",
        "What pages did I visit yesterday?",
        "What have I read recently?",
        "What was I reading yesterday?",
        "List everything I read in the last 3 days",
        "Was habe ich gestern gelesen?",
        "Welche Seiten habe ich letzte Woche besucht?",
        "¿Qué leí ayer?",
    ],
)
def test_a_request_for_what_was_read_at_a_time_names_only_the_time(request_: str) -> None:
    want = read_want(request_, spans_of(request_))

    assert want.kind == "time"
    assert want.about == ""


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Mongolia?",
        "who wrote the page about bees",
        "What do bees do in winter?",
        "how do I read about things",
        "the page layout of css",
        "cheap telescope for beginners",
        "Wann wurde die Tür verschlossen?",
        "",
        "?",
        "what did I read",
        "summarize",
        "tell me about",
        "please",
    ],
)
def test_any_other_question_wants_a_fact_and_is_searched_for_as_it_is(question: str) -> None:
    want = read_want(question)

    assert want.kind == "fact"
    assert (want.search, want.about) == (question.strip(), question.strip())


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("How was tea steeped in the page I read last week?", "How was tea steeped?"),
        ("Who built it, according to what I read?", "Who built it?"),
        ("When was the lamp lit in the article that I read yesterday?", "When was the lamp lit?"),
    ],
)
def test_when_and_where_it_was_read_is_no_part_of_the_question(question: str, about: str) -> None:
    assert read_want(question, spans_of(question)).about == about


@given(st.text(max_size=200))
def test_a_question_never_gains_words(text: str) -> None:
    want = read_want(text)

    assert "".join(want.about.split()) in "".join(text.split()) or set(want.about) <= set(text) | {" "}
    assert want.search or want.kind == "time" or not text.strip()
