"""Stopping, asking again, editing, and two questions at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from host.chat import library
from host.chat.marks import render_answer
from host.core.errors import Cancelled, ModelUnavailable
from tests.chat.chat_world import Heard
from tests.chat.talk_pages import (
    WHEN,
    read_back,
    read_pages,
)

if TYPE_CHECKING:
    from host.chat.exchange import ChatAnswer
    from tests.chat.chat_world import ChatWorld

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def world(chat_world: ChatWorld) -> ChatWorld:
    return read_pages(chat_world)


def test_stopping_keeps_what_there_is(world: ChatWorld) -> None:
    cancelled = threading.Event()
    heard = Heard(on_event=lambda name, _value: cancelled.set() if name == "delta" else None)

    answer = world.ask(WHEN, heard=heard, cancelled=cancelled, engine="written")

    assert answer.draft.stopped
    assert heard.streamed
    assert heard.streamed == render_answer(answer.draft.sentences)
    assert read_back(world, answer).messages[1].state == "stopped"


def test_stopping_before_the_first_word_leaves_the_question_with_an_empty_answer(world: ChatWorld) -> None:
    cancelled = threading.Event()
    heard = Heard(on_event=lambda name, _value: cancelled.set() if name == "sources" else None)

    answer = world.ask(WHEN, heard=heard, cancelled=cancelled)

    assert answer.draft.stopped
    assert answer.draft.sentences == ()
    assert [message.role for message in read_back(world, answer).messages] == ["user", "assistant"]


def test_an_edited_question_replaces_what_followed_it(world: ChatWorld) -> None:
    first = world.ask("What is green tea?", engine="extractive")
    world.ask("How hot?", conversation_id=first.conversation_id, engine="extractive")

    edited = world.ask(
        "How long is green tea steeped?",
        conversation_id=first.conversation_id,
        replaces=first.question_id,
        engine="extractive",
    )

    kept = read_back(world, edited)
    assert [message.text for message in kept.messages if message.role == "user"] == [
        "How long is green tea steeped?"
    ]
    assert "two minutes" in render_answer(edited.draft.sentences)


def test_a_replacement_stopped_before_its_first_word_changes_nothing(world: ChatWorld) -> None:
    first = world.ask(WHEN, engine="extractive")
    before = read_back(world, first)
    cancelled = threading.Event()
    cancelled.set()

    with pytest.raises(Cancelled):
        world.ask(
            "Something else?",
            cancelled=cancelled,
            conversation_id=first.conversation_id,
            replaces=first.question_id,
        )

    assert [message.id for message in read_back(world, first).messages] == [
        message.id for message in before.messages
    ]


def test_a_replacement_stopped_half_way_leaves_the_earlier_answer_and_what_followed(world: ChatWorld) -> None:
    first = world.ask(WHEN, engine="extractive")
    world.ask("And who did it?", conversation_id=first.conversation_id, engine="extractive")
    before = read_back(world, first)
    cancelled = threading.Event()
    heard = Heard(on_event=lambda name, _value: cancelled.set() if name == "delta" else None)

    with pytest.raises(Cancelled, match="still there"):
        world.ask(
            WHEN,
            heard=heard,
            cancelled=cancelled,
            engine="written",
            conversation_id=first.conversation_id,
            replaces=first.question_id,
            fresh=True,
        )

    assert read_back(world, first).messages == before.messages


def test_a_replacement_that_fails_leaves_the_earlier_answer(world: ChatWorld) -> None:
    first = world.ask(WHEN, engine="extractive")
    before = read_back(world, first)

    with pytest.raises(ModelUnavailable, match="No language model"):
        world.ask(
            WHEN,
            engine="written",
            chat=world.make_chat(find_writer=lambda: None),
            conversation_id=first.conversation_id,
            replaces=first.question_id,
        )

    assert read_back(world, first).messages == before.messages


def test_a_question_that_was_never_answered_is_asked_again_with_whatever_comes_of_it(
    world: ChatWorld,
) -> None:
    def break_off(name: str, _value: Any) -> None:
        if name == "sources":
            message = "the reader's line broke"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        world.ask(WHEN, heard=Heard(on_event=break_off))
    waiting = library.find_conversations(world.profile)[0][0].conversation
    (question,) = library.get_conversation(world.profile, waiting.id).messages

    answer = world.ask(
        WHEN,
        engine="written",
        chat=world.make_chat(find_writer=lambda: None),
        conversation_id=waiting.id,
        replaces=question.id,
    )

    assert answer.draft.engine == "results"
    assert [message.role for message in read_back(world, answer).messages] == ["user", "assistant"]


def test_two_questions_at_once_each_get_their_own_answer(world: ChatWorld) -> None:
    first = world.ask(WHEN, engine="extractive")
    later: list[ChatAnswer] = []

    def ask_another(name: str, _value: Any) -> None:
        if name == "sources" and not later:
            later.append(
                world.ask(
                    "How hot is green tea steeped?",
                    conversation_id=first.conversation_id,
                    engine="extractive",
                )
            )

    world.ask(
        "What is a rye starter fed with?",
        heard=Heard(on_event=ask_another),
        conversation_id=first.conversation_id,
        engine="extractive",
    )

    told = [
        message.text or "".join(sentence.text for sentence in message.sentences)
        for message in read_back(world, first).messages
    ]
    assert told[2] == "What is a rye starter fed with?"
    assert "flour" in told[3]
    assert told[4] == "How hot is green tea steeped?"
    assert "seventy" in told[5]


def test_an_edited_first_question_gives_the_conversation_its_title(world: ChatWorld) -> None:
    first = world.ask("What is green tee?", engine="extractive")

    world.ask(
        "What is green tea?",
        conversation_id=first.conversation_id,
        replaces=first.question_id,
        engine="extractive",
    )

    assert read_back(world, first).conversation.title == "What is green tea?"
