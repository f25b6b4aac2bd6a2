"""Forgetting what was asked in a span of time. Runs inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.text import clean_line

if TYPE_CHECKING:
    import apsw

    from host.storage.time_range import Span

TITLE_CHARACTERS = 80


def forget_questions(connection: apsw.Connection, span: Span) -> int:
    """Delete what was asked in a span of time with its answers, and conversations that are empty then.

    Answers that were given later in the same conversation stay; what their model was given of the questions
    before goes.

    Returns:
        how many questions there were. The caller folds the write-ahead log afterwards.
    """
    rows = connection.execute(
        "SELECT id, conversation_id FROM messages WHERE role = 'user' AND created_at >= ? AND created_at < ?",
        (span.begin, span.end),
    ).fetchall()
    asked: dict[int, int] = {}
    for message_id, conversation_id in rows:
        asked[conversation_id] = min(message_id, asked.get(conversation_id, message_id))
    # Their answers go with them.
    connection.executemany("DELETE FROM messages WHERE id = ?", [(row[0],) for row in rows])
    for conversation_id, first in asked.items():
        _settle(connection, conversation_id, first)
    return len(rows)


def _settle(connection: apsw.Connection, conversation_id: int, first: int) -> None:
    """Make a conversation say what it still is, now that messages from `first` on are gone."""
    left = connection.execute(
        "SELECT id, text, created_at FROM messages WHERE conversation_id = ? AND role = 'user' ORDER BY id",
        (conversation_id,),
    ).fetchall()
    if not left:
        connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
        return
    connection.execute(
        "UPDATE messages SET shown = '', raw = '', details = json_remove(details, '$.searched_for')"
        " WHERE conversation_id = ? AND id > ?",
        (conversation_id, first),
    )
    if left[0][0] > first:
        # It was called by its first question.
        title = clean_line(left[0][1], limit=TITLE_CHARACTERS) or "Question"
        connection.execute(
            "UPDATE conversations SET title = ?, created_at = ? WHERE id = ?",
            (title, left[0][2], conversation_id),
        )
    connection.execute(
        "UPDATE conversations SET updated_at ="
        " (SELECT max(created_at) FROM messages WHERE conversation_id = ?1) WHERE id = ?1",
        (conversation_id,),
    )
