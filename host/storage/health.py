"""Each index against what it should hold, free space, and the log.

All counts come from indexes that hold little but numbers, so that they are quick where there are 100,000
pages (docs/benchmarks.md). Which rows are missing is looked for, too: the right number may be that of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.storage.codes import WHOLE_PAGE
from host.storage.jobs import EMBED, REEMBED, SUMMARISE
from host.storage.vector_spaces import read_spaces

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from host.storage.vector_spaces import Role, StoredSpace


@dataclass(frozen=True)
class Parity:
    """Rows of an index against the rows that it is made of.

    Attributes:
        rows: that it has.
        expected: that it should have.
        missing: of those it should have, how many it lacks.
    """

    rows: int
    expected: int
    missing: int

    @property
    def surplus(self) -> int:
        """Rows that stand for nothing any more."""
        return max(0, self.rows - (self.expected - self.missing))


@dataclass(frozen=True)
class SpaceHealth:
    """What a space of vectors holds.

    Attributes:
        model: that makes its vectors.
        role: `active` serves, `building` will.
        passages: codes against passages.
        pages: codes of pages as a whole against pages.
        vectors: of passages, against the codes of passages; None where sqlite-vec cannot be loaded.
        waiting: pages that are queued for it.
        failed: pages that were given up.
    """

    model: str
    role: Role
    passages: Parity
    pages: Parity
    vectors: Parity | None
    waiting: int
    failed: int


@dataclass(frozen=True)
class Health:
    """How a database is.

    Attributes:
        fulltext: its index against the pages; None without one.
        spaces: those that serve or will.
        jobs_waiting: without summaries.
        jobs_failed: given up.
        database_bytes: of the file.
        free_bytes: of it, unused.
        log_bytes: of the write-ahead log.
    """

    fulltext: Parity | None
    spaces: list[SpaceHealth]
    jobs_waiting: int
    jobs_failed: int
    database_bytes: int
    free_bytes: int
    log_bytes: int


def read_health(connection: apsw.Connection, path: Path, *, vectors: bool = True) -> Health:
    """Look at the indexes of the database at `path`.

    Args:
        connection: to it.
        path: of the file.
        vectors: whether sqlite-vec is there.
    """
    pages = _count(connection, "SELECT count(*) FROM pages")
    chunks = _count(connection, "SELECT count(*) FROM page_chunks")
    page_bytes = _count(connection, "PRAGMA page_size")
    log = path.with_name(path.name + "-wal")
    return Health(
        fulltext=count_indexed(connection),
        spaces=[
            _look_at_space(connection, space, pages, chunks, vectors=vectors)
            for space in read_spaces(connection)
            if space.role in ("active", "building")
        ],
        jobs_waiting=_count(
            connection, "SELECT count(*) FROM jobs WHERE state <> 'failed' AND kind <> ?", SUMMARISE
        ),
        jobs_failed=_count(connection, "SELECT count(*) FROM jobs WHERE state = 'failed'"),
        database_bytes=page_bytes * _count(connection, "PRAGMA page_count"),
        free_bytes=page_bytes * _count(connection, "PRAGMA freelist_count"),
        log_bytes=log.stat().st_size if log.exists() else 0,
    )


def count_indexed(connection: apsw.Connection) -> Parity | None:
    """The rows of full text against the pages; None without FTS5."""
    if not _count(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'pages_fts_docsize'"):
        return None
    # FTS5 has one row of sizes for each row that it indexes.
    missing = _count(
        connection,
        "SELECT count(*) FROM pages INDEXED BY pages_last_visit_at"
        " WHERE NOT EXISTS (SELECT 1 FROM pages_fts_docsize WHERE id = pages.id)",
    )
    pages = _count(connection, "SELECT count(*) FROM pages")
    return Parity(_count(connection, "SELECT count(*) FROM pages_fts_docsize"), pages, missing)


def _look_at_space(
    connection: apsw.Connection, space: StoredSpace, pages: int, chunks: int, *, vectors: bool
) -> SpaceHealth:
    kind = EMBED if space.role == "active" else REEMBED
    table = space.code_table
    passage_codes = _count(connection, f"SELECT count(*) FROM {table} WHERE chunk_id <> ?", WHOLE_PAGE)
    missing_passages = _count(
        connection,
        "SELECT count(*) FROM page_chunks INDEXED BY page_chunks_page WHERE NOT EXISTS"
        f" (SELECT 1 FROM {table} AS had"
        " WHERE had.page_id = page_chunks.page_id AND had.chunk_id = page_chunks.id)",
    )
    missing_pages = _count(
        connection,
        "SELECT count(*) FROM pages INDEXED BY pages_last_visit_at WHERE NOT EXISTS"
        f" (SELECT 1 FROM {table} WHERE page_id = pages.id AND chunk_id = ?)",
        WHOLE_PAGE,
    )
    return SpaceHealth(
        model=space.model_id.partition("@")[0],
        role=space.role,
        passages=Parity(passage_codes, chunks, missing_passages),
        pages=Parity(
            _count(connection, f"SELECT count(*) FROM {table}") - passage_codes, pages, missing_pages
        ),
        vectors=_look_at_vectors(connection, space, passage_codes) if vectors else None,
        waiting=_count(connection, "SELECT count(*) FROM jobs WHERE kind = ? AND state <> 'failed'", kind),
        failed=_count(connection, "SELECT count(*) FROM jobs WHERE kind = ? AND state = 'failed'", kind),
    )


def _look_at_vectors(connection: apsw.Connection, space: StoredSpace, codes: int) -> Parity:
    """The vectors of passages against their codes; sqlite-vec keeps a row of each vector's place."""
    places = f"{space.chunk_table}_rowids"
    missing = _count(
        connection,
        f"SELECT count(*) FROM {space.code_table} AS had WHERE chunk_id <> ?"
        f" AND NOT EXISTS (SELECT 1 FROM {places} WHERE rowid = had.chunk_id)",
        WHOLE_PAGE,
    )
    return Parity(_count(connection, f"SELECT count(*) FROM {places}"), codes, missing)


def _count(connection: apsw.Connection, sql: str, *values: object) -> int:
    return int(connection.execute(sql, values).fetchall()[0][0])
