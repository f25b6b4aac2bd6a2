"""Pages that another program's history knows, by address and title. Runs inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.storage.addresses import find_by_address, remember_addresses
from host.storage.vector_spaces import mark_outdated

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw


@dataclass(frozen=True)
class ImportedPage:
    """A page as another program's history knows it; `addresses` with the last visit under each."""

    url: str
    domain: str
    url_words: str
    title: str
    last_visit_at: int
    visit_count: int
    addresses: tuple[tuple[str, int], ...] = ()


@dataclass
class ImportCounts:
    """What an import did."""

    added: int = 0
    updated: int = 0
    skipped: int = 0
    page_ids: list[int] = field(default_factory=list)


def import_pages(connection: apsw.Connection, items: Iterable[ImportedPage]) -> ImportCounts:
    """Add pages known by title and URL only. Importing the same twice changes nothing."""
    counts = ImportCounts()
    for item in items:
        known = find_by_address(connection, (item.url, *(address for address, _ in item.addresses)))
        rows = connection.execute(
            "SELECT id, title, last_visit_at, visit_count, first_visit_at FROM pages WHERE id = ?", (known,)
        ).fetchall()
        if not rows:
            connection.execute(
                "INSERT INTO pages"
                " (url, domain, url_words, title, first_visit_at, last_visit_at, visit_count)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
                (item.url, item.domain, item.url_words, item.title, item.last_visit_at, item.visit_count),
            )
            counts.added += 1
            counts.page_ids.append(connection.last_insert_rowid())
            _remember(connection, counts.page_ids[-1], item)
            continue
        page_id, title, last_visit_at, visit_count, first_visit_at = rows[0]
        _remember(connection, page_id, item)
        merged = (
            title or item.title,
            max(last_visit_at, item.last_visit_at),
            max(visit_count, item.visit_count),
            min(first_visit_at, item.last_visit_at),
        )
        if merged == (title, last_visit_at, visit_count, first_visit_at):
            counts.skipped += 1
            continue
        connection.execute(
            "UPDATE pages SET category_stamp = iif(title = ?1, category_stamp, NULL), title = ?1,"
            " last_visit_at = ?2, visit_count = ?3, first_visit_at = ?4 WHERE id = ?5",
            (*merged, page_id),
        )
        counts.updated += 1
        if merged[0] != title:
            mark_outdated(connection, int(page_id))
            counts.page_ids.append(int(page_id))
    return counts


def _remember(connection: apsw.Connection, page_id: int, item: ImportedPage) -> None:
    for address, visited_at in (*item.addresses, (item.url, item.last_visit_at)):
        remember_addresses(connection, page_id, (address,), visited_at)
