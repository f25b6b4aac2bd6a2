"""Reads the history databases of other programs: Chrome's family, Firefox's and Safari.

Which of them a file is, its tables tell; columns that came or went over the years are looked for. What nobody
would call a visit is left out: frames within pages, and addresses that only redirected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from host.core.errors import InvalidInput, StorageError
from host.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAX_TITLE = 500


@dataclass(frozen=True)
class HistoryItem:
    """A page as another browser remembers it.

    Attributes:
        url: as that browser has it.
        title: "" when it has none.
        last_visit_at: milliseconds UTC.
        visit_count: at least 1.
    """

    url: str
    title: str
    last_visit_at: int
    visit_count: int


# Milliseconds between 1970 and the day from which each counts.
_WEBKIT_EPOCH_MS = -11_644_473_600_000
_APPLE_EPOCH_MS = 978_307_200_000

# A navigation's last address carries 0x20000000; 3 and 4 are frames, 10 a search keyword's helper.
_CHROME = """
SELECT CAST(u.url AS BLOB), CAST(u.title AS BLOB),
       COALESCE(v.last, u.last_visit_time) / 1000 + :epoch, MAX(u.visit_count, COALESCE(v.visits, 1), 1)
FROM urls u LEFT JOIN (
    SELECT url, COUNT(*) AS every,
           SUM(transition & 0x20000000 != 0 AND transition & 0xFF NOT IN (3, 4, 10)) AS visits,
           MAX(CASE WHEN transition & 0x20000000 != 0 AND transition & 0xFF NOT IN (3, 4, 10)
               THEN visit_time END) AS last
    FROM visits GROUP BY url
) v ON v.url = u.id
WHERE v.visits > 0 OR (v.every IS NULL AND u.hidden = 0 AND u.last_visit_time > 0)
ORDER BY 3 DESC
"""

# 4 and 8 are frames, 7 a download; the places that only redirected are hidden.
_FIREFOX = """
SELECT CAST(p.url AS BLOB), CAST(p.title AS BLOB), COALESCE(v.last, p.last_visit_date) / 1000 + :epoch,
       MAX(p.visit_count, COALESCE(v.visits, 1), 1)
FROM moz_places p LEFT JOIN (
    SELECT place_id, COUNT(*) AS every, SUM(visit_type NOT IN (4, 7, 8)) AS visits,
           MAX(CASE WHEN visit_type NOT IN (4, 7, 8) THEN visit_date END) AS last
    FROM moz_historyvisits GROUP BY place_id
) v ON v.place_id = p.id
WHERE p.hidden = 0 AND (v.visits > 0 OR (v.every IS NULL AND p.visit_count > 0 AND p.last_visit_date > 0))
ORDER BY 3 DESC
"""

_SAFARI = """
SELECT CAST(i.url AS BLOB),
       (SELECT CAST(t.title AS BLOB) FROM history_visits t
        WHERE t.history_item = i.id AND t.title != '' ORDER BY t.visit_time DESC LIMIT 1),
       CAST(MAX(v.visit_time) * 1000 AS INTEGER) + :epoch, MAX(i.visit_count, COUNT(*))
FROM history_items i JOIN history_visits v ON v.history_item = i.id
WHERE {wanted}
GROUP BY i.id
ORDER BY 3 DESC
"""


def read_foreign_history(path: Path) -> Iterator[HistoryItem]:
    """The pages in a history database, latest first.

    Args:
        path: a copy of the file, in a folder of its own with its write-ahead log: opening it may write there.

    Raises:
        InvalidInput: it is not a history database of a known browser.
        StorageError: it is damaged, or locked.
    """
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    except apsw.Error as error:
        raise _explain(path, error) from error
    try:
        # Opening reads nothing yet; what another program wrote into the schema must not run here.
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        statement, epoch = _choose(connection, path)
        for url, title, last_visit_at, visit_count in connection.execute(statement, {"epoch": epoch}):
            address = _text(url)
            if address and isinstance(last_visit_at, int):
                yield HistoryItem(
                    url=address,
                    title=clean_line(_text(title), limit=_MAX_TITLE),
                    last_visit_at=max(0, last_visit_at),
                    visit_count=int(visit_count),
                )
    except apsw.Error as error:
        raise _explain(path, error) from error
    finally:
        connection.close()


def _choose(connection: apsw.Connection, path: Path) -> tuple[str, int]:
    """The statement for the kind of file that this is, and its epoch."""
    tables = {
        str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if {"urls", "visits"} <= tables:
        return _CHROME, _WEBKIT_EPOCH_MS
    if {"moz_places", "moz_historyvisits"} <= tables:
        return _FIREFOX, 0
    if {"history_items", "history_visits"} <= tables:
        columns = {str(row[1]) for row in connection.execute("PRAGMA table_info(history_visits)")}
        wanted = ["1"]
        if "redirect_destination" in columns:
            wanted.append("v.redirect_destination IS NULL")
        if "load_successful" in columns:
            wanted.append("v.load_successful")
        return _SAFARI.format(wanted=" AND ".join(wanted)), _APPLE_EPOCH_MS
    message = f"{path.name} is a database, but not the history of Chrome, Firefox or Safari."
    raise InvalidInput(message, fix="Choose the file named History, places.sqlite or History.db.")


def _explain(path: Path, error: apsw.Error) -> InvalidInput | StorageError:
    if isinstance(error, (apsw.NotADBError, apsw.CantOpenError)):
        message = f"{path.name} is not a database."
        return InvalidInput(message, fix="Choose the file named History, places.sqlite or History.db.")
    message = f"The history in {path.name} cannot be read: it is damaged or in use."
    return StorageError(message, fix="Close that browser and try again.")


def _text(value: object) -> str:
    # As bytes: one broken title must not end the reading of all others.
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
