"""Every address under which a page was visited, so that each of them finds and forgets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

SCHEMA = """
CREATE TABLE page_urls (
    url TEXT PRIMARY KEY,
    page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    last_visit_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX page_urls_page ON page_urls (page_id);
INSERT INTO page_urls (url, page_id, last_visit_at) SELECT url, id, last_visit_at FROM pages;
"""


def migrate(connection: apsw.Connection) -> None:
    """Add the table, filled with the addresses that are known."""
    connection.execute(SCHEMA)
