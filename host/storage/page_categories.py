"""The categories of remembered pages. Each function runs inside the caller's transaction.

`category_stamp` is NULL until a page was looked at, and again when it says something else. A page that fits
no category keeps `category` NULL and has a stamp, so that it is not looked at again before the stamp changes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import apsw

LEAD_CHARACTERS = 1000
MOST_OUTDATED = 200
_LEAD_COLUMNS = (
    f"pages.id, pages.url, pages.title, substr(content_text, 1, {LEAD_CHARACTERS:d}), content_hash"
)
# Not more than SQLite takes values in one statement.
_BATCH = 5000


@dataclass(frozen=True)
class PageLead:
    """What a page's category is told from.

    Attributes:
        id: of the page.
        url: the canonical one.
        title: of the page.
        text: the beginning of what it says; "" when it was never read.
        content_hash: of all it says; None when it was never read.
    """

    id: int
    url: str
    title: str
    text: str
    content_hash: str | None


@dataclass(frozen=True)
class PageCategory:
    """Where a page belongs.

    Attributes:
        lead: the page as it was looked at.
        category: key of its category; None for none of them.
        confidence: probability of that, 0 to 1.
    """

    lead: PageLead
    category: str | None
    confidence: float


@dataclass(frozen=True)
class CategoryCounts:
    """How many pages were looked at, and how many of them belong where, by the category's key."""

    looked_at: int
    by_category: dict[str, int]


def find_uncategorised(connection: apsw.Connection, stamp: str, limit: int) -> list[int]:
    """Up to `limit` pages that were not looked at with this stamp, visited last first.

    There are few stamps at any time, and an index over them: a history that is done costs next to nothing.
    """
    found: list[tuple[int, int]] = []
    for other in (None, *_read_stamps(connection)):
        if other != stamp:
            rows = connection.execute(
                "SELECT last_visit_at, id FROM pages WHERE category_stamp IS ?"
                " ORDER BY last_visit_at DESC LIMIT ?",
                (other, limit),
            )
            found += rows.fetchall()
    return [page_id for _, page_id in sorted(found, reverse=True)[:limit]]


def read_leads(connection: apsw.Connection, page_ids: Sequence[int]) -> list[PageLead]:
    """What these pages' categories are told from, in this order; pages that are gone are left out."""
    found: dict[int, PageLead] = {}
    for batch in _batches(page_ids):
        marks = ",".join("?" * len(batch))
        rows = connection.execute(f"SELECT {_LEAD_COLUMNS} FROM pages WHERE id IN ({marks})", batch)
        found.update((row[0], PageLead(*row)) for row in rows)
    return [found[page_id] for page_id in page_ids if page_id in found]


def read_leads_by_url(connection: apsw.Connection, urls: Sequence[str]) -> dict[str, PageLead]:
    """The same by address: a page's canonical one, or any other under which it is known."""
    found: dict[str, PageLead] = {}
    for batch in _batches(urls):
        marks = ",".join("?" * len(batch))
        rows = connection.execute(
            f"SELECT page_urls.url, {_LEAD_COLUMNS} FROM page_urls JOIN pages ON pages.id = page_urls.page_id"
            f" WHERE page_urls.url IN ({marks})",
            batch,
        )
        found.update((row[0], PageLead(*row[1:])) for row in rows)
    return found


def store_categories(connection: apsw.Connection, found: Iterable[PageCategory], stamp: str) -> int:
    """Keep where pages belong; one that says something else by now, or is gone, is passed over.

    Args:
        connection: inside a transaction.
        found: the pages.
        stamp: by what they were looked at.

    Returns:
        how many were kept.
    """
    before = connection.total_changes()
    connection.executemany(
        "UPDATE pages SET category = ?, category_confidence = ?, category_stamp = ?"
        " WHERE id = ? AND title = ? AND content_hash IS ?",
        [
            (
                each.category,
                each.confidence,
                stamp,
                each.lead.id,
                each.lead.title,
                each.lead.content_hash,
            )
            for each in found
        ],
    )
    return int(connection.total_changes() - before)


def mark_sites_outdated(connection: apsw.Connection, hosts: Sequence[str]) -> int:
    """Let pages of these hosts be looked at again; they keep their category until then.

    Those visited last are, up to `MOST_OUTDATED` of them: writing a page's row takes as long as its text is,
    and somebody waits. The others follow with the next stamp.

    Args:
        connection: inside a transaction.
        hosts: as `pages.domain` has them, exactly.

    Returns:
        how many there are.
    """
    connection.execute(
        "UPDATE pages SET category_stamp = NULL WHERE category_stamp IS NOT NULL AND id IN ("
        "SELECT id FROM pages WHERE domain IN (SELECT value FROM json_each(?))"
        " ORDER BY last_visit_at DESC LIMIT ?)",
        (json.dumps(list(hosts)), MOST_OUTDATED),
    )
    return int(connection.changes())


def count_categories(connection: apsw.Connection) -> CategoryCounts:
    """How many pages were looked at, and where they belong; read from indexes alone."""
    looked_at = connection.execute("SELECT count(*) FROM pages WHERE category_stamp IS NOT NULL").fetchall()
    rows = connection.execute(
        "SELECT category, count(*) FROM pages WHERE category IS NOT NULL GROUP BY category"
    )
    return CategoryCounts(int(looked_at[0][0]), dict(rows.fetchall()))


def forget_categories(connection: apsw.Connection) -> int:
    """Drop every page's category, to be found anew; returns how many pages had been looked at."""
    connection.execute(
        "UPDATE pages SET category = NULL, category_confidence = NULL, category_stamp = NULL"
        " WHERE category_stamp IS NOT NULL OR category IS NOT NULL"
    )
    return int(connection.changes())


def _read_stamps(connection: apsw.Connection) -> list[str]:
    """Every stamp there is, each found by one step in the index."""
    rows = connection.execute(
        "WITH RECURSIVE stamps (stamp) AS ("
        " SELECT min(category_stamp) FROM pages"
        " UNION ALL SELECT (SELECT min(category_stamp) FROM pages WHERE category_stamp > stamp) FROM stamps"
        " WHERE stamp IS NOT NULL)"
        " SELECT stamp FROM stamps WHERE stamp IS NOT NULL"
    )
    return [str(row[0]) for row in rows]


def _batches(values: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    for start in range(0, len(values), _BATCH):
        yield tuple(values[start : start + _BATCH])
