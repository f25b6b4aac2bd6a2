"""How the history has grown: one row a day on which it was noted, and what the pages tell of days before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

DAY_MS = 86_400_000
# A plot of a few hundred points shows as much as one of thousands.
MOST_DAYS = 400


@dataclass(frozen=True)
class Growth:
    """How many pages there were at the end of a day, and bytes where they were noted.

    Attributes:
        day: YYYY-MM-DD, UTC.
        pages: then.
        bytes: of the database then; None for a day on which nobody noted them.
    """

    day: str
    pages: int
    bytes: int | None


def note_growth(connection: apsw.Connection, now_ms: int, database_bytes: int) -> None:
    """Note how much there is today; what was noted earlier today is replaced."""
    connection.execute(
        "INSERT OR REPLACE INTO growth (day, pages, bytes) VALUES (?, (SELECT count(*) FROM pages), ?)",
        (name_day(now_ms), database_bytes),
    )


def read_growth(connection: apsw.Connection, now_ms: int, database_bytes: int) -> list[Growth]:
    """Days on which something came or was noted, oldest first, `MOST_DAYS` at most; the last one is today.

    For days before the first that was noted, these are the pages that are still there and were first visited
    until then.

    Args:
        connection: any.
        now_ms: UTC milliseconds.
        database_bytes: as they are now.
    """
    today = name_day(now_ms)
    noted = [Growth(*row) for row in connection.execute("SELECT day, pages, bytes FROM growth ORDER BY day")]
    first = noted[0].day if noted else "9999-12-31"
    found: list[Growth] = []
    pages = 0
    for number, count in connection.execute(
        "SELECT first_visit_at / ?1 AS day, count(*) FROM pages GROUP BY day ORDER BY day", (DAY_MS,)
    ):
        day = name_day(number * DAY_MS)
        if day >= first:
            break
        pages += count
        found.append(Growth(day, pages, None))
    total = connection.execute("SELECT count(*) FROM pages").fetchall()[0][0]
    before = [day for day in (*found, *noted) if day.day < today]
    return _thin_out([*before, Growth(today, total, database_bytes)])


def name_day(at_ms: int) -> str:
    """The day of a moment, YYYY-MM-DD, UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


def _thin_out(days: list[Growth]) -> list[Growth]:
    """Every n-th of them, the last one included."""
    step = max(1, math.ceil(len(days) / MOST_DAYS))
    return days[::-1][::step][::-1]
