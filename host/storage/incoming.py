"""A database file from elsewhere: copied, looked at and brought up to date before anything is done with it.

The file that a person names is only read. What is wrong with it is said in words.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from host.core.errors import DatabaseCorrupt, DatabaseLocked, InvalidInput
from host.storage import fulltext, migrations
from host.storage.cancelling import cancellable, do_nothing, never
from host.storage.connection import begin, open_connection, translate_errors
from host.storage.copying import copy_file, copy_file_of, tell_nobody
from host.storage.encryption import is_clear, looks_encrypted
from host.storage.opening import open_ready
from host.storage.replacement import erase

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.storage.cancelling import Cancelling
    from host.storage.copying import OnProgress

# What the first schema had already.
_OURS = frozenset({"meta", "settings", "pages", "visits", "page_chunks", "jobs", "captures"})


def take_in(
    file: Path,
    folder: Path,
    *,
    key: bytes | None = None,
    without: frozenset[str] = frozenset(),
    on_progress: OnProgress = tell_nobody,
    on_check: Callable[[], None] = do_nothing,
    cancelled: Cancelling = never,
) -> Path:
    """A sound copy of a history that came from elsewhere, of this version's schema and with `key`.

    Args:
        file: a database, with its write-ahead log beside it where it has one. It is not touched.
        folder: an empty one for the copy.
        key: of the database that it is for. A file in clear is encrypted with it; an encrypted file must have
            the same one.
        without: features to leave out; see `Features`.
        on_progress: told the share of the copying, and the bytes.
        on_check: called when it is copied, and is looked at next.
        cancelled: looked at now and then.

    Returns:
        the copy, closed and without a log.

    Raises:
        InvalidInput: it is no SQLite database, or none of ours.
        DatabaseLocked: it is encrypted with another key.
        DatabaseTooNew, DatabaseCorrupt, DiskFull, Cancelled, StorageError.
    """
    clear = is_clear(file)
    if not clear and not looks_encrypted(file):
        message = "This is no history: the file is not a SQLite database."
        raise InvalidInput(message, fix="Choose a file that was exported or backed up by AI History.")
    if not clear and key is None:
        raise _make_locked_error()
    copy = folder / "taken.db"
    copy_file(file, copy, on_progress=on_progress, cancelled=cancelled)
    log = file.with_name(file.name + "-wal")
    if log.exists():
        copy_file(log, copy.with_name(copy.name + "-wal"), cancelled=cancelled)
    on_check()
    with translate_errors():
        _check(copy, None if clear else key, without, cancelled)
        if clear and key is not None:
            in_clear, copy = copy, folder / "encrypted.db"
            copy_file_of(in_clear, None, copy, key, cancelled=cancelled)
            for suffix in ("", "-wal", "-shm"):
                erase(in_clear.with_name(in_clear.name + suffix))
        # It is brought to this version's schema, and full text is made where it has none.
        open_ready(copy, without, key)[0].close()
    return copy


def _check(copy: Path, key: bytes | None, without: frozenset[str], cancelled: Cancelling) -> None:
    try:
        connection = open_connection(copy, read_only=False, without=without, key=key)
    except apsw.NotADBError as error:
        if key is not None:
            raise _make_locked_error() from error
        raise _make_damaged_error() from error
    except apsw.CorruptError as error:
        raise _make_damaged_error() from error
    try:
        _check_ours(connection)
        with cancellable(connection, cancelled):
            _check_sound(connection)
        migrations.migrate(connection)
        _check_statements(connection)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise _make_damaged_error() from error
    finally:
        connection.close()


def _check_ours(connection: apsw.Connection) -> None:
    names = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    version = int(connection.execute("PRAGMA user_version").fetchall()[0][0])
    if version < 1 or not names >= _OURS:
        message = "This SQLite database is of another program."
        raise InvalidInput(message, fix="Choose a file that was exported or backed up by AI History.")


def _check_sound(connection: apsw.Connection) -> None:
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except apsw.SQLError as error:
        raise _make_damaged_error() from error
    if found != ["ok"]:
        raise _make_damaged_error()


def _check_statements(connection: apsw.Connection) -> None:
    """Refuse a file that runs statements of its own when it is used, or lacks a table."""
    own = open_connection(Path(":memory:"), read_only=False)
    try:
        migrations.migrate(own)
        if "ENABLE_FTS5" in apsw.compile_options:
            fulltext.create_index(own)
            _renew_index(connection, own)
        running, tables = _read_running(connection), _read_tables(connection)
        if running != _read_running(own) or not tables >= _read_tables(own):
            message = "This history was changed by another program: its tables are not those of AI History."
            raise InvalidInput(message, fix="Choose a file that was exported or backed up by AI History.")
    finally:
        own.close()


def _renew_index(connection: apsw.Connection, own: apsw.Connection) -> None:
    """Have full text be this version's: its triggers are made anew, and all of it if it is another's."""
    query = "SELECT sql FROM sqlite_schema WHERE name = 'pages_fts'"
    with begin(connection):
        if connection.execute(query).fetchall() != own.execute(query).fetchall():
            fulltext.drop_index(connection)
        for trigger in fulltext.TRIGGERS:
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        fulltext.create_index(connection)


def _read_running(connection: apsw.Connection) -> set[tuple[str, str]]:
    """What runs when rows are read or written: triggers and views, with their SQL."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')")
    return {(str(name), str(sql)) for name, sql in rows}


def _read_tables(connection: apsw.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {str(row[0]) for row in rows if not str(row[0]).startswith("pages_fts_")}


def _make_damaged_error() -> DatabaseCorrupt:
    message = "This file is damaged, or only a part of it came."
    return DatabaseCorrupt(message, fix="Choose another one. Nothing of yours was changed.")


def _make_locked_error() -> DatabaseLocked:
    message = "This file is encrypted with another key than this history has."
    return DatabaseLocked(message, fix="Take it in where it was made, and export it there in clear.")
