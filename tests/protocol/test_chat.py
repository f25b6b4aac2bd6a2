"""Chat over the wire. No model is installed here, so answers are lists of what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.makers import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.protocol.handlers.services import Services
    from tests.protocol.conftest import Exchange
    from tests.wire import Wire

TEXT = "Green tea is steeped at seventy degrees. Hotter water makes it bitter."
QUESTION = "How hot is green tea steeped?"


@pytest.fixture
def wire(connect: Callable[[], Wire]) -> Wire:
    made = connect()
    made.hello()
    made.call("pages.capture", url="https://tea.example/", title="Tea", text=TEXT, visited_at=NOON)
    return made


def told(wire: Wire) -> list[dict[str, Any]]:
    """What was streamed so far."""
    values = []
    while not wire.others.empty():
        message = wire.others.get()
        if message["method"] == "$/progress":
            values.append(message["params"]["value"])
    return values


def test_an_answer_streams_its_steps_its_sources_and_its_words(wire: Wire) -> None:
    answer = wire.call("chat.ask", question=QUESTION)

    values = told(wire)
    assert values[0] == {
        "conversation_id": answer["conversation_id"],
        "question_id": answer["question_id"],
    }
    assert {"stage": "searching"} in values
    sources = next(value["sources"] for value in values if "sources" in value)
    assert [source["url"] for source in sources] == ["https://tea.example/"]
    assert "".join(value.get("delta", "") for value in values) == answer["answer"]


def test_an_answer_has_the_promised_fields_and_links_only_to_its_sources(wire: Wire) -> None:
    answer = wire.call("chat.ask", question=QUESTION)

    assert {"conversation_id", "message_id", "answer", "citations", "grounded", "model", "timings"} <= set(
        answer
    )
    (citation,) = answer["citations"]
    assert {"n", "page_id", "url", "title", "quote", "link"} <= set(citation)
    assert citation["link"].partition("#")[0] == answer["sources"][0]["url"] == "https://tea.example/"
    assert answer["problem"]["fix"]


def test_a_conversation_goes_on_is_found_renamed_written_out_and_deleted(wire: Wire) -> None:
    first = wire.call("chat.ask", question=QUESTION)
    known = first["conversation_id"]
    second = wire.call("chat.ask", question="And bitter?", conversation_id=known)
    assert second["conversation_id"] == known

    listed = wire.call("chat.list", query="steeped")
    assert [(one["conversation_id"], one["questions"]) for one in listed["conversations"]] == [(known, 2)]
    got = wire.call("chat.get", conversation_id=known)
    assert [message["question"] for message in got["messages"]] == [QUESTION, "And bitter?"]
    assert got["messages"][0]["answer"]["answer"] == first["answer"]
    assert got["left_out"] == 0
    assert wire.call("chat.rename", conversation_id=known, title="Tea talk")["title"] == "Tea talk"
    written = wire.call("chat.export", conversation_id=known)
    assert written["filename"] == "Tea talk.md"
    assert "## How hot is green tea steeped?" in written["text"]
    assert written["next_offset"] is None
    assert wire.call("chat.delete", conversation_id=known) == {"deleted": 1}
    assert wire.ask("chat.get", conversation_id=known)["error"]["data"]["kind"] == "not_found"


def test_a_question_that_is_not_kept_is_answered_alike_and_stored_nowhere(
    wire: Wire, services: tuple[Services, Exchange]
) -> None:
    kept = wire.call("chat.ask", question=QUESTION)
    wire.call("chat.delete", all=True)
    number = wire.begin("chat.ask", question=QUESTION, keep=False)
    passing = wire.wait(number)["result"]
    assert (passing["conversation_id"], passing["question_id"], passing["message_id"]) == (0, 0, 0)
    for same in ("answer", "sentences", "citations", "sources", "title", "state", "problem"):
        assert passing.get(same) == kept.get(same), same
    assert wire.call("chat.list")["total"] == 0
    database = services[0].profiles.open("tester").database
    rows = "SELECT id FROM conversations UNION ALL SELECT id FROM messages"
    assert database.read(lambda c: c.execute(rows).fetchall()) == []
    files = b"".join(file.read_bytes() for file in database.path.parent.rglob("*") if file.is_file())
    assert QUESTION.encode() not in files
    assert wire.ask("chat.ask", question=QUESTION, keep=False, conversation_id=1)["error"]["code"] == -32602


def test_a_deletion_without_a_name_deletes_nothing(wire: Wire) -> None:
    wire.call("chat.ask", question=QUESTION)

    for params in ({}, {"all": False}, {"all": True, "conversation_id": 1}):
        assert wire.ask("chat.delete", **params)["error"]["code"] == -32602
    assert wire.call("chat.list")["total"] == 1
    assert wire.call("chat.delete", all=True) == {"deleted": 1}


@pytest.mark.parametrize(
    "params",
    [
        {"question": ""},
        {"question": "  \n"},
        {"question": "x" * 5000},
        {"question": "What?", "replaces": 3},
        {"question": "What?", "engine": "clever"},
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_and_not_stored(
    wire: Wire, params: dict[str, Any]
) -> None:
    assert wire.ask("chat.ask", **params)["error"]["code"] == -32602
    assert wire.call("chat.list")["total"] == 0


def test_a_deleted_page_takes_its_sentences_out_of_the_answer(wire: Wire) -> None:
    asked = wire.call("chat.ask", question=QUESTION)

    wire.call("pages.delete", urls=["https://tea.example/"])

    got = wire.call("chat.get", conversation_id=asked["conversation_id"])
    answer = got["messages"][0]["answer"]
    assert answer["sources"] == []
    assert answer["citations"] == []
    assert [sentence["removed"] for sentence in answer["sentences"]] == [False, True]
    assert "tea" not in answer["answer"].lower()


def test_a_long_conversation_fits_a_frame_by_leaving_out_its_beginning(wire: Wire) -> None:
    for number in range(5):
        url = f"https://long.example/{number}"
        long = " ".join(f"page{number}word{place}" for place in range(6_000))
        wire.call("pages.capture", url=url, title=f"Long {number}", text=f"steeped {long}", visited_at=NOON)
    known = wire.call("chat.ask", question="steeped")["conversation_id"]
    for _ in range(3):
        wire.call("chat.ask", question="steeped", conversation_id=known)

    got = wire.call("chat.get", conversation_id=known)

    assert 0 < len(got["messages"]) < 4
    assert got["left_out"] == 4 - len(got["messages"])
