"""Counts and sizes of one database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import apsw


@dataclass(frozen=True)
class Counts:
    """How much there is; `database_bytes` with its write-ahead log."""

    pages: int
    visits: int
    chunks: int
    embedded_chunks: int
    pending_jobs: int
    failed_jobs: int
    database_bytes: int


def count_rows(connection: apsw.Connection, path: Path) -> Counts:
    """Count what the database at `path` holds."""

    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchall()[0][0])

    files = (path, path.with_name(path.name + "-wal"))
    return Counts(
        pages=one("SELECT count(*) FROM pages"),
        visits=one("SELECT count(*) FROM visits"),
        chunks=one("SELECT count(*) FROM page_chunks"),
        embedded_chunks=one("SELECT count(*) FROM page_chunks WHERE embedded_with IS NOT NULL"),
        pending_jobs=one("SELECT count(*) FROM jobs WHERE state <> 'failed'"),
        failed_jobs=one("SELECT count(*) FROM jobs WHERE state = 'failed'"),
        database_bytes=sum(file.stat().st_size for file in files if file.exists()),
    )


def check_integrity(connection: apsw.Connection) -> list[str]:
    """What SQLite's own quick check finds wrong; empty when the file is sound."""
    rows = connection.execute("PRAGMA quick_check(20)").fetchall()
    return [str(row[0]) for row in rows if row[0] != "ok"]


def count_pages(connection: apsw.Connection) -> int:
    """How many pages there are."""
    return int(connection.execute("SELECT count(*) FROM pages").fetchall()[0][0])
