"""What each table takes in the file, with its indexes. Reads every page of the file, so it takes a while."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

# So many pages between two looks at whether it is still wanted.
_STRIDE = 2000


def measure_tables(
    connection: apsw.Connection,
    on_progress: Callable[[float], None] = lambda _share: None,
    check_cancelled: Callable[[], None] = lambda: None,
) -> dict[str, int]:
    """Bytes of each table with its indexes, and of each virtual table with the tables that it is made of.

    Args:
        connection: any.
        on_progress: is told the share of the file that was looked at, 0 to 1.
        check_cancelled: raises when nobody waits any more.

    Returns:
        bytes by name, the largest first.
    """
    owners = _find_owners(connection)
    total = connection.execute("PRAGMA page_count").fetchall()[0][0]
    sizes: Counter[str] = Counter()
    for number, (name, size) in enumerate(connection.execute("SELECT name, pgsize FROM dbstat")):
        if number % _STRIDE == 0:
            check_cancelled()
            on_progress(min(1.0, number / max(1, total)))
        sizes[owners.get(name, name)] += size
    return dict(sizes.most_common())


def _find_owners(connection: apsw.Connection) -> dict[str, str]:
    """For each table or index the table that a person knows it by."""
    rows = connection.execute("SELECT name, tbl_name, coalesce(sql, '') FROM sqlite_schema").fetchall()
    virtual = sorted(
        (name for name, _, sql in rows if sql.upper().startswith("CREATE VIRTUAL")), key=len, reverse=True
    )
    found = {}
    for name, table, _ in rows:
        # Tables of FTS5 and sqlite-vec are called after theirs.
        found[name] = next((owner for owner in virtual if table.startswith(f"{owner}_")), table)
    return found
