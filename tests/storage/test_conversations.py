from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from host.storage import conversations, pages
from host.storage.conversations import NewAnswer, StoredMessage, StoredSentence, StoredSource
from host.storage.database import fold_log
from tests.makers import NOON, add_page

if TYPE_CHECKING:
    import apsw

    from host.storage.database import Database

WORD = "quagmirical"
OTHER = "zephyrously"


def _source(n: int, page_id: int, word: str, *, cited: bool = True) -> StoredSource:
    return StoredSource(
        n=n,
        page_id=page_id,
        chunk_id=n,
        heading="",
        passage=f"A passage with {word} in it.",
        quote=f"{word} in it" if cited else "",
        cited=cited,
    )


def _answer(first: int, second: int) -> NewAnswer:
    return NewAnswer(
        state="complete",
        engine="written",
        model="model",
        sentences=[
            StoredSentence(f"It is {WORD}.", supported=True, citations=(1,)),
            StoredSentence(f" It is {OTHER}.", supported=True, citations=(2,)),
            StoredSentence(f" Perhaps {WORD} too.", supported=False),
        ],
        sources=[_source(1, first, WORD), _source(2, second, OTHER)],
        shown=f"passages: {WORD} {OTHER}",
        raw=f"It is {WORD}. It is {OTHER}.",
        details={"searched_for": f"more {WORD}", "timings": {"total_ms": 1.0}},
    )


def _fill(connection: apsw.Connection) -> tuple[int, int, int]:
    first = add_page(connection, "https://a.example/", "text", "A")
    second = add_page(connection, "https://b.example/", "text", "B")
    conversation = conversations.create_conversation(connection, "Title", NOON)
    question = conversations.add_question(connection, conversation, "What is it?", NOON)
    conversations.add_answer(connection, conversation, question, _answer(first, second), NOON + 5)
    return conversation, first, second


def _messages(database: Database, conversation: int) -> list[StoredMessage]:
    return database.read(lambda connection: conversations.read_messages(connection, conversation))


def test_an_answer_comes_back_as_it_was_stored(database: Database) -> None:
    conversation, first, _ = database.write(_fill)

    question, answer = _messages(database, conversation)

    assert (question.role, question.text, question.state) == ("user", "What is it?", "complete")
    assert [sentence.text for sentence in answer.sentences] == [
        f"It is {WORD}.",
        f" It is {OTHER}.",
        f" Perhaps {WORD} too.",
    ]
    assert [sentence.citations for sentence in answer.sentences] == [(1,), (2,), ()]
    assert [sentence.supported for sentence in answer.sentences] == [True, True, False]
    source = answer.sources[0]
    assert (source.page_id, source.url, source.title, source.cited) == (
        first,
        "https://a.example/",
        "A",
        True,
    )
    assert answer.raw.startswith("It is")


def test_a_deleted_page_takes_its_words_out_of_conversations_and_out_of_the_file(database: Database) -> None:
    conversation, first, _ = database.write(_fill)

    database.write(lambda connection: pages.delete_pages(connection, database.features, [first]))
    fold_log(database)

    answer = _messages(database, conversation)[1]
    assert [sentence.removed for sentence in answer.sentences] == [True, False, True]
    assert [source.n for source in answer.sources] == [2]
    assert (answer.shown, answer.raw) == ("", "")
    assert "searched_for" not in answer.details
    assert answer.details["timings"] == {"total_ms": 1.0}
    held = b"".join(file.read_bytes() for file in database.path.parent.glob(f"{database.path.name}*"))
    assert WORD.encode() not in held
    assert OTHER.encode() in held


def test_a_page_deleted_while_it_was_quoted_leaves_nothing_in_the_answer(database: Database) -> None:
    def store(connection: apsw.Connection) -> int:
        first = add_page(connection, "https://a.example/", "text", "A")
        second = add_page(connection, "https://b.example/", "text", "B")
        conversation = conversations.create_conversation(connection, "Title", NOON)
        question = conversations.add_question(connection, conversation, "What is it?", NOON)
        pages.delete_pages(connection, database.features, [first])
        conversations.add_answer(connection, conversation, question, _answer(first, second), NOON)
        return conversation

    answer = _messages(database, database.write(store))[1]

    assert [sentence.text for sentence in answer.sentences] == ["", f" It is {OTHER}.", ""]
    assert (answer.shown, answer.raw) == ("", "")
    assert [source.n for source in answer.sources] == [2]


