"""A copy of a database with another key, or in clear: complete, compact, compared with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from host.core.errors import Cancelled, DatabaseCorrupt, StorageError
from host.storage.connection import open_connection, translate_errors
from host.storage.encryption import name_copy

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

# Of SQLite's instructions, between two looks at how far it is.
_STEPS = 1000
# The rest is comparing.
_COPYING = 0.8
_VIRTUAL = "CREATE VIRTUAL"


def write_copy(
    source: Path,
    source_key: bytes | None,
    target: Path,
    target_key: bytes | None,
    *,
    on_share: Callable[[float], None] = lambda _share: None,
    cancelled: threading.Event | None = None,
) -> None:
    """Copy a database, compactly, so that the copy can be opened with another key.

    What others write into `source` meanwhile is not in the copy.

    Args:
        source: what is copied.
        source_key: its key, None when it is in clear.
        target: a name that is free; nothing is left there when this fails.
        target_key: of the copy, None for one in clear.
        on_share: told how much is done, 0 to 1.
        cancelled: ends it when set.

    Raises:
        Cancelled, DiskFull, DatabaseCorrupt, StorageError.
    """
    try:
        # A connection of its own: what this one is told must not be in the log of statements.
        with translate_errors():
            connection = open_connection(
                source, read_only=True, key=source_key, extra_flags=apsw.SQLITE_OPEN_URI
            )
        try:
            _watch(connection, source, target, on_share, cancelled)
            _copy(connection, target, target_key)
            counts = _count(connection)
            connection.set_progress_handler(None)
        finally:
            connection.close()
        _compare(target, target_key, counts)
        on_share(1.0)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy(connection: apsw.Connection, target: Path, key: bytes | None) -> None:
    # The file stays read-only; only this kind of VACUUM is let through.
    connection.execute("PRAGMA query_only=OFF")
    try:
        with translate_errors():
            connection.execute("VACUUM INTO ?", (name_copy(target, key),))
    except apsw.InterruptError as error:
        message = "It was cancelled; nothing has changed."
        raise Cancelled(message) from error
    except StorageError as error:
        if type(error) is not StorageError:
            raise
        # SQLite's own words name the copy's address, which holds the key.
        message = "The database could not be copied."
        raise StorageError(message, fix="Look at the free disk space, and try again.") from None


def _watch(
    connection: apsw.Connection,
    source: Path,
    target: Path,
    on_share: Callable[[float], None],
    cancelled: threading.Event | None,
) -> None:
    whole = max(1, source.stat().st_size)

    def look() -> bool:
        if target.exists():
            on_share(_COPYING * min(1.0, target.stat().st_size / whole))
        return cancelled is not None and cancelled.is_set()

    connection.set_progress_handler(look, _STEPS)


def _count(connection: apsw.Connection) -> dict[str, int]:
    """Rows by table, those in which virtual tables keep theirs among them."""
    tables = [
        str(name)
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        if not str(sql).startswith(_VIRTUAL)
    ]
    try:
        return {
            name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0])
            for name in tables
        }
    except apsw.InterruptError as error:
        message = "It was cancelled; nothing has changed."
        raise Cancelled(message) from error


def _compare(target: Path, key: bytes | None, counts: dict[str, int]) -> None:
    """See that the copy can be opened with its key, is sound, and has every row.

    Raises:
        DatabaseCorrupt.
    """
    with translate_errors():
        copy = open_connection(target, read_only=True, key=key)
        try:
            found = _count(copy)
            sound = copy.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
        finally:
            copy.close()
    if found != counts or not sound:
        message = "The copy is not what it was made of."
        raise DatabaseCorrupt(message, fix="Run: ai-history doctor")
