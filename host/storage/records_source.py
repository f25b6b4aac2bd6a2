"""Reading a whole database as records, one after the other. Each function reads within one transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import apsw

from host.storage import vector_spaces
from host.storage.categories import read_categories
from host.storage.codes import WHOLE_PAGE
from host.storage.conversations import StoredSentence
from host.storage.records import (
    AddressRecord,
    CategoryRecord,
    CitationRecord,
    ConversationRecord,
    CorrectionRecord,
    GrowthRecord,
    MessageRecord,
    OriginRecord,
    PageRecord,
    PassageRecord,
    RawPage,
    Record,
    SavedQueryRecord,
    SettingRecord,
    Source,
    VisitRecord,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.storage.vector_spaces import StoredSpace

_PAGE_COLUMNS = (
    "url, first_visit_at, last_visit_at, visit_count, title, content_text, summary, summary_model,"
    " favicon_url, language, author, published_at, content_hash, captured_at, category,"
    " category_confidence, category_stamp"
)


def describe_source(connection: apsw.Connection, *, vectors: bool = True) -> Source:
    """What a database holds.

    Args:
        connection: to read from.
        vectors: whether they are wanted.
    """
    schema = connection.execute("PRAGMA user_version").fetchall()[0][0]
    pages = connection.execute("SELECT count(*) FROM pages").fetchall()[0][0]
    space = _find_readable_space(connection) if vectors else None
    return Source(int(schema), space.space if space else None, int(pages))


def read_records(connection: apsw.Connection, *, vectors: bool = True) -> Iterator[Record]:
    """Everything in a database, in the order of `KINDS`, pages in the order in which they came to be known.

    Args:
        connection: of the newest schema, inside a transaction.
        vectors: with those of the space that serves.
    """
    for category in read_categories(connection):
        yield CategoryRecord(category)
    for key, value in connection.execute("SELECT key, value FROM settings ORDER BY key"):
        yield SettingRecord(key, json.loads(value))
    for row in connection.execute("SELECT name, sql, updated_at FROM saved_queries ORDER BY id"):
        yield SavedQueryRecord(*row)
    for row in connection.execute("SELECT day, pages, bytes FROM growth ORDER BY day"):
        yield GrowthRecord(*row)
    space = _find_readable_space(connection) if vectors else None
    for page_id, *columns in connection.execute(f"SELECT id, {_PAGE_COLUMNS} FROM pages ORDER BY id"):
        yield _read_page(connection, page_id, columns, space)
    yield from _read_origins(connection)
    rows = connection.execute(
        "SELECT url, title, category, origin, created_at FROM tab_corrections ORDER BY id"
    )
    for row in rows:
        yield CorrectionRecord(*row)
    for row in connection.execute("SELECT id, title, created_at, updated_at FROM conversations ORDER BY id"):
        yield replace(ConversationRecord(*row[1:]), messages=_read_messages(connection, row[0]))


def _find_readable_space(connection: apsw.Connection) -> StoredSpace | None:
    """The space that serves, unless there is none or sqlite-vec could not be loaded."""
    space = vector_spaces.find_space(connection, "active")
    if space is None:
        return None
    try:
        connection.execute(f"SELECT 1 FROM {space.chunk_table} WHERE chunk_id = 0").fetchall()
    except apsw.SQLError:
        return None
    return space


def _read_page(
    connection: apsw.Connection, page_id: int, columns: list[Any], space: StoredSpace | None
) -> PageRecord:
    held = _read_held(connection, page_id, space)
    # All rows at once: apsw lets go of no cursor that waits while another one is read to its end.
    addresses = connection.execute(
        "SELECT url, last_visit_at FROM page_urls WHERE page_id = ? ORDER BY url", (page_id,)
    ).fetchall()
    visits = connection.execute(
        "SELECT visited_at, transition FROM visits WHERE page_id = ? ORDER BY visited_at", (page_id,)
    ).fetchall()
    passages = connection.execute(
        "SELECT id, position, heading, text, text_hash FROM page_chunks WHERE page_id = ?"
        " ORDER BY position, id",
        (page_id,),
    ).fetchall()
    unread = connection.execute(
        "SELECT captured_at, html FROM captures WHERE page_id = ?", (page_id,)
    ).fetchall()
    lead = _read_vector(connection, space, page_id, None) if space and WHOLE_PAGE in held else None
    found = []
    for chunk_id, *values in passages:
        passage = PassageRecord(*values)
        if space and chunk_id in held:
            passage = replace(passage, vector=_read_vector(connection, space, page_id, chunk_id))
        found.append(passage)
    return replace(
        PageRecord(*columns),
        addresses=tuple(AddressRecord(*row) for row in addresses),
        visits=tuple(VisitRecord(*row) for row in visits),
        passages=tuple(found),
        lead=lead,
        lead_known=WHOLE_PAGE in held,
        unread=next((RawPage(*row) for row in unread), None),
    )


def _read_held(connection: apsw.Connection, page_id: int, space: StoredSpace | None) -> set[int]:
    """Which passages of a page (and `WHOLE_PAGE`) the space has a vector of that is not out of date."""
    if space is None:
        return set()
    rows = connection.execute(
        f"SELECT chunk_id FROM {space.code_table} WHERE page_id = ? AND NOT outdated", (page_id,)
    )
    return {int(row[0]) for row in rows}


def _read_vector(connection: apsw.Connection, space: StoredSpace, page_id: int, chunk_id: int | None) -> Any:
    if chunk_id is None:
        rows = connection.execute(f"SELECT embedding FROM {space.page_table} WHERE page_id = ?", (page_id,))
    else:
        rows = connection.execute(
            f"SELECT embedding FROM {space.chunk_table} WHERE chunk_id = ?", (chunk_id,)
        )
    found = rows.fetchall()
    return found[0][0] if found else None


def _read_origins(connection: apsw.Connection) -> Iterator[OriginRecord]:
    rows = connection.execute(
        "SELECT pages.url, visits.visited_at, before_pages.url, before.visited_at FROM visits"
        " JOIN visits AS before ON before.id = visits.from_visit"
        " JOIN pages ON pages.id = visits.page_id"
        " JOIN pages AS before_pages ON before_pages.id = before.page_id ORDER BY visits.id"
    )
    for row in rows:
        yield OriginRecord(*row)


def _read_messages(connection: apsw.Connection, conversation_id: int) -> tuple[MessageRecord, ...]:
    rows = connection.execute(
        "SELECT id, answers, role, created_at, text, shown, raw, state, engine, model, details FROM messages"
        " WHERE conversation_id = ? ORDER BY id",
        (conversation_id,),
    ).fetchall()
    places = {row[0]: place for place, row in enumerate(rows)}
    found = []
    for message_id, answers, *columns, details in rows:
        message = MessageRecord(*columns)
        found.append(
            replace(
                message,
                details=json.loads(details),
                answers=None if answers is None else places.get(answers),
                sentences=_read_sentences(connection, message_id),
                citations=_read_citations(connection, message_id),
                pages=_read_pages_at_hand(connection, message_id),
            )
        )
    return tuple(found)


def _read_sentences(connection: apsw.Connection, message_id: int) -> tuple[StoredSentence, ...]:
    cited: dict[int, list[int]] = defaultdict(list)
    links = connection.execute(
        "SELECT sentence_id, n FROM sentence_citations JOIN citations ON citations.id = citation_id"
        " WHERE message_id = ? ORDER BY sentence_id, place",
        (message_id,),
    )
    for sentence_id, n in links:
        cited[sentence_id].append(n)
    rows = connection.execute(
        "SELECT id, text, supported, removed FROM answer_sentences WHERE message_id = ? ORDER BY position",
        (message_id,),
    )
    return tuple(
        StoredSentence(text, bool(supported), tuple(cited[sentence_id]), bool(removed))
        for sentence_id, text, supported, removed in rows
    )


def _read_citations(connection: apsw.Connection, message_id: int) -> tuple[CitationRecord, ...]:
    rows = connection.execute(
        "SELECT n, pages.url, page_chunks.position, citations.heading, passage, quote, cited FROM citations"
        " JOIN pages ON pages.id = citations.page_id"
        " LEFT JOIN page_chunks ON page_chunks.id = chunk_id AND page_chunks.page_id = citations.page_id"
        " WHERE message_id = ? ORDER BY n",
        (message_id,),
    )
    return tuple(replace(CitationRecord(*row), cited=bool(row[-1])) for row in rows)


def _read_pages_at_hand(connection: apsw.Connection, message_id: int) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT url FROM message_pages JOIN pages ON pages.id = page_id WHERE message_id = ?"
        " ORDER BY pages.id",
        (message_id,),
    )
    return tuple(row[0] for row in rows)
