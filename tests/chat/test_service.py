from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from host.chat import library
from host.chat.marks import render_answer
from host.core.clock import now_ms
from host.core.errors import Cancelled, ModelUnavailable, NotFound, WorkerDied
from host.storage.filters import PageFilter
from tests.chat.chat_world import DAY_MS, Heard
from tests.makers import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.chat.exchange import ChatAnswer
    from tests.chat.chat_world import ChatWorld

pytestmark = pytest.mark.model

LIGHTHOUSE = "https://skerrow.example/light"
TEA = "https://tea.example/steeping"
GLASS = "https://glass.example/made"
OLD = "https://old.example/kites"
PAGES = {
    LIGHTHOUSE: (
        "The last keepers of Skerrow Light",
        "On the ninth of March 1988 three men locked the door of Skerrow Light for the last time. "
        "A helicopter took them off the rock with a chess set and a cat. "
        "A keeper stood four hours on and eight off, and wound the weights that turned the lens.",
    ),
    TEA: (
        "How to steep green tea",
        "Green tea is steeped at seventy degrees for two minutes. Hotter water makes it bitter. "
        "The leaves may be used three times.",
    ),
    "https://bread.example/rye": (
        "Rye bread with a sourdough starter",
        "A rye starter is fed with equal weights of flour and water every day. "
        "The loaf is baked for an hour at two hundred degrees.",
    ),
    "https://bikes.example/chain": (
        "Keeping a bicycle chain clean",
        "Wipe the chain after every wet ride and put one drop of oil on each roller. "
        "A worn chain stretches and wears the sprockets.",
    ),
}
WHEN = "When was the door of Skerrow Light locked for the last time?"
UNKNOWN = "What is the melting point of tungsten hexafluoride?"


@pytest.fixture(scope="module")
def world(chat_world: ChatWorld) -> ChatWorld:
    for url, (title, text) in PAGES.items():
        chat_world.read(url, title, text)
    chat_world.read(
        OLD, "Kites over Lower Marsh", "The kite festival is held on the first Sunday in May.", days_ago=60
    )
    chat_world.read(
        GLASS,
        "How glass was made",
        "Sand and ash are melted into glass at a thousand degrees. The glass is blown while it glows.",
        days_ago=1,
        before=now_ms(),
    )
    chat_world.index()
    return chat_world


def cited(answer: ChatAnswer) -> list[str]:
    """The addresses that an answer cites, best first."""
    urls = {passage.n: passage.url for passage in answer.passages}
    return [urls[n] for sentence in answer.draft.sentences for n in sentence.citations]


def read_back(world: ChatWorld, answer: ChatAnswer) -> library.KeptConversation:
    return library.get_conversation(world.profile, answer.conversation_id)


def test_a_question_is_answered_in_words_of_the_page_that_says_it(world: ChatWorld) -> None:
    answer = world.ask(WHEN, engine="extractive")

    assert "ninth of March 1988" in render_answer(answer.draft.sentences)
    assert set(cited(answer)) == {LIGHTHOUSE}
    assert answer.grounded
    assert all(sentence.quote in PAGES[LIGHTHOUSE][1] for sentence in answer.draft.sentences)


def test_the_steps_are_told_in_order_and_the_stream_is_the_answer(world: ChatWorld) -> None:
    heard = Heard()

    answer = world.ask(WHEN, heard=heard, engine="extractive")

    names = [name for name, _ in heard.events if name != "delta"]
    assert names == ["begin", "stage", "sources", "stage", "stage"]
    assert heard.all("stage") == ["searching", "reading", "writing"]
    assert heard.all("begin") == [(answer.conversation_id, answer.question_id)]
    assert heard.streamed == render_answer(answer.draft.sentences)


def test_an_answer_is_stored_as_it_was_told(world: ChatWorld) -> None:
    answer = world.ask(WHEN, engine="extractive")

    question, stored = read_back(world, answer).messages

    assert question.text == WHEN
    assert "".join(one.text for one in stored.sentences) == "".join(
        one.text for one in answer.draft.sentences
    )
    assert [source.url for source in stored.sources if source.cited] == [LIGHTHOUSE]
    assert stored.state == "complete"


def test_nothing_relevant_is_said_to_be_nothing_and_no_model_is_called(world: ChatWorld) -> None:
    def refuse(*_: Any) -> Any:
        pytest.fail("a language model was asked for")

    answer = world.ask(UNKNOWN, chat=world.make_chat(lend_writer=refuse), engine="written")

    assert answer.draft.engine == "none"
    assert cited(answer) == []
    assert "Nothing in your history" in render_answer(answer.draft.sentences)
    assert read_back(world, answer).messages[1].state == "none"


