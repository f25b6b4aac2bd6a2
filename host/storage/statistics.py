"""Counts and sizes of one database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.storage.categories import read_category_names
from host.storage.codes import WHOLE_PAGE
from host.storage.jobs import SUMMARISE
from host.storage.page_categories import count_categories
from host.storage.vector_gaps import count_progress
from host.storage.vector_spaces import find_space

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from host.storage.vector_spaces import StoredSpace


@dataclass(frozen=True)
class Reindexing:
    """How far the vectors of another model are: of `total` passages and pages, `done` have one."""

    model: str
    done: int
    total: int


@dataclass(frozen=True)
class Counts:
    """How much there is; `database_bytes` with its write-ahead log.

    `pending_jobs` leaves out summaries: pages are found without them. `embedded_chunks` and `vector_model`
    are those of the vectors that serve. `reindexing` is None unless those of another model are being made.
    `categorised_pages` were looked at for a category; `categories` says how many pages have which, by name.
    """

    pages: int
    visits: int
    chunks: int
    embedded_chunks: int
    pending_jobs: int
    failed_jobs: int
    database_bytes: int
    vector_model: str | None = None
    reindexing: Reindexing | None = None
    categorised_pages: int = 0
    categories: dict[str, int] = field(default_factory=dict)


def count_rows(connection: apsw.Connection, path: Path) -> Counts:
    """Count what the database at `path` holds."""

    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchall()[0][0])

    active, building = find_space(connection, "active"), find_space(connection, "building")
    had = (
        f"SELECT count(*) FROM {active.code_table} WHERE chunk_id <> {WHOLE_PAGE:d}" if active else "SELECT 0"
    )
    progress = count_progress(connection, building) if building else None
    categorised = count_categories(connection)
    files = (path, path.with_name(path.name + "-wal"))
    return Counts(
        pages=one("SELECT count(*) FROM pages"),
        visits=one("SELECT count(*) FROM visits"),
        chunks=one("SELECT count(*) FROM page_chunks"),
        embedded_chunks=one(had),
        pending_jobs=one(f"SELECT count(*) FROM jobs WHERE state <> 'failed' AND kind <> '{SUMMARISE}'"),
        failed_jobs=one("SELECT count(*) FROM jobs WHERE state = 'failed'"),
        database_bytes=sum(file.stat().st_size for file in files if file.exists()),
        vector_model=_name_model(active) if active else None,
        reindexing=Reindexing(_name_model(building), progress.done, progress.total)
        if building and progress
        else None,
        categorised_pages=categorised.looked_at,
        categories={
            name: categorised.by_category[key]
            for key, name in read_category_names(connection).items()
            if key in categorised.by_category
        },
    )


def check_integrity(connection: apsw.Connection) -> list[str]:
    """What SQLite's own quick check finds wrong; empty when the file is sound."""
    return read_problems(connection, "quick_check")


def read_problems(connection: apsw.Connection, pragma: str) -> list[str]:
    """What `quick_check` or `integrity_check` finds wrong, 20 problems at most, without those of full text.

    FTS5 looks at its index with what the connection remembers of it, and takes what another connection has
    written since for damage. `fulltext.check_index` is asked instead.
    """
    rows = connection.execute(f"PRAGMA {pragma}(20)").fetchall()
    return [str(row[0]) for row in rows if row[0] != "ok" and "fts5" not in str(row[0]).lower()]


def count_pages(connection: apsw.Connection) -> int:
    """How many pages there are."""
    return int(connection.execute("SELECT count(*) FROM pages").fetchall()[0][0])


def count_conversations(connection: apsw.Connection) -> int:
    """How many conversations are kept."""
    return int(connection.execute("SELECT count(*) FROM conversations").fetchall()[0][0])


def count_tables(connection: apsw.Connection) -> dict[str, int]:
    """How many rows there are, by table: of what a person would call theirs, and vectors."""
    tables = ("pages", "visits", "page_chunks", "conversations", "messages", "tab_corrections")
    counts = {
        table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]) for table in tables
    }
    active = find_space(connection, "active")
    if active is not None:
        counts["vectors"] = int(
            connection.execute(f"SELECT count(*) FROM {active.code_table}").fetchall()[0][0]
        )
    return counts


def _name_model(space: StoredSpace) -> str:
    """The model of a space; for one of the user's own, the space's name says its weights too, behind an @."""
    return space.model_id.partition("@")[0]
