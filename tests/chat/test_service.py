from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from host.chat.marks import render_answer
from host.core.errors import ModelUnavailable, NotFound, WorkerDied
from host.storage.filters import PageFilter
from tests.chat.chat_world import DAY_MS, Heard
from tests.chat.talk_pages import (
    GLASS,
    LIGHTHOUSE,
    OLD,
    PAGES,
    TEA,
    UNKNOWN,
    WHEN,
    cited,
    read_back,
    read_pages,
)
from tests.makers import NOON

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from tests.chat.chat_world import ChatWorld

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def world(chat_world: ChatWorld) -> ChatWorld:
    return read_pages(chat_world)


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