def test_a_question_without_an_answer_waits(database: Database) -> None:
    def store(connection: apsw.Connection) -> int:
        conversation = conversations.create_conversation(connection, "Title", NOON)
        conversations.add_question(connection, conversation, "What?", NOON)
        return conversation

    assert [message.state for message in _messages(database, database.write(store))] == ["waiting"]


def test_a_deleted_conversation_leaves_no_row(database: Database) -> None:
    conversation, *_ = database.write(_fill)

    assert database.write(partial(conversations.delete_conversations, conversation_id=conversation)) == 1

    def count(connection: apsw.Connection) -> int:
        tables = ("conversations", "messages", "answer_sentences", "citations", "sentence_citations")
        return sum(len(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in tables)  # noqa: S608

    assert database.read(count) == 0


def test_a_deleted_question_takes_its_answer_along(database: Database) -> None:
    conversation, *_ = database.write(_fill)
    first = _messages(database, conversation)[0].id
    later = database.write(
        lambda connection: conversations.add_question(connection, conversation, "And?", NOON + 9)
    )

    database.write(lambda connection: conversations.delete_messages(connection, [first]))

    assert [message.id for message in _messages(database, conversation)] == [later]


def test_answers_that_come_in_another_order_stay_with_their_questions(database: Database) -> None:
    def store(connection: apsw.Connection) -> int:
        conversation = conversations.create_conversation(connection, "Title", NOON)
        asked = [conversations.add_question(connection, conversation, text, NOON) for text in ("1?", "2?")]
        for question, text in ((asked[1], "two"), (asked[0], "one")):
            said = [StoredSentence(text, supported=True)]
            answer = NewAnswer("complete", "none", None, said, [])
            conversations.add_answer(connection, conversation, question, answer, NOON)
        return conversation

    found = _messages(database, database.write(store))

    told = [message.text or message.sentences[0].text for message in found]
    assert told == ["1?", "one", "2?", "two"]


def test_words_of_a_page_of_an_earlier_turn_go_with_it_too(database: Database) -> None:
    def store(connection: apsw.Connection) -> tuple[int, int]:
        conversation, first, second = _fill(connection)
        question = conversations.add_question(connection, conversation, "And?", NOON)
        answer = NewAnswer(
            "complete",
            "written",
            "model",
            [StoredSentence(f"As I said, {WORD}.", supported=False)],
            [_source(1, second, OTHER)],
            shown="passages",
            raw=f"As I said, {WORD}.",
            page_ids=[first],
        )
        conversations.add_answer(connection, conversation, question, answer, NOON)
        return conversation, first

    conversation, first = database.write(store)
    database.write(lambda connection: pages.delete_pages(connection, database.features, [first]))

    last = _messages(database, conversation)[-1]
    assert [sentence.text for sentence in last.sentences] == [""]
    assert last.raw == ""


@pytest.mark.parametrize("last", [1, 2, 5])
def test_only_the_newest_messages_are_read_when_that_is_asked(database: Database, last: int) -> None:
    conversation, *_ = database.write(_fill)

    found = database.read(lambda connection: conversations.read_messages(connection, conversation, last=last))

    assert [message.id for message in found] == [m.id for m in _messages(database, conversation)][-last:]


def test_conversations_are_listed_with_the_latest_first(database: Database) -> None:
    def store(connection: apsw.Connection) -> list[int]:
        made = [conversations.create_conversation(connection, title, NOON) for title in ("one", "two")]
        conversations.add_question(connection, made[0], "What?", NOON + 1)
        return made

    one, two = database.write(store)

    found = database.read(conversations.list_conversations)
    assert [(item.id, item.questions) for item in found] == [(one, 1), (two, 0)]
