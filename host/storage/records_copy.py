"""A database from elsewhere, opened so that it can be read as records: a copy of it, of the newest schema."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from host.core.errors import Cancelled, DatabaseLocked, DatabaseTooNew, InvalidInput
from host.storage import migrations
from host.storage.connection import begin, open_connection, translate_errors
from host.storage.copying import copy_file
from host.storage.encryption import give_key, looks_encrypted

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Pages of the file that are copied at once: some megabytes.
_STEP = 512
_INSTRUCTIONS = 20_000
# What the first schema has, and every later one.
_NEEDED = {"pages", "visits", "page_chunks", "settings"}
_OTHER_FILE = "Name a database or an export of AI History; a browser's own file is for: ai-history import"


@contextmanager
def open_copy(
    file: Path,
    folder: Path,
    *,
    key: bytes | None = None,
    on_share: Callable[[float], None] = lambda _share: None,
    cancelled: threading.Event | None = None,
) -> Iterator[apsw.Connection]:
    """A connection to a copy of a database, inside a transaction; the database stays as it is.

    Nothing that the file itself brings along is run: no trigger, no view.

    Args:
        file: the database, of this schema or an older one; it may be in use.
        folder: where the copy goes, private and on a disk with room for it; the caller removes it.
        key: of an encrypted one.
        on_share: gets how much of it is copied, 0 to 1.
        cancelled: set to end early.

    Raises:
        InvalidInput: it is no database of ours, or it is damaged.
        DatabaseLocked: it is encrypted with another key.
        DatabaseTooNew: a newer version has written it.
        Cancelled: in between.
        DiskFull: there is no room for the copy.
    """
    copy = folder / "copy.db"
    try:
        if key is None:
            _copy(file, copy, on_share, cancelled)
        else:
            _copy_encrypted(file, copy, on_share, cancelled)
        _check(copy, key)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        if looks_encrypted(file):
            message = "This database is encrypted with a key that this history does not have."
            raise DatabaseLocked(message, fix="Export it in clear where it was made.") from error
        message = "This file is no database, or it is damaged."
        raise InvalidInput(message, fix=_OTHER_FILE) from error
    with translate_errors():
        connection = open_connection(copy, read_only=False, key=key)
    try:
        for option, value in (
            (apsw.SQLITE_DBCONFIG_DEFENSIVE, 1),
            (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
            (apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0),
        ):
            connection.config(option, value)
        if cancelled is not None:
            connection.set_progress_handler(cancelled.is_set, _INSTRUCTIONS)
        with _blame_file(cancelled):
            migrations.migrate(connection)
            connection.set_progress_handler(None)
            with begin(connection):
                yield connection
    finally:
        connection.close()


def _copy(
    file: Path, copy: Path, on_share: Callable[[float], None], cancelled: threading.Event | None
) -> None:
    """Copy a database as it is at one moment, also while others write to it."""
    source = _open_untouched(file)
    target = apsw.Connection(str(copy))
    try:
        with translate_full_disk(), target.backup("main", source, "main") as backup:
            while not backup.done:
                check_cancelled(cancelled)
                backup.step(_STEP)
                on_share(1 - backup.remaining / max(1, backup.page_count))
    finally:
        target.close()
        source.close()


def _copy_encrypted(
    file: Path, copy: Path, on_share: Callable[[float], None], cancelled: threading.Event | None
) -> None:
    """Copy a file and its log; SQLite's own way refuses a file that is encrypted."""

    def is_cancelled() -> bool:
        return cancelled is not None and cancelled.is_set()

    copy_file(file, copy, on_progress=lambda share, _bytes: on_share(share), cancelled=is_cancelled)
    log = file.with_name(file.name + "-wal")
    if log.exists():
        copy_file(log, copy.with_name(copy.name + "-wal"), cancelled=is_cancelled)


def _open_untouched(file: Path) -> apsw.Connection:
    """Open a file for reading so that nothing appears beside it, unless somebody is writing to it."""
    in_use = file.with_name(file.name + "-wal").exists()
    uri = file.resolve().as_uri() + ("?mode=ro" if in_use else "?mode=ro&immutable=1")
    source = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        source.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except BaseException:
        source.close()
        raise
    return source


def _check(copy: Path, key: bytes | None) -> None:
    """Look at a copy before anything of it is run."""
    connection = apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        if key is not None:
            give_key(connection, key)
        tables = {
            str(row[0])
            for row in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            )
        }
        version = int(connection.execute("PRAGMA user_version").fetchall()[0][0])
    finally:
        connection.close()
    newest = migrations.load_steps()[-1][0]
    if version > newest:
        message = f"This database (schema {version}) was written by a newer AI History (this one: {newest})."
        raise DatabaseTooNew(message, fix="Update AI History, then try again.")
    if version < 1 or not tables >= _NEEDED:
        message = "This is no database of AI History."
        raise InvalidInput(message, fix=_OTHER_FILE)


@contextmanager
def translate_full_disk() -> Iterator[None]:
    """Errors of writing in our words, those of reading as they are."""
    try:
        yield
    except apsw.FullError:
        with translate_errors():
            raise


@contextmanager
def _blame_file(cancelled: threading.Event | None) -> Iterator[None]:
    """Say of what SQLite cannot read that the file is to blame."""
    try:
        yield
    except apsw.FullError:
        with translate_errors():
            raise
    except apsw.Error as error:
        check_cancelled(cancelled)
        message = f"This database cannot be read: {type(error).__name__}."
        raise InvalidInput(message, fix="It is damaged. Choose another copy of it.") from error


def check_cancelled(cancelled: threading.Event | None) -> None:
    """Raise when somebody has said so.

    Raises:
        Cancelled.
    """
    if cancelled is not None and cancelled.is_set():
        message = "The request was cancelled."
        raise Cancelled(message)
