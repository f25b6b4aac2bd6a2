"""Opening one SQLite connection: pragmas, sqlite-vec, our SQL function, errors in our words."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw
import sqlite_vec

from host.core.errors import DatabaseCorrupt, DiskFull, StorageError
from host.core.text import UNSPACED
from host.storage.encryption import give_key, looks_encrypted, make_locked_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# 8 KiB pages: vector blobs span half as many overflow pages as with SQLite's 4 KiB (docs/benchmarks.md).
PAGE_SIZE = 8192
BUSY_TIMEOUT_MS = 10_000
# Of a connection that reads. There is one for each thread, and the system caches the file for all of them;
# but what it caches of an encrypted file is decrypted each time that it is read (docs/benchmarks.md).
CACHE_KB = 1024
ENCRYPTED_CACHE_KB = 16_384


@dataclass(frozen=True)
class Features:
    """What this SQLite can do. A database without one of them still works, and says so."""

    fulltext: bool = True
    vectors: bool = True


def separate_unspaced(text: str | None) -> str | None:
    """Put spaces around each character of a script that is written without them.

    Registered in SQL as `separate_unspaced`; text in other scripts comes back unchanged.
    """
    if text is None or text.isascii():
        return text
    # FTS5's unicode61 would take a whole run of them as one token.
    return UNSPACED.sub(r" \g<0> ", text)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn SQLite's exceptions into ours."""
    try:
        yield
    except apsw.FullError as error:
        message = "The disk is full. Nothing was lost, and nothing was written."
        raise DiskFull(message, fix="Free some disk space; it goes on by itself.") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        message = "The history database is damaged."
        raise DatabaseCorrupt(
            message, fix="Run: ai-history daemon stop. The next start sets it aside and rebuilds it."
        ) from error
    except apsw.InterruptError:
        raise
    except apsw.Error as error:
        # The statement's text is ours; apsw's messages name tables and columns, never values.
        message = f"The database refused: {type(error).__name__}: {error}"
        raise StorageError(message) from error


@contextmanager
def begin(connection: apsw.Connection) -> Iterator[None]:
    """One explicit transaction: committed at the end, rolled back when anything is raised.

    apsw's own context manager is a savepoint, which hides a full disk behind its failing rollback.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def open_connection(
    path: Path,
    *,
    read_only: bool,
    without: frozenset[str] = frozenset(),
    key: bytes | None = None,
    extra_flags: int = 0,
) -> apsw.Connection:
    """Open `path` ready for use.

    Args:
        path: the database file; made when absent, unless `read_only`.
        read_only: opened so that the engine itself refuses writes.
        without: features to leave out ("vectors"), for systems where they cannot load, and their tests.
        key: of an encrypted database, 32 bytes.
        extra_flags: more of SQLite's flags for opening.

    Returns:
        a connection for one thread at a time.

    Raises:
        DatabaseLocked: it is encrypted, and no key was given.
        apsw.NotADBError: it is damaged, or the key is not its own.
    """
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags | extra_flags)
    try:
        if key is not None:
            give_key(connection, key)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        if "vectors" not in without:
            _load_vectors(connection)
        connection.create_scalar_function("separate_unspaced", separate_unspaced, 1, deterministic=True)
        if read_only:
            connection.execute("PRAGMA query_only=ON")
            connection.execute(f"PRAGMA cache_size=-{CACHE_KB if key is None else ENCRYPTED_CACHE_KB}")
        else:
            connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
            connection.execute("PRAGMA journal_mode=WAL")
            # A page is acknowledged when it is durable, so every commit is synchronised.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA journal_size_limit=67108864")
        connection.execute("PRAGMA temp_store=MEMORY")
        # Reads force SQLite to look at the file now, so damage shows here and not at the first query.
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except apsw.NotADBError as error:
        connection.close()
        if key is None and looks_encrypted(path):
            raise make_locked_error() from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def detect_features(connection: apsw.Connection, without: frozenset[str] = frozenset()) -> Features:
    """Say what the connection can do."""
    fulltext = "fulltext" not in without
    if fulltext:
        fulltext = "ENABLE_FTS5" in apsw.compile_options
    try:
        connection.execute("SELECT vec_version()").fetchall()
        vectors = "vectors" not in without
    except apsw.SQLError:
        vectors = False
    return Features(fulltext=fulltext, vectors=vectors)


def _load_vectors(connection: apsw.Connection) -> None:
    try:
        connection.enable_load_extension(True)
        connection.load_extension(sqlite_vec.loadable_path())
    except (apsw.ExtensionLoadingError, OSError):
        return
    finally:
        connection.enable_load_extension(False)
