"""A copy of a database with another key, or in clear: complete, compact, compared with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from host.core.errors import DatabaseCorrupt, StorageError
from host.storage.cancelling import cancellable, never
from host.storage.connection import open_connection, translate_errors
from host.storage.copying import copy_connection, tell_nobody
from host.storage.encryption import name_copy

if TYPE_CHECKING:
    from pathlib import Path

    from host.storage.cancelling import Cancelling
    from host.storage.copying import OnProgress

# The rest is comparing.
_COPYING = 0.8
_VIRTUAL = "CREATE VIRTUAL"


def write_copy(
    source: Path,
    source_key: bytes | None,
    target: Path,
    target_key: bytes | None,
    *,
    on_progress: OnProgress = tell_nobody,
    cancelled: Cancelling = never,
) -> None:
    """Copy a database, compactly, so that the copy can be opened with another key.

    What others write into `source` meanwhile is not in the copy.

    Args:
        source: what is copied.
        source_key: its key, None when it is in clear.
        target: a name that is free; nothing is left there when this fails.
        target_key: of the copy, None for one in clear.
        on_progress: told the share, 0 to 1, and the bytes.
        cancelled: looked at about ten times a second.

    Raises:
        Cancelled, DiskFull, DatabaseCorrupt, StorageError.
    """

    def tell(share: float, written: int) -> None:
        on_progress(_COPYING * share, written)

    try:
        with translate_errors():
            # A connection of its own: the copy's address holds its key, and no log of statements may have it.
            connection = open_connection(
                source, read_only=True, key=source_key, extra_flags=apsw.SQLITE_OPEN_URI
            )
        try:
            _copy(connection, target, target_key, tell, cancelled)
            with translate_errors():
                counts = _count(connection, cancelled)
        finally:
            connection.close()
        _compare(target, target_key, counts, cancelled)
        on_progress(1.0, target.stat().st_size)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy(
    connection: apsw.Connection, target: Path, key: bytes | None, tell: OnProgress, cancelled: Cancelling
) -> None:
    try:
        with translate_errors():
            copy_connection(
                connection, target, address=name_copy(target, key), on_progress=tell, cancelled=cancelled
            )
    except StorageError as error:
        if type(error) is not StorageError:
            raise
        # SQLite's own words name the copy's address, which holds the key.
        message = "The database could not be copied."
        raise StorageError(message, fix="Look at the free disk space, and try again.") from None


def _count(connection: apsw.Connection, cancelled: Cancelling) -> dict[str, int]:
    """Rows by table, those in which virtual tables keep theirs among them."""
    tables = [
        str(name)
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        if not str(sql).startswith(_VIRTUAL)
    ]
    with cancellable(connection, cancelled):
        return {
            name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0])
            for name in tables
        }


def _compare(target: Path, key: bytes | None, counts: dict[str, int], cancelled: Cancelling) -> None:
    """See that the copy can be opened with its key, is sound, and has every row.

    Raises:
        DatabaseCorrupt.
    """
    with translate_errors():
        copy = open_connection(target, read_only=True, key=key)
        try:
            found = _count(copy, cancelled)
            with cancellable(copy, cancelled):
                sound = copy.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
        finally:
            copy.close()
    if found != counts or not sound:
        message = "The copy is not what it was made of."
        raise DatabaseCorrupt(message, fix="Run: ai-history doctor")
