"""Pages, visits, passages, raw captures, jobs, settings, meta."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- AUTOINCREMENT: an id is never given twice, so a late vector can never land on another page.
CREATE TABLE pages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    url TEXT NOT NULL UNIQUE,
    domain TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    url_words TEXT NOT NULL DEFAULT '',
    content_text TEXT NOT NULL DEFAULT '',
    summary TEXT,
    favicon_url TEXT,
    language TEXT,
    author TEXT,
    published_at INTEGER,
    content_hash TEXT,
    captured_at INTEGER,
    first_visit_at INTEGER NOT NULL,
    last_visit_at INTEGER NOT NULL,
    visit_count INTEGER NOT NULL DEFAULT 0,
    embedded_with TEXT
);
CREATE INDEX pages_last_visit_at ON pages (last_visit_at);
CREATE INDEX pages_domain ON pages (domain, last_visit_at);

CREATE TABLE visits (
    id INTEGER PRIMARY KEY,
    page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    visited_at INTEGER NOT NULL,
    transition TEXT,
    from_visit INTEGER,
    UNIQUE (page_id, visited_at)
);
CREATE INDEX visits_visited_at ON visits (visited_at);

CREATE TABLE page_chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    heading TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    embedded_with TEXT
);
CREATE INDEX page_chunks_page ON page_chunks (page_id, position);
CREATE INDEX page_chunks_waiting ON page_chunks (page_id) WHERE embedded_with IS NULL;

-- A page as the browser sent it, kept only until the reader has been through it.
CREATE TABLE captures (
    page_id INTEGER PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
    captured_at INTEGER NOT NULL,
    html BLOB NOT NULL
);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    run_after INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (kind, page_id)
);
CREATE INDEX jobs_next ON jobs (state, run_after, id);

-- What full text indexes. External content for `pages_fts`.
CREATE VIEW pages_text AS
    SELECT id,
           separate_unspaced(title) AS title,
           separate_unspaced(url_words) AS url_words,
           separate_unspaced(content_text) AS content_text
    FROM pages;
"""


def migrate(connection: apsw.Connection) -> None:
    """Make the first tables."""
    connection.execute(SCHEMA)
