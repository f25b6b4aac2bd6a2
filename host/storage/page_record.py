"""Everything that a database holds about one page. Each function runs inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.storage.codes import WHOLE_PAGE
from host.storage.vector_spaces import read_spaces

if TYPE_CHECKING:
    from collections.abc import Collection

    import apsw

MOST_VISITS = 100


@dataclass(frozen=True)
class PageHoldings:
    """What belongs to a page, beside its own row; times in UTC milliseconds.

    Attributes:
        addresses: under which it is known.
        visits: the latest, 100 at most, the newest first.
        passages: how many it was cut into.
        vectors: of its passages and of the page as a whole, in every vector space.
        jobs: what is still to be done for it.
        quoted_in: conversations that have words of it.
    """

    addresses: tuple[str, ...]
    visits: tuple[int, ...]
    passages: int
    vectors: int
    jobs: tuple[str, ...]
    quoted_in: int


def read_record(connection: apsw.Connection, page_id: int) -> PageHoldings:
    """What belongs to a page; nothing where there is no such page."""

    def read(sql: str, *more: object) -> list[tuple[object, ...]]:
        return list(connection.execute(sql, (page_id, *more)))

    def count(sql: str) -> int:
        return int(str(read(sql)[0][0]))

    vectors = 0
    for space in read_spaces(connection):
        # Without words a page has a code and no vector: the code says that it was looked at.
        vectors += count(
            f"SELECT count(*) FROM {space.code_table} WHERE page_id = ?"
            f" AND (chunk_id <> {WHOLE_PAGE:d} OR code <> zeroblob(length(code)))"
        )
    return PageHoldings(
        addresses=tuple(
            str(row[0]) for row in read("SELECT url FROM page_urls WHERE page_id = ? ORDER BY last_visit_at")
        ),
        visits=tuple(
            int(str(row[0]))
            for row in read(
                "SELECT visited_at FROM visits WHERE page_id = ? ORDER BY visited_at DESC LIMIT ?",
                MOST_VISITS,
            )
        ),
        passages=count("SELECT count(*) FROM page_chunks WHERE page_id = ?"),
        vectors=vectors,
        jobs=tuple(str(row[0]) for row in read("SELECT kind FROM jobs WHERE page_id = ? ORDER BY kind")),
        quoted_in=count(
            "SELECT count(DISTINCT conversation_id) FROM message_pages"
            " JOIN messages ON messages.id = message_pages.message_id WHERE page_id = ?"
        ),
    )


def count_said(connection: apsw.Connection, addresses: Collection[str]) -> int:
    """How often a person said where tabs of these addresses belong."""
    rows: set[int] = set()
    for address in addresses:
        rows.update(
            int(row[0])
            for row in connection.execute(
                "SELECT id FROM tab_corrections WHERE url = ?1 OR page_url = ?1", (address,)
            )
        )
    return len(rows)
