"""A connection for statements that a person writes: the engine itself holds them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from host.core.errors import NotFound
from host.storage.connection import open_connection, separate_unspaced, translate_errors
from host.storage.explorer_limits import LARGEST_GROWTH, LIMITS

if TYPE_CHECKING:
    from pathlib import Path

# A statement that changes rows waits so long for another program that does.
BUSY_TIMEOUT_MS = 2000


def open_explorer(
    path: Path, key: bytes | None, *, write: bool, growth: int = LARGEST_GROWTH
) -> apsw.Connection:
    """Open `path` for one statement.

    Args:
        path: the database file, which exists.
        key: of an encrypted database, 32 bytes.
        write: whether rows may be changed. Without, the file is opened so that the engine refuses it.
        growth: bytes by which a change may make the database larger.

    Raises:
        NotFound: there is no such file.
        DatabaseCorrupt, StorageError: it cannot be opened.
    """
    if not path.exists():
        message = "The history database is gone."
        raise NotFound(message, fix="Run: ai-history daemon stop. The next request looks for it anew.")
    with translate_errors():
        connection = open_connection(path, read_only=not write, key=key)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    for option, value in (
        (apsw.SQLITE_DBCONFIG_DEFENSIVE, 1),
        (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
        (apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
        (apsw.SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
        (apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0),
        # A name in double quotes that is misspelt is an error, and no text.
        (apsw.SQLITE_DBCONFIG_DQS_DML, 0),
        (apsw.SQLITE_DBCONFIG_DQS_DDL, 0),
    ):
        connection.config(option, value)
    # The view below full text uses it, and a schema that is not trusted only uses what is innocuous.
    connection.create_scalar_function(
        "separate_unspaced", separate_unspaced, 1, deterministic=True, flags=apsw.SQLITE_INNOCUOUS
    )
    for limit, value in LIMITS.items():
        connection.limit(limit, value)
    if write:
        _limit_growth(connection, growth)
    return connection


def _limit_growth(connection: apsw.Connection, growth: int) -> None:
    page_count, page_size = (
        int(connection.execute(f"PRAGMA {name}").fetchall()[0][0]) for name in ("page_count", "page_size")
    )
    connection.execute(f"PRAGMA max_page_count={page_count + growth // page_size:d}").fetchall()
