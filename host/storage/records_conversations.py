"""Adding a conversation from elsewhere, or what it has more. Inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.storage import conversations
from host.storage.conversations import NewAnswer, StoredSource

if TYPE_CHECKING:
    import apsw

    from host.storage.records import CitationRecord, ConversationRecord, MessageRecord
    from host.storage.records_pages import Merging, Outcome

# A page that is not here: what quotes it is left out, as if it had been forgotten.
_NO_PAGE = -1


def merge_conversation(connection: apsw.Connection, _: Merging, record: ConversationRecord) -> Outcome:
    """Add a conversation; of one that is there, the messages that it lacks.

    A conversation is known by its time and its first question, a question by its time and words.
    """
    conversation_id = _find(connection, record)
    if conversation_id is None:
        conversation_id = conversations.create_conversation(connection, record.title, record.created_at)
        _add_messages(connection, conversation_id, record, {})
        _set_times(connection, conversation_id, record.updated_at)
        return "added"
    questions = _read_questions(connection, conversation_id)
    before = connection.total_changes()
    updated_at = connection.execute(
        "SELECT updated_at FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchall()[0][0]
    _add_messages(connection, conversation_id, record, questions)
    if connection.total_changes() == before:
        return "skipped"
    _set_times(connection, conversation_id, max(updated_at, record.updated_at))
    return "updated"


def _find(connection: apsw.Connection, record: ConversationRecord) -> int | None:
    first = next((message.text for message in record.messages if message.role == "user"), None)
    rows = connection.execute(
        "SELECT id FROM conversations WHERE created_at = ?1 AND (SELECT text FROM messages"
        " WHERE conversation_id = conversations.id AND role = 'user' ORDER BY id LIMIT 1) IS ?2",
        (record.created_at, first),
    ).fetchall()
    return int(rows[0][0]) if rows else None


def _read_questions(connection: apsw.Connection, conversation_id: int) -> dict[tuple[int, str], int]:
    rows = connection.execute(
        "SELECT created_at, text, id FROM messages WHERE conversation_id = ? AND role = 'user'",
        (conversation_id,),
    )
    return {(created_at, text): message_id for created_at, text, message_id in rows}


def _add_messages(
    connection: apsw.Connection,
    conversation_id: int,
    record: ConversationRecord,
    questions: dict[tuple[int, str], int],
) -> None:
    """Add the questions that are not among `questions`, and answers to questions that have none."""
    ids: dict[int, int] = {}
    added: list[tuple[str, int]] = []
    for place, message in enumerate(record.messages):
        if message.role == "user":
            known = questions.get((message.created_at, message.text))
            if known is None:
                known = conversations.add_question(
                    connection, conversation_id, message.text, message.created_at
                )
                added.append((message.state, known))
            ids[place] = known
            continue
        question_id = ids.get(message.answers) if message.answers is not None else None
        if question_id is not None and not _is_answered(connection, question_id):
            _add_answer(connection, conversation_id, question_id, message)
    connection.executemany("UPDATE messages SET state = ? WHERE id = ?", added)


def _is_answered(connection: apsw.Connection, question_id: int) -> bool:
    return bool(connection.execute("SELECT 1 FROM messages WHERE answers = ?", (question_id,)).fetchall())


def _add_answer(
    connection: apsw.Connection, conversation_id: int, question_id: int, message: MessageRecord
) -> None:
    answer = NewAnswer(
        state=message.state,
        engine=message.engine or "",
        model=message.model,
        sentences=message.sentences,
        sources=[_make_source(connection, citation) for citation in message.citations],
        shown=message.shown,
        raw=message.raw,
        details=dict(message.details),
        page_ids=[_find_page(connection, url) for url in message.pages],
    )
    message_id = conversations.add_answer(
        connection, conversation_id, question_id, answer, message.created_at
    )
    # Sentences that were taken out before they came here stay so.
    removed = [(message_id, at) for at, one in enumerate(message.sentences) if one.removed]
    connection.executemany(
        "UPDATE answer_sentences SET removed = 1, text = '' WHERE message_id = ? AND position = ?", removed
    )


def _make_source(connection: apsw.Connection, citation: CitationRecord) -> StoredSource:
    page_id = _find_page(connection, citation.url)
    rows = connection.execute(
        "SELECT id FROM page_chunks WHERE page_id = ? AND position = ? LIMIT 1", (page_id, citation.position)
    ).fetchall()
    return StoredSource(
        n=citation.n,
        page_id=page_id,
        chunk_id=int(rows[0][0]) if rows else 0,
        heading=citation.heading,
        passage=citation.passage,
        quote=citation.quote,
        cited=citation.cited,
    )


def _find_page(connection: apsw.Connection, url: str) -> int:
    rows = connection.execute("SELECT id FROM pages WHERE url = ?", (url,)).fetchall()
    return int(rows[0][0]) if rows else _NO_PAGE


def _set_times(connection: apsw.Connection, conversation_id: int, updated_at: int) -> None:
    connection.execute("UPDATE conversations SET updated_at = ? WHERE id = ?", (updated_at, conversation_id))
