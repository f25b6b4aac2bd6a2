"""Forgetting what was done in a span of time. Each function runs inside the caller's transaction.

A page that was first visited in that time goes. One that was known before, or was visited again afterwards,
keeps those visits; but what was read of it in that time goes: only the latest reading is kept, so there is
none from before to go back to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.storage import jobs, pages, vectors

if TYPE_CHECKING:
    import apsw

    from host.storage.connection import Features


@dataclass(frozen=True)
class Span:
    """A span of time: from `begin` on, before `end`; UTC milliseconds."""

    begin: int = -(2**62)
    end: int = 2**62

    def __contains__(self, moment: int | None) -> bool:
        return moment is not None and self.begin <= moment < self.end


def find_touched(connection: apsw.Connection, span: Span) -> list[int]:
    """The pages that were visited, or read, in a span of time."""
    times = {"begin": span.begin, "end": span.end}
    rows = connection.execute(
        "SELECT page_id FROM visits WHERE visited_at >= :begin AND visited_at < :end"
        " UNION SELECT id FROM pages WHERE last_visit_at >= :begin AND last_visit_at < :end"
        # An import knows the first and the last visit only.
        " UNION SELECT id FROM pages WHERE last_visit_at >= :begin AND first_visit_at >= :begin"
        " AND first_visit_at < :end",
        times,
    )
    return [int(row[0]) for row in rows]


def forget_span(connection: apsw.Connection, features: Features, span: Span) -> tuple[list[int], int]:
    """Take the visits of a span of time from the pages that have others.

    Returns:
        the pages that have none and are to be deleted, and how many visits of the others are gone.
    """
    gone, visits = [], 0
    for page_id in find_touched(connection, span):
        others = _find_other_times(connection, page_id, span)
        if others:
            visits += _forget_visits(connection, features, page_id, span, others)
        else:
            gone.append(page_id)
    return gone, visits


def _find_other_times(connection: apsw.Connection, page_id: int, span: Span) -> list[int]:
    """The earliest and the latest moment at which a page is known to have been visited otherwise."""
    rows = connection.execute(
        "SELECT first_visit_at, last_visit_at FROM pages WHERE id = ?", (page_id,)
    ).fetchall()
    times = [int(moment) for row in rows for moment in row if moment not in span]
    rows = connection.execute(
        "SELECT min(visited_at), max(visited_at) FROM visits"
        " WHERE page_id = ?1 AND (visited_at < ?2 OR visited_at >= ?3)",
        (page_id, span.begin, span.end),
    ).fetchall()
    return sorted([*times, *(int(moment) for moment in rows[0] if moment is not None)])


def _forget_visits(
    connection: apsw.Connection, features: Features, page_id: int, span: Span, others: list[int]
) -> int:
    times = (page_id, span.begin, span.end)
    connection.execute(
        # The id of a visit may be given again.
        "UPDATE visits SET from_visit = NULL WHERE visited_at >= ?2 AND from_visit IN"
        " (SELECT id FROM visits WHERE page_id = ?1 AND visited_at >= ?2 AND visited_at < ?3)",
        times,
    )
    connection.execute(
        "DELETE FROM visits WHERE page_id = ?1 AND visited_at >= ?2 AND visited_at < ?3", times
    )
    deleted = int(connection.changes())
    connection.execute(
        "UPDATE pages SET first_visit_at = ?, last_visit_at = ?, visit_count = max(1, visit_count - ?)"
        " WHERE id = ?",
        (others[0], others[-1], deleted, page_id),
    )
    # Another address of the page may have been seen in that time only; the next visit brings it back.
    connection.execute(
        "DELETE FROM page_urls WHERE page_id = ?1 AND last_visit_at >= ?2 AND last_visit_at < ?3"
        " AND url <> (SELECT url FROM pages WHERE id = ?1)",
        times,
    )
    connection.execute(
        "UPDATE page_urls SET last_visit_at = min(last_visit_at, ?) WHERE page_id = ?", (others[-1], page_id)
    )
    _forget_reading(connection, features, page_id, span)
    return deleted


def _forget_reading(connection: apsw.Connection, features: Features, page_id: int, span: Span) -> None:
    waiting = jobs.read_capture_time(connection, page_id)
    if waiting in span:
        jobs.drop_waiting(connection, [page_id])
    page = pages.read_page(connection, page_id=page_id)
    if page is None or page.captured_at not in span:
        return
    pages.replace_chunks(connection, features, page_id, ())
    if features.vectors:
        vectors.delete_page_vectors(connection, (page_id,))
    connection.execute(
        "UPDATE pages SET title = '', content_text = '', content_hash = NULL, language = NULL, author = NULL,"
        " published_at = NULL, captured_at = NULL, summary = NULL, summary_model = NULL, category = NULL,"
        " category_confidence = NULL, category_stamp = NULL WHERE id = ?",
        (page_id,),
    )
    _forget_quotes(connection, page_id, span)
    jobs.drop_waiting(connection, [page_id])
    # It is found by its address from now on.
    jobs.add_job(connection, jobs.EMBED, page_id, page.last_visit_at)


def _forget_quotes(connection: apsw.Connection, page_id: int, span: Span) -> None:
    """Take the words of a page from answers that were given since it was read; see `pages_forget_quotes`."""
    since = (page_id, span.begin)
    later = "SELECT id FROM messages WHERE created_at >= ?2"
    connection.execute(
        "UPDATE answer_sentences SET text = '', removed = 1 WHERE id IN ("
        " SELECT link.sentence_id FROM citations AS source"
        " JOIN sentence_citations AS link ON link.citation_id = source.id"
        f" WHERE source.page_id = ?1 AND source.message_id IN ({later})"
        " UNION SELECT sentence.id FROM message_pages AS had"
        " JOIN answer_sentences AS sentence ON sentence.message_id = had.message_id"
        f" WHERE had.page_id = ?1 AND NOT sentence.supported AND had.message_id IN ({later}))",
        since,
    )
    connection.execute(
        "UPDATE messages SET shown = '', raw = '', details = json_remove(details, '$.searched_for')"
        f" WHERE id IN (SELECT message_id FROM message_pages WHERE page_id = ?1) AND id IN ({later})",
        since,
    )
    for table in ("citations", "message_pages"):
        connection.execute(f"DELETE FROM {table} WHERE page_id = ?1 AND message_id IN ({later})", since)
