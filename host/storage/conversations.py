"""Conversations, their questions and answers. Each function runs inside the caller's transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

Role = Literal["user", "assistant"]
State = Literal["waiting", "complete", "stopped", "none", "fallback"]


@dataclass(frozen=True)
class Conversation:
    """A conversation without its messages; times in UTC milliseconds."""

    id: int
    title: str
    created_at: int
    updated_at: int
    questions: int


@dataclass(frozen=True)
class StoredSource:
    """A passage that was found for an answer.

    Attributes:
        n: its number in the answer.
        page_id: of the page.
        chunk_id: the passage's row at that time; it may be gone.
        heading: that it stood under.
        passage: its text at that time.
        quote: the sentence that is cited, or "".
        cited: whether the answer cites it.
        url: of the page.
        title: of the page.
        domain: of the page.
        favicon_url: of the page.
        visited_at: last visit of the page, UTC milliseconds.
    """

    n: int
    page_id: int
    chunk_id: int
    heading: str
    passage: str
    quote: str
    cited: bool
    url: str = ""
    title: str = ""
    domain: str = ""
    favicon_url: str | None = None
    visited_at: int = 0


@dataclass(frozen=True)
class StoredSentence:
    """A sentence of an answer; `citations` are numbers of its sources, best first."""

    text: str
    supported: bool
    citations: tuple[int, ...] = ()
    removed: bool = False


@dataclass(frozen=True)
class StoredMessage:
    """A question or an answer.

    Attributes:
        id: of the message; higher is later.
        role: who says it.
        text: a question's words.
        shown: what a language model was given for an answer.
        raw: an answer as the model wrote it.
        state: what became of it.
        engine: who answered.
        model: with which model.
        details: what else is known, without words of pages.
        created_at: UTC milliseconds.
        sentences: of an answer.
        sources: of an answer, by number.
        answers: the question that an answer belongs to.
    """

    id: int
    role: Role
    text: str
    shown: str
    raw: str
    state: State
    engine: str | None
    model: str | None
    details: dict[str, Any]
    created_at: int
    sentences: tuple[StoredSentence, ...] = ()
    sources: tuple[StoredSource, ...] = ()
    answers: int | None = None


@dataclass(frozen=True)
class NewAnswer:
    """An answer to be stored; see `StoredMessage`.

    Attributes:
        page_ids: pages of earlier turns whose words were at hand too.
    """

    state: State
    engine: str
    model: str | None
    sentences: Sequence[StoredSentence]
    sources: Sequence[StoredSource]
    shown: str = ""
    raw: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    page_ids: Sequence[int] = ()


def create_conversation(connection: apsw.Connection, title: str, now_ms: int) -> int:
    """Begin a conversation; returns its id."""
    connection.execute(
        "INSERT INTO conversations (title, created_at, updated_at) VALUES (?, ?, ?)", (title, now_ms, now_ms)
    )
    return int(connection.last_insert_rowid())


def add_question(connection: apsw.Connection, conversation_id: int, text: str, now_ms: int) -> int:
    """Add what was asked; returns the message's id."""
    connection.execute(
        "INSERT INTO messages (conversation_id, role, text, state, created_at)"
        " VALUES (?, 'user', ?, 'waiting', ?)",
        (conversation_id, text, now_ms),
    )
    message_id = int(connection.last_insert_rowid())
    _touch(connection, conversation_id, now_ms)
    return message_id


