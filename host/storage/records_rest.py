"""Laying categories, settings, kept statements, corrections and figures from elsewhere over a history.

Each function runs inside the caller's transaction.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from host.storage.categories import StoredCategory, read_categories
from host.storage.page_categories import mark_sites_outdated
from host.storage.tab_corrections import NewCorrection, add_correction

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.storage.records import (
        CategoryRecord,
        CorrectionRecord,
        GrowthRecord,
        OriginRecord,
        SavedQueryRecord,
        SettingRecord,
    )
    from host.storage.records_pages import Merging, Outcome

# As many as a person can make.
MOST_CATEGORIES = 50


def merge_category(connection: apsw.Connection, merging: Merging, record: CategoryRecord) -> Outcome:
    """Add a category that no name here stands for; of one that is here, the later change counts."""
    theirs = record.category
    if merging.exact:
        if not merging.keys:
            connection.execute("DELETE FROM categories")
        _insert(connection, theirs, theirs.key, theirs.position)
        merging.keys[theirs.key] = theirs.key
        return "added"
    rows = read_categories(connection)
    ours = _find_same(rows, theirs)
    if ours is None:
        # One of the defaults that its user has removed, and that nobody has changed, is nothing new.
        if (theirs.builtin and not theirs.updated_at) or len(rows) >= MOST_CATEGORIES:
            return "skipped"
        key = _find_free_key(theirs.key, {row.key for row in rows})
        merging.keys[theirs.key] = key
        _insert(connection, theirs, key, max((row.position for row in rows), default=-1) + 1)
        return "added"
    merging.keys[theirs.key] = ours.key
    if theirs.updated_at <= ours.updated_at:
        return "skipped"
    taken = {row.name.casefold() for row in rows if row.key != ours.key}
    connection.execute(
        "UPDATE categories SET name = ?, description = ?, colour = ?, examples = ?, enabled = ?,"
        " updated_at = ? WHERE key = ?",
        (
            ours.name if theirs.name.casefold() in taken else theirs.name,
            theirs.description,
            theirs.colour,
            json.dumps(list(theirs.examples), ensure_ascii=False),
            theirs.enabled,
            theirs.updated_at,
            ours.key,
        ),
    )
    return "updated"


def _find_same(rows: Sequence[StoredCategory], theirs: StoredCategory) -> StoredCategory | None:
    by_name = (row for row in rows if row.name.casefold() == theirs.name.casefold())
    # A default one keeps its key when it is renamed.
    by_key = (row for row in rows if row.builtin and theirs.builtin and row.key == theirs.key)
    return next(by_name, None) or next(by_key, None)


def _find_free_key(key: str, taken: set[str]) -> str:
    free, number = key, 2
    while free in taken:
        free, number = f"{key}-{number}", number + 1
    return free


def _insert(connection: apsw.Connection, category: StoredCategory, key: str, position: int) -> None:
    connection.execute(
        "INSERT INTO categories"
        " (key, name, description, colour, examples, enabled, builtin, position, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            category.name,
            category.description,
            category.colour,
            json.dumps(list(category.examples), ensure_ascii=False),
            category.enabled,
            category.builtin,
            position,
            category.updated_at,
        ),
    )


def merge_setting(connection: apsw.Connection, merging: Merging, record: SettingRecord) -> Outcome:
    """Keep a setting of a history that is made anew.

    One that is there goes on by its own: a file from elsewhere could have old pages deleted, begin to capture
    what was left out, or let assistants read.
    """
    if not merging.exact:
        return "skipped"
    connection.execute(
        "INSERT OR IGNORE INTO settings (key, value) VALUES (?, ?)", (record.key, json.dumps(record.value))
    )
    return "added" if connection.changes() else "skipped"


def merge_saved_query(connection: apsw.Connection, _: Merging, record: SavedQueryRecord) -> Outcome:
    """Keep a statement; of two of the same name, the one that was kept later."""
    rows = connection.execute(
        "SELECT sql, updated_at FROM saved_queries WHERE name = ?", (record.name,)
    ).fetchall()
    if not rows:
        connection.execute(
            "INSERT INTO saved_queries (name, sql, updated_at) VALUES (?, ?, ?)",
            (record.name, record.sql, record.updated_at),
        )
        return "added"
    if (record.updated_at, record.sql) <= (rows[0][1], rows[0][0]):
        return "skipped"
    connection.execute(
        "UPDATE saved_queries SET sql = ?, updated_at = ? WHERE name = ?",
        (record.sql, record.updated_at, record.name),
    )
    return "updated"


def merge_growth(connection: apsw.Connection, _: Merging, record: GrowthRecord) -> Outcome:
    """Keep the figures of a day that has none here."""
    connection.execute(
        "INSERT OR IGNORE INTO growth (day, pages, bytes) VALUES (?, ?, ?)",
        (record.day, record.pages, record.bytes),
    )
    return "added" if connection.changes() else "skipped"


def merge_correction(connection: apsw.Connection, merging: Merging, record: CorrectionRecord) -> Outcome:
    """Keep what was said about a tab, unless the same was said about it at the same moment."""
    category = merging.keys.get(record.category, record.category) if record.category else None
    origin = merging.keys.get(record.origin, record.origin) if record.origin else None
    same = connection.execute(
        "SELECT 1 FROM tab_corrections WHERE url = ? AND category IS ? AND created_at = ?",
        (record.url, category, record.created_at),
    )
    if same.fetchall():
        return "skipped"
    made = add_correction(
        connection, NewCorrection(record.url, record.title, category, origin, record.created_at)
    )
    if not merging.exact:
        rows = connection.execute("SELECT host FROM tab_corrections WHERE id = ?", (made,)).fetchall()
        mark_sites_outdated(connection, [rows[0][0]])
    return "added"


def merge_origin(connection: apsw.Connection, _: Merging, record: OriginRecord) -> Outcome:
    """Note from which visit a visit came, where both are here."""
    connection.execute(
        "UPDATE visits SET from_visit = (SELECT visits.id FROM visits JOIN pages ON pages.id = page_id"
        " WHERE url = ?1 AND visited_at = ?2)"
        " WHERE visited_at = ?4 AND page_id = (SELECT id FROM pages WHERE url = ?3) AND from_visit IS NULL"
        " AND EXISTS (SELECT 1 FROM visits JOIN pages ON pages.id = page_id"
        " WHERE url = ?1 AND visited_at = ?2)",
        (record.from_url, record.from_at, record.url, record.at),
    )
    return "added" if connection.changes() else "skipped"
