"""Categories of tabs and pages, and what a person said about tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

SCHEMA = """
-- `description` NULL: as it comes with the program. `examples` is a JSON list of titles and addresses.
CREATE TABLE categories (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    description TEXT,
    colour TEXT NOT NULL DEFAULT 'grey',
    examples TEXT NOT NULL DEFAULT '[]',
    enabled INTEGER NOT NULL DEFAULT 1,
    builtin INTEGER NOT NULL DEFAULT 0,
    position INTEGER NOT NULL,
    updated_at INTEGER NOT NULL DEFAULT 0
);
INSERT INTO categories (key, name, colour, builtin, position) VALUES
    ('dev', 'Dev', 'blue', 1, 0),
    ('social', 'Social', 'pink', 1, 1),
    ('entertainment', 'Entertainment', 'red', 1, 2),
    ('work', 'Work', 'green', 1, 3),
    ('cloud', 'Cloud', 'cyan', 1, 4),
    ('shopping', 'Shopping', 'orange', 1, 5),
    ('news', 'News', 'purple', 1, 6);

-- `category` NULL: none of them. `page_url` is the canonical form of `url`, and names a page if there is one.
CREATE TABLE tab_corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    url TEXT NOT NULL,
    page_url TEXT NOT NULL,
    host TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    category TEXT,
    origin TEXT,
    created_at INTEGER NOT NULL
);
CREATE INDEX tab_corrections_url ON tab_corrections (url);
CREATE INDEX tab_corrections_page_url ON tab_corrections (page_url);
CREATE INDEX tab_corrections_host ON tab_corrections (host);
CREATE INDEX tab_corrections_created_at ON tab_corrections (created_at);

-- `category` NULL: none, or not looked at. `category_stamp` says by what a page was looked at; NULL: not yet.
ALTER TABLE pages ADD COLUMN category TEXT;
ALTER TABLE pages ADD COLUMN category_confidence REAL;
ALTER TABLE pages ADD COLUMN category_stamp TEXT;
CREATE INDEX pages_category_stamp ON pages (category_stamp, last_visit_at);
CREATE INDEX pages_category ON pages (category, last_visit_at);

-- A page that is forgotten takes along what was said about its tabs.
CREATE TRIGGER pages_forget_corrections BEFORE DELETE ON pages
WHEN EXISTS (SELECT 1 FROM tab_corrections)
BEGIN
    DELETE FROM tab_corrections WHERE page_url = OLD.url OR url = OLD.url
        OR page_url IN (SELECT url FROM page_urls WHERE page_id = OLD.id)
        OR url IN (SELECT url FROM page_urls WHERE page_id = OLD.id);
END;
"""


def migrate(connection: apsw.Connection) -> None:
    """Add the tables of categories, and a page's category."""
    connection.execute(SCHEMA)
