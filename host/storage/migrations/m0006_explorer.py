"""Queries that a person keeps, and how the history has grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

SCHEMA = """
CREATE TABLE saved_queries (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    sql TEXT NOT NULL,
    updated_at INTEGER NOT NULL
);

-- One row a day on which the daemon ran; `day` is YYYY-MM-DD, UTC.
CREATE TABLE growth (
    day TEXT PRIMARY KEY,
    pages INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) WITHOUT ROWID;

-- How many pages there were on days before, without reading the pages.
CREATE INDEX pages_first_visit_at ON pages (first_visit_at);
"""


def migrate(connection: apsw.Connection) -> None:
    """Add both tables, and an index for what the second cannot tell."""
    connection.execute(SCHEMA)