def test_a_follow_up_is_searched_for_with_what_it_leaves_unsaid(world: ChatWorld) -> None:
    first = world.ask("What happened to Skerrow Light?", engine="extractive")
    heard = Heard()

    second = world.ask(
        "And when was that?", heard=heard, conversation_id=first.conversation_id, engine="extractive"
    )

    assert "Skerrow" in heard.all("searched")[0]
    assert "1988" in render_answer(second.draft.sentences)
    assert second.conversation_id == first.conversation_id
    assert len(read_back(world, second).messages) == 4


def test_filters_narrow_what_is_answered_from(world: ChatWorld) -> None:
    kites = "When is the kite festival held?"

    everywhere = world.ask(kites, engine="extractive")
    lately = world.ask(kites, engine="extractive", page_filter=PageFilter(from_ms=NOON - 7 * DAY_MS))
    elsewhere = world.ask(kites, engine="extractive", page_filter=PageFilter(sites=("tea.example",)))

    assert cited(everywhere) == [OLD]
    assert OLD not in {passage.url for passage in lately.passages}
    assert {passage.url for passage in elsewhere.passages} <= {TEA}
    assert "this part of your history" in render_answer(elsewhere.draft.sentences)


def test_without_a_language_model_the_pages_found_are_listed_with_the_fix(world: ChatWorld) -> None:
    heard = Heard()

    answer = world.ask(WHEN, heard=heard, engine="written", chat=world.make_chat(find_writer=lambda: None))

    assert answer.draft.engine == "results"
    assert answer.problem is not None
    assert "classify model" in str(answer.problem.fix)
    assert cited(answer)[0] == LIGHTHOUSE
    assert heard.streamed == render_answer(answer.draft.sentences)
    assert read_back(world, answer).messages[1].details["problem"]["reason"] == answer.problem.reason


def test_without_an_embedding_model_the_pages_found_are_listed(world: ChatWorld) -> None:
    answer = world.ask(WHEN, chat=world.make_chat(find_embedder=lambda: None))

    assert answer.draft.engine == "results"
    assert cited(answer)[0] == LIGHTHOUSE


@pytest.mark.parametrize(
    "failure",
    [
        ModelUnavailable("The model cannot be loaded.", fix="Try a smaller one."),
        WorkerDied("The language model ended."),
    ],
)
def test_a_model_that_fails_costs_the_wording_and_not_the_sources(
    world: ChatWorld, failure: Exception
) -> None:
    @contextmanager
    def lend(_model_id: str, _cancelled: threading.Event) -> Iterator[Any]:
        if failure:
            raise failure
        yield

    answer = world.ask(WHEN, engine="written", chat=world.make_chat(lend_writer=lend))

    assert answer.draft.engine == "results"
    assert answer.problem is not None
    assert answer.problem.reason == str(failure)
    assert answer.problem.fix
    assert cited(answer)[0] == LIGHTHOUSE


def test_a_model_that_dies_in_mid_answer_voids_what_was_streamed(world: ChatWorld) -> None:
    heard = Heard()

    def kill(name: str, _value: Any) -> None:
        if name == "delta" and not heard.all("reset") and len(heard.all("delta")) == 2:
            world.models.runtime.unload("smollm2-135m-instruct")

    heard.on_event = kill

    answer = world.ask(
        "What did a keeper of Skerrow Light do, and how long did he stand?",
        heard=heard,
        engine="written",
        page_filter=PageFilter(sites=("skerrow.example",)),
    )

    assert heard.all("reset") == [None]
    assert answer.draft.engine == "results"
    assert heard.streamed == render_answer(answer.draft.sentences)
    again = world.ask(WHEN, engine="written")
    assert again.draft.engine == "written"


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


@pytest.mark.parametrize(
    "question",
    ["What did I read yesterday?", "What pages did I visit yesterday?", "Was habe ich gestern gelesen?"],
)
def test_what_was_read_at_a_time_is_told_by_the_pages_of_that_time(world: ChatWorld, question: str) -> None:
    answer = world.ask(question)

    assert answer.draft.engine == "extractive"
    assert cited(answer) == [GLASS]
    assert "Sand and ash" in render_answer(answer.draft.sentences)


def test_a_date_in_a_question_narrows_it_and_is_no_part_of_what_has_to_be_answered(world: ChatWorld) -> None:
    asked = "What is melted into glass in the page I read yesterday?"

    assert set(cited(world.ask(asked, engine="extractive"))) == {GLASS}
    assert world.ask(WHEN.replace("?", " yesterday?"), engine="extractive").draft.engine == "none"


def test_a_refusal_is_not_called_grounded(world: ChatWorld) -> None:
    assert not world.ask(UNKNOWN).grounded
    assert world.ask(WHEN, engine="extractive").grounded


def test_a_conversation_that_is_gone_is_said_to_be(world: ChatWorld) -> None:
    with pytest.raises(NotFound, match="not there any more"):
        world.ask(WHEN, conversation_id=10**6)
    first = world.ask(WHEN, engine="extractive")
    with pytest.raises(NotFound, match="no such question"):
        world.ask(WHEN, conversation_id=first.conversation_id, replaces=10**6)
