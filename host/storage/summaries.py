"""Summaries of pages: which pages lack one, and what became of those that were looked at.

`summary_model` is NULL until a page was looked at. A page that has nothing to be summarised keeps `summary`
NULL and has a `summary_model`, so that it is not looked at again until it says something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.storage import jobs

if TYPE_CHECKING:
    import apsw


@dataclass(frozen=True)
class StoredSummary:
    """A summary and who made it; see `host.chat.summaries.Summary`."""

    text: str | None
    model: str | None


def find_unsummarised(connection: apsw.Connection, limit: int) -> list[int]:
    """Up to `limit` pages that were read, but not looked at for a summary, and that have no job for it.

    Those visited last come first. A job that was given up counts as one.
    """
    rows = connection.execute(
        "SELECT id FROM pages WHERE summary_model IS NULL AND captured_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = ? AND page_id = pages.id)"
        " ORDER BY last_visit_at DESC LIMIT ?",
        (jobs.SUMMARISE, limit),
    )
    return [int(row[0]) for row in rows]


def read_summary(connection: apsw.Connection, page_id: int) -> StoredSummary | None:
    """What is stored for a page, None when there is no such page."""
    rows = connection.execute("SELECT summary, summary_model FROM pages WHERE id = ?", (page_id,)).fetchall()
    return StoredSummary(*rows[0]) if rows else None


def store_summary(
    connection: apsw.Connection, page_id: int, content_hash: str | None, summary: StoredSummary
) -> bool:
    """Keep a summary, unless its page was deleted or says something else by now. It waits for none then.

    Args:
        connection: inside a transaction.
        page_id: the page.
        content_hash: of the text that was summarised.
        summary: its text None when there is nothing to be said.

    Returns:
        whether it was kept.
    """
    connection.execute(
        "UPDATE pages SET summary = ?, summary_model = ? WHERE id = ? AND content_hash IS ?",
        (summary.text, summary.model, page_id, content_hash),
    )
    kept = bool(connection.changes())
    if kept:
        # One that runs is finished by who runs it.
        connection.execute(
            "DELETE FROM jobs WHERE kind = ? AND page_id = ? AND state <> 'running'",
            (jobs.SUMMARISE, page_id),
        )
    return kept


def forget_summaries(connection: apsw.Connection) -> int:
    """Drop every summary, to be made anew; returns how many pages had been looked at."""
    connection.execute(
        "UPDATE pages SET summary = NULL, summary_model = NULL WHERE summary_model IS NOT NULL"
    )
    forgotten = int(connection.changes())
    jobs.delete_jobs(connection, jobs.SUMMARISE)
    return forgotten