def add_answer(
    connection: apsw.Connection, conversation_id: int, question_id: int, answer: NewAnswer, now_ms: int
) -> int:
    """Add the answer to a question; returns the message's id.

    A source whose page was deleted meanwhile is left out, and so are the sentences that cite it and all that
    may hold its words.
    """
    at_hand = {*answer.page_ids, *(source.page_id for source in answer.sources)}
    there = {
        page_id
        for page_id in at_hand
        if connection.execute("SELECT 1 FROM pages WHERE id = ?", (page_id,)).fetchall()
    }
    if there != at_hand:
        details = {key: value for key, value in answer.details.items() if key != "searched_for"}
        answer = replace(answer, shown="", raw="", details=details)
    connection.execute(
        "INSERT INTO messages"
        " (conversation_id, role, answers, shown, raw, state, engine, model, details, created_at)"
        " VALUES (?, 'assistant', ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            conversation_id,
            question_id,
            answer.shown,
            answer.raw,
            answer.state,
            answer.engine,
            answer.model,
            json.dumps(answer.details),
            now_ms,
        ),
    )
    message_id = int(connection.last_insert_rowid())
    connection.executemany(
        "INSERT INTO message_pages (message_id, page_id) VALUES (?, ?)",
        [(message_id, page_id) for page_id in sorted(there)],
    )
    rows: dict[int, int] = {}
    gone = {source.n for source in answer.sources if source.page_id not in there}
    for source in answer.sources:
        if source.n in gone:
            continue
        connection.execute(
            "INSERT INTO citations (message_id, n, page_id, chunk_id, heading, passage, quote, cited)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message_id,
                source.n,
                source.page_id,
                source.chunk_id,
                source.heading,
                source.passage,
                source.quote,
                source.cited,
            ),
        )
        rows[source.n] = connection.last_insert_rowid()
    for position, sentence in enumerate(answer.sentences):
        lost = there != at_hand and (not sentence.supported or bool(gone & set(sentence.citations)))
        connection.execute(
            "INSERT INTO answer_sentences (message_id, position, text, supported, removed)"
            " VALUES (?, ?, ?, ?, ?)",
            (message_id, position, "" if lost else sentence.text, sentence.supported, lost),
        )
        sentence_id = connection.last_insert_rowid()
        connection.executemany(
            "INSERT INTO sentence_citations (sentence_id, citation_id, place) VALUES (?, ?, ?)",
            [(sentence_id, rows[n], place) for place, n in enumerate(sentence.citations) if n in rows],
        )
    connection.execute("UPDATE messages SET state = 'complete' WHERE id = ?", (question_id,))
    _touch(connection, conversation_id, now_ms)
    return message_id


def delete_messages(connection: apsw.Connection, message_ids: Sequence[int]) -> None:
    """Delete messages; the answer to a question goes with it."""
    connection.executemany("DELETE FROM messages WHERE id = ?", [(one,) for one in message_ids])


def rename_conversation(connection: apsw.Connection, conversation_id: int, title: str) -> bool:
    """Give a conversation another title; returns whether there is such a conversation."""
    connection.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation_id))
    return bool(connection.changes())


def delete_conversations(connection: apsw.Connection, conversation_id: int | None) -> int:
    """Delete one conversation, or all; returns how many there were. The caller folds the log afterwards."""
    if conversation_id is None:
        connection.execute("DELETE FROM conversations")
    else:
        connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
    return int(connection.changes())


def read_conversation(connection: apsw.Connection, conversation_id: int) -> Conversation | None:
    """One conversation."""
    rows = connection.execute(f"{_CONVERSATIONS} WHERE conversations.id = ?", (conversation_id,)).fetchall()
    return Conversation(*rows[0]) if rows else None


def read_conversation_of(connection: apsw.Connection, message_id: int) -> Conversation | None:
    """The conversation that a message belongs to."""
    rows = connection.execute(
        f"{_CONVERSATIONS} WHERE conversations.id = (SELECT conversation_id FROM messages WHERE id = ?)",
        (message_id,),
    ).fetchall()
    return Conversation(*rows[0]) if rows else None


def list_conversations(connection: apsw.Connection) -> list[Conversation]:
    """Every conversation, the latest first."""
    rows = connection.execute(f"{_CONVERSATIONS} ORDER BY updated_at DESC, conversations.id DESC")
    return [Conversation(*row) for row in rows]


