"""A database file, made ready for use; and made ready to be moved."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import apsw

from host.core.errors import DatabaseCorrupt, StorageError
from host.storage import fulltext, migrations
from host.storage.connection import Features, begin, detect_features, open_connection, translate_errors
from host.storage.recovery import suspicion_path
from host.storage.statistics import check_integrity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# How long an exchange of the file waits for other processes to close it.
OTHERS_TIMEOUT_S = 5.0
_AGAIN_S = 0.05


def open_ready(path: Path, without: frozenset[str], key: bytes | None) -> tuple[apsw.Connection, Features]:
    """Open a database for writing, with this version's schema, and its index of words.

    Args:
        path: the file, made when absent.
        without: features to leave out; see `Features`.
        key: of an encrypted one.

    Returns:
        the connection, and what this SQLite can do.

    Raises:
        DatabaseCorrupt, DatabaseTooNew, DiskFull, StorageError.
    """
    with translate_errors():
        connection = open_connection(path, read_only=False, without=without, key=key)
        try:
            _examine(path, connection)
            migrations.migrate(connection)
            features = detect_features(connection, without)
            with begin(connection):
                if features.fulltext:
                    fulltext.create_index(connection)
                connection.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")
        except BaseException:
            connection.close()
            raise
    return connection, features


def _examine(path: Path, connection: apsw.Connection) -> None:
    """Look at the whole file when damage was met in it; reading all of it each time would take too long.

    Full text is derived: it is dropped first and made anew, and only what is left has to be sound.

    Raises:
        DatabaseCorrupt: rows are damaged.
    """
    suspicion = suspicion_path(path)
    if not suspicion.exists():
        return
    with begin(connection):
        fulltext.drop_index(connection)
        if check_integrity(connection):
            message = "The history database is damaged."
            raise DatabaseCorrupt(message)
    suspicion.unlink()


def take_for_oneself(connection: apsw.Connection, tell_others: Callable[[], None]) -> None:
    """Fold the log into the file and remove it, so that the file can be moved.

    Args:
        connection: the only one of this process.
        tell_others: has other processes of ours close the file; told again while one of them has it open.

    Raises:
        StorageError: another process has the file open; it would lose what it writes, or remove the log of
            the file that comes.
    """
    deadline = time.monotonic() + OTHERS_TIMEOUT_S
    while True:
        tell_others()
        # Only who is alone with a file can change its journal.
        try:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchall()[0][0]
        except apsw.BusyError:
            mode = "wal"
        if mode == "delete":
            return
        if time.monotonic() > deadline:
            message = "Another program has the history database open."
            raise StorageError(message, fix="Close it, and try again.")
        time.sleep(_AGAIN_S)
