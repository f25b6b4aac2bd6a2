"""What a vector space lacks: pages and passages that have no row, or an old one, in its table of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.storage.codes import WHOLE_PAGE
from host.storage.pages import Chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.storage.vector_spaces import StoredSpace


@dataclass(frozen=True)
class Lead:
    """What a page as a whole is embedded from; `content_text` is its beginning."""

    title: str
    url_words: str
    content_text: str


@dataclass(frozen=True)
class Gap:
    """What a page lacks: the vector of its lead, and those of some passages."""

    page_id: int
    lead: Lead
    lead_missing: bool
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True)
class Progress:
    """How many vectors a space has of those that it should have."""

    done: int
    total: int


def find_gaps(
    connection: apsw.Connection, space: StoredSpace, limit: int = -1, *, without_job: str | None = None
) -> list[int]:
    """The ids of the pages that lack a vector, those visited last first.

    Args:
        connection: any.
        space: the space that is looked at.
        limit: how many are wanted; all when negative.
        without_job: leave out pages that have a job of this kind, also one that was given up.
    """
    rows = connection.execute(
        f"SELECT id FROM pages WHERE ({_lacks(space)})"
        " AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = ? AND page_id = pages.id)"
        " ORDER BY last_visit_at DESC LIMIT ?",
        (without_job, limit),
    )
    return [int(row[0]) for row in rows]


def read_gaps(connection: apsw.Connection, space: StoredSpace, page_ids: Sequence[int]) -> list[Gap]:
    """What of these pages has no vector yet; pages that are gone are passed over."""
    found = []
    for page_id in page_ids:
        lead = read_lead(connection, page_id)
        if lead is None:
            continue
        has_lead = connection.execute(
            f"SELECT 1 FROM {space.code_table} WHERE page_id = ? AND chunk_id = ? AND NOT outdated",
            (page_id, WHOLE_PAGE),
        ).fetchall()
        chunks = connection.execute(
            "SELECT id, page_id, position, heading, text FROM page_chunks WHERE page_id = ?1 AND NOT EXISTS"
            f" (SELECT 1 FROM {space.code_table} WHERE page_id = ?1 AND chunk_id = page_chunks.id)"
            " ORDER BY position",
            (page_id,),
        )
        found.append(Gap(page_id, lead, not has_lead, tuple(Chunk(*row) for row in chunks)))
    return found


def read_lead(connection: apsw.Connection, page_id: int) -> Lead | None:
    """What a page as a whole is embedded from, as it is now; None when there is no such page."""
    rows = connection.execute(
        "SELECT title, url_words, substr(content_text, 1, 2000) FROM pages WHERE id = ?", (page_id,)
    ).fetchall()
    return Lead(*rows[0]) if rows else None


def count_progress(connection: apsw.Connection, space: StoredSpace) -> Progress:
    """Count the vectors of a space, and the passages and pages that should have one."""
    done, total = connection.execute(
        f"SELECT (SELECT count(*) FROM {space.code_table} WHERE NOT outdated),"
        " (SELECT count(*) FROM pages) + (SELECT count(*) FROM page_chunks)"
    ).fetchall()[0]
    return Progress(int(done), int(total))


def _lacks(space: StoredSpace) -> str:
    """SQL that is true of a row of `pages` when the space lacks something of it."""
    return (
        f"NOT EXISTS (SELECT 1 FROM {space.code_table} WHERE page_id = pages.id"
        f" AND chunk_id = {WHOLE_PAGE:d} AND NOT outdated)"
        " OR EXISTS (SELECT 1 FROM page_chunks WHERE page_id = pages.id AND NOT EXISTS"
        f" (SELECT 1 FROM {space.code_table} AS had"
        " WHERE had.page_id = page_chunks.page_id AND had.chunk_id = page_chunks.id))"
    )
