from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from host.classify.categories import Category
from host.classify.remote_classifier import Price, RemoteClassifier
from host.core.errors import (
    AppError,
    Cancelled,
    Forbidden,
    InvalidInput,
    ModelUnavailable,
    NotFound,
    WorkerError,
)
from tests.classify.chat_server import KEY, ChatServer

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPICS = [Category("animals", "pets"), Category("vehicles", "with wheels"), Category("plants")]
# Probabilities of 0.7, 0.2 and 0.1.
LIKELY = {"B": -0.356675, " A": -1.609438, "C": -2.302585, "The": -5.0}


@contextmanager
def ask(server: ChatServer, key: str = KEY, retries: int = 2) -> Iterator[RemoteClassifier]:
    with server:
        classifier = RemoteClassifier(server.url, "big-model", key, retries=retries)
        try:
            yield classifier
        finally:
            classifier.close()


def test_the_confidence_is_the_probability_that_the_server_gives() -> None:
    server = ChatServer(answer=lambda _: "B", likely=LIKELY)
    with ask(server) as classifier:
        found = classifier.classify(["a car"], TOPICS)[0]
    assert found.category == "vehicles"
    assert found.scores == pytest.approx({"animals": 0.2, "vehicles": 0.7, "plants": 0.1}, abs=1e-4)
    assert found.tokens == 100
    body, headers = server.requests[0]
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body["model"] == "big-model"
    assert body["max_tokens"] == 1
    assert "B. vehicles: with wheels" in body["messages"][0]["content"]
    assert "a car" in body["messages"][1]["content"]


def test_the_beginning_of_a_request_is_the_same_for_every_text() -> None:
    server = ChatServer(likely=LIKELY)
    with ask(server) as classifier:
        classifier.classify(["one", "two"], TOPICS)
    first, second = (body["messages"] for body, _ in server.requests)
    assert first[0] == second[0]
    assert first[1] != second[1]


def test_a_server_without_probabilities_is_asked_for_json() -> None:
    server = ChatServer()
    with ask(server) as classifier:
        found = classifier.classify(["a cat", "a dog"], TOPICS)
    assert [one.category for one in found] == ["animals", "animals"]
    assert found[0].scores == pytest.approx({"animals": 0.8, "vehicles": 0.1, "plants": 0.1})
    # The first request was without use, and counted; the second text is asked for in the way that works.
    assert [one.tokens for one in found] == [200, 100]
    assert len(server.requests) == 3
    schema = server.requests[1][0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["category"]["enum"] == ["animals", "vehicles", "plants"]


def test_what_a_server_refuses_is_not_asked_twice() -> None:
    server = ChatServer(refused=("logprobs", "json_schema"))
    with ask(server) as classifier:
        assert classifier.classify(["a cat"], TOPICS)[0].category == "animals"
        before = len(server.requests)
        classifier.classify(["a dog"], TOPICS)
    assert len(server.requests) == before + 1
    assert server.requests[-1][0]["response_format"] == {"type": "json_object"}


def test_a_server_that_knows_no_formats_is_asked_in_words() -> None:
    server = ChatServer(
        answer=lambda _: 'Sure! {"category": "Plants", "confidence": 1}',
        refused=("logprobs", "response_format"),
    )
    with ask(server) as classifier:
        assert classifier.classify(["a tree"], TOPICS)[0].category == "plants"


def test_the_reason_comes_with_the_answer() -> None:
    server = ChatServer(
        answer=lambda _: '{"reasoning": "It purrs.", "category": "animals", "confidence": 0.9}', likely=LIKELY
    )
    with ask(server) as classifier:
        assert classifier.classify(["a cat"], TOPICS, reasoning=True)[0].reasoning == "It purrs."
        # Without it, probabilities are better.
        assert classifier.classify(["a car"], TOPICS)[0].category == "vehicles"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "animals",
        "{",
        "[]",
        '{"category": "minerals"}',
        '{"category": null}',
        '{"category": ["animals"]}',
        "} {",
    ],
)
def test_an_answer_that_names_no_category_is_an_error_and_never_a_guess(answer: str) -> None:
    with ask(ChatServer(answer=lambda _: answer)) as classifier, pytest.raises(WorkerError) as found:
        classifier.classify(["a secret text"], TOPICS)
    assert "secret" not in found.value.message


