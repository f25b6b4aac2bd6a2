"""What a person said about tabs. Each function runs inside the caller's transaction.

What was said about a category that was removed stays, but is neither read nor counted until a category of
that key is back. Forgetting forgets it too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.urls import canonicalize_url, split_domain
from host.storage.page_categories import mark_sites_outdated

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import apsw

_COLUMNS = "id, url, host, title, category, origin, created_at"
_COUNTS = "(category IS NULL OR category IN (SELECT key FROM categories))"


@dataclass(frozen=True)
class NewCorrection:
    """A correction to be kept.

    Attributes:
        url: of the tab, as the browser has it.
        title: of the tab.
        category: key of where it belongs; None for none of them.
        origin: key of where it had been put; None when nowhere or unknown.
        created_at: UTC milliseconds.
    """

    url: str
    title: str
    category: str | None
    origin: str | None
    created_at: int


@dataclass(frozen=True)
class StoredCorrection:
    """A correction that counts; see `NewCorrection`. `host` is without `www.`, as a page's domain."""

    id: int
    url: str
    host: str
    title: str
    category: str | None
    origin: str | None
    created_at: int


def add_correction(connection: apsw.Connection, correction: NewCorrection) -> int:
    """Keep a correction; earlier ones about the same address stay. Returns its id."""
    connection.execute(
        "INSERT INTO tab_corrections (url, page_url, host, title, category, origin, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            correction.url,
            canonicalize_url(correction.url),
            split_domain(correction.url),
            correction.title,
            correction.category,
            correction.origin,
            correction.created_at,
        ),
    )
    return int(connection.last_insert_rowid())


def read_corrections(connection: apsw.Connection, limit: int = -1, offset: int = 0) -> list[StoredCorrection]:
    """Corrections that count, the latest first; `limit` -1 for all."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM tab_corrections WHERE {_COUNTS}"
        " ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
        (limit, offset),
    )
    return [StoredCorrection(*row) for row in rows]


def count_corrections(connection: apsw.Connection) -> dict[str | None, int]:
    """How many corrections count, by the key of the category that they name (None: none of them)."""
    rows = connection.execute(
        f"SELECT category, count(*) FROM tab_corrections WHERE {_COUNTS} GROUP BY category"
    )
    return dict(rows.fetchall())


def delete_corrections(connection: apsw.Connection, ids: Sequence[int]) -> int:
    """Take these back; returns how many there were. Pages of their sites are looked at again.

    The caller folds the write-ahead log afterwards.
    """
    rows = connection.execute(
        "DELETE FROM tab_corrections WHERE id IN (SELECT value FROM json_each(?)) RETURNING host",
        (json.dumps(list(ids)),),
    ).fetchall()
    mark_sites_outdated(connection, [host for (host,) in rows])
    return len(rows)


def delete_all_corrections(connection: apsw.Connection) -> int:
    """Take all back, also those that do not count; see `delete_corrections`."""
    hosts = connection.execute("SELECT DISTINCT host FROM tab_corrections").fetchall()
    connection.execute("DELETE FROM tab_corrections")
    deleted = int(connection.changes())
    mark_sites_outdated(connection, [host for (host,) in hosts])
    return deleted


def delete_named_corrections(
    connection: apsw.Connection,
    *,
    urls: Collection[str] = (),
    domain: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    everything: bool = False,
) -> int:
    """Forget what a deletion of pages names; see `host.storage.pages.find_page_ids`.

    Those about a page that is deleted go with it by themselves; these are those of no page, too.

    Args:
        connection: inside a transaction.
        urls: addresses, as they are and canonical.
        domain: a host with those below it.
        from_ms: those said at or after, UTC milliseconds.
        to_ms: and before.
        everything: all of them.

    Returns:
        how many there were. The caller folds the write-ahead log afterwards.
    """
    if everything:
        return delete_all_corrections(connection)
    before = connection.total_changes()
    connection.executemany(
        "DELETE FROM tab_corrections WHERE url = ?1 OR page_url = ?1", [(url,) for url in urls]
    )
    if domain:
        escaped = domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        connection.execute(
            "DELETE FROM tab_corrections WHERE host = ? OR host LIKE ? ESCAPE '\\'", (domain, f"%.{escaped}")
        )
    if from_ms is not None or to_ms is not None:
        connection.execute(
            "DELETE FROM tab_corrections WHERE created_at >= ? AND created_at < ?",
            (from_ms if from_ms is not None else -(2**62), to_ms if to_ms is not None else 2**62),
        )
    return int(connection.total_changes() - before)


def delete_corrections_before(connection: apsw.Connection, before_ms: int) -> int:
    """Forget what was said before a time about addresses of no remembered page, for retention by age.

    Returns:
        how many there were.
    """
    connection.execute(
        "DELETE FROM tab_corrections WHERE created_at < ?"
        " AND page_url NOT IN (SELECT url FROM page_urls) AND url NOT IN (SELECT url FROM page_urls)",
        (before_ms,),
    )
    return int(connection.changes())