def read_words(connection: apsw.Connection, conversation_id: int) -> list[str]:
    """What a conversation says, to be looked through: questions and sentences of answers, in order."""
    rows = connection.execute(
        "SELECT words FROM (SELECT id, -1 AS position, text AS words FROM messages WHERE conversation_id = ?1"
        " UNION ALL SELECT message_id, position, answer_sentences.text FROM answer_sentences"
        " JOIN messages ON messages.id = message_id WHERE conversation_id = ?1)"
        " WHERE words <> '' ORDER BY id, position",
        (conversation_id,),
    )
    return [str(row[0]) for row in rows]


def read_messages(
    connection: apsw.Connection, conversation_id: int, *, last: int | None = None
) -> list[StoredMessage]:
    """The messages of a conversation: questions oldest first, each with its answer behind it.

    Args:
        connection: to read from.
        conversation_id: of the conversation.
        last: only so many of the newest.
    """
    # Two questions may have been asked at once: an answer belongs to its own, whenever it came.
    rows = connection.execute(
        f"{_MESSAGES} WHERE conversation_id = ? ORDER BY coalesce(answers, id) DESC, answers IS NULL LIMIT ?",
        (conversation_id, -1 if last is None else last),
    ).fetchall()
    return _make_messages(connection, rows)


def read_message(connection: apsw.Connection, message_id: int) -> StoredMessage | None:
    """One message."""
    rows = connection.execute(f"{_MESSAGES} WHERE id = ?", (message_id,)).fetchall()
    return next(iter(_make_messages(connection, rows)), None)


_MESSAGES = (
    "SELECT id, role, text, shown, raw, state, engine, model, details, created_at, answers FROM messages"
)


def _make_messages(connection: apsw.Connection, rows: Sequence[Any]) -> list[StoredMessage]:
    return [
        StoredMessage(
            id=row[0],
            role=row[1],
            text=row[2],
            shown=row[3],
            raw=row[4],
            state=row[5],
            engine=row[6],
            model=row[7],
            details=json.loads(row[8]),
            created_at=row[9],
            answers=row[10],
            sentences=_read_sentences(connection, row[0]) if row[1] == "assistant" else (),
            sources=_read_sources(connection, row[0]) if row[1] == "assistant" else (),
        )
        for row in reversed(rows)
    ]


_CONVERSATIONS = (
    "SELECT conversations.id, title, conversations.created_at, updated_at,"
    " (SELECT count(*) FROM messages WHERE conversation_id = conversations.id AND role = 'user')"
    " FROM conversations"
)


def _read_sentences(connection: apsw.Connection, message_id: int) -> tuple[StoredSentence, ...]:
    cited: dict[int, list[int]] = {}
    rows = connection.execute(
        "SELECT sentence_id, n FROM sentence_citations JOIN citations ON citations.id = citation_id"
        " WHERE message_id = ? ORDER BY sentence_id, place",
        (message_id,),
    )
    for sentence_id, n in rows:
        cited.setdefault(sentence_id, []).append(int(n))
    found = connection.execute(
        "SELECT id, text, supported, removed FROM answer_sentences WHERE message_id = ? ORDER BY position",
        (message_id,),
    )
    return tuple(
        StoredSentence(text, bool(supported), tuple(cited.get(sentence_id, ())), bool(removed))
        for sentence_id, text, supported, removed in found
    )


def _read_sources(connection: apsw.Connection, message_id: int) -> tuple[StoredSource, ...]:
    rows = connection.execute(
        "SELECT n, page_id, chunk_id, heading, passage, quote, cited, url, title, domain, favicon_url,"
        " last_visit_at FROM citations JOIN pages ON pages.id = page_id WHERE message_id = ? ORDER BY n",
        (message_id,),
    )
    found = [StoredSource(*row) for row in rows]
    return tuple(replace(source, cited=bool(source.cited)) for source in found)


def _touch(connection: apsw.Connection, conversation_id: int, now_ms: int) -> None:
    connection.execute("UPDATE conversations SET updated_at = ? WHERE id = ?", (now_ms, conversation_id))