@pytest.mark.parametrize(
    ("stated", "confidence"), [("7", 1.0), ("-1", 1 / 3), ('"high"', 0.5), ("true", 0.5), ("NaN", 0.5)]
)
def test_a_stated_confidence_is_not_taken_on_trust(stated: str, confidence: float) -> None:
    answer = f'{{"category": "animals", "confidence": {stated}}}'
    with ask(ChatServer(answer=lambda _: answer)) as classifier:
        found = classifier.classify(["a cat"], TOPICS)[0]
    assert found.confidence == pytest.approx(confidence)
    assert sum(found.scores.values()) == pytest.approx(1.0)


def test_a_refused_key_is_said_without_showing_it() -> None:
    with ask(ChatServer(), key="sk-wrong-0815") as classifier, pytest.raises(Forbidden) as found:
        classifier.classify(["x"], TOPICS)
    assert "0815" not in f"{found.value.message} {found.value.fix}"


def test_an_overloaded_server_is_asked_again() -> None:
    server = ChatServer(failures=[429, 503], likely=LIKELY)
    with ask(server) as classifier:
        assert classifier.classify(["a car"], TOPICS)[0].category == "vehicles"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, WorkerError), (404, NotFound), (403, Forbidden), (500, WorkerError), (307, WorkerError)],
)
def test_a_server_that_goes_on_failing_is_said(status: int, kind: type[AppError]) -> None:
    server = ChatServer(failures=[status] * 20)
    with ask(server, retries=1) as classifier, pytest.raises(kind) as found:
        classifier.classify(["x"], TOPICS)
    assert KEY not in f"{found.value.message} {found.value.fix}"
    # A redirection is not followed: the text is for the address that was named.
    assert len(server.requests) <= 2


def test_a_request_that_cannot_be_used_at_all_is_said() -> None:
    with ask(ChatServer(refused=("model",))) as classifier, pytest.raises(InvalidInput):
        classifier.classify(["x"], TOPICS)


def test_a_server_that_is_not_there_is_said() -> None:
    with ChatServer() as server:
        url = server.url
    classifier = RemoteClassifier(url, "m", KEY, retries=0)
    with pytest.raises(ModelUnavailable):
        classifier.classify(["x"], TOPICS)
    classifier.close()


def test_more_categories_than_letters_are_named_in_full() -> None:
    many = [Category(f"topic {number}") for number in range(40)]
    server = ChatServer(answer=lambda _: '{"category": "topic 33", "confidence": 0.9}', likely=LIKELY)
    with ask(server) as classifier:
        assert classifier.classify(["x"], many)[0].category == "topic 33"
    assert "logprobs" not in server.requests[0][0]


def test_a_cancelled_classification_sends_no_more() -> None:
    cancelled = threading.Event()
    cancelled.set()
    server = ChatServer()
    with ask(server) as classifier, pytest.raises(Cancelled):
        classifier.classify(["x"], TOPICS, cancelled=cancelled)
    assert server.requests == []


def test_the_cost_follows_from_the_tokens() -> None:
    with ask(ChatServer(likely=LIKELY)) as classifier:
        assert classifier.usage.estimate_cost(Price(1.0, 2.0)) == 0.0
        classifier.classify(["x", "y"], TOPICS)
        # 100 tokens read and 10 written for each.
        assert classifier.usage.estimate_cost(Price(1.0, 2.0)) == pytest.approx(0.12)


def test_neither_key_nor_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), ask(ChatServer(failures=[500], likely=LIKELY)) as classifier:
        classifier.classify(["a secret text"], TOPICS)
    assert "secret" not in caplog.text
    assert KEY not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_nothing_of_another_account_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-mine")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    server = ChatServer(likely=LIKELY)
    with ask(server) as classifier:
        classifier.classify(["x"], TOPICS)
    sent: dict[str, Any] = server.requests[0][1]
    assert not [value for value in sent.values() if "mine" in value]
