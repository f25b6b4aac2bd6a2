"""The addresses of a page: tracked, mobile, canonical. Each function runs inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import apsw


def remember_addresses(
    connection: apsw.Connection, page_id: int, addresses: Iterable[str], visited_at: int
) -> None:
    """Note that a page was visited under these addresses; the newest visit of each counts."""
    connection.executemany(
        "INSERT INTO page_urls (url, page_id, last_visit_at) VALUES (?, ?, ?) ON CONFLICT (url) DO UPDATE"
        " SET page_id = excluded.page_id, last_visit_at = max(last_visit_at, excluded.last_visit_at)",
        [(address, page_id, visited_at) for address in dict.fromkeys(addresses)],
    )


def find_by_address(connection: apsw.Connection, addresses: Sequence[str]) -> int | None:
    """The page that is known under the first of these addresses that is known at all."""
    for address in addresses:
        rows = connection.execute(
            "SELECT id FROM pages WHERE url = ?1"
            " UNION ALL SELECT page_id FROM page_urls WHERE url = ?1 LIMIT 1",
            (address,),
        ).fetchall()
        if rows:
            return int(rows[0][0])
    return None


def find_all_by_address(connection: apsw.Connection, addresses: Iterable[str]) -> set[int]:
    """Every page that is known under any of these addresses."""
    return {
        int(page_id)
        for address in addresses
        for (page_id,) in connection.execute(
            "SELECT id FROM pages WHERE url = ?1 UNION SELECT page_id FROM page_urls WHERE url = ?1",
            (address,),
        )
    }


def read_last_visit(connection: apsw.Connection, address: str) -> int | None:
    """When a page was last visited under exactly this address, in UTC milliseconds."""
    rows = connection.execute("SELECT last_visit_at FROM page_urls WHERE url = ?", (address,)).fetchall()
    return int(rows[0][0]) if rows else None
