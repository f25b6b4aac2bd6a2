from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.chat.topics import find_topic


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
    ],
)
def test_a_request_for_what_was_read_names_its_subject(request_: str, subject: str) -> None:
    assert find_topic(request_) == subject


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
    ],
)
def test_a_question_for_a_fact_is_none(question: str) -> None:
    assert find_topic(question) is None


@pytest.mark.parametrize("request_", ["what did I read", "summarize", "tell me about", "please"])
def test_a_request_without_a_subject_is_none(request_: str) -> None:
    assert find_topic(request_) is None


@given(st.text(max_size=200))
def test_any_text_ends_in_a_stretch_of_itself_or_none(text: str) -> None:
    subject = find_topic(text)

    assert subject is None or subject in text
