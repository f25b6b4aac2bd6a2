"""Copies of a database: whole, without free pages and so without what was deleted, cancellable."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

import apsw

from host.core.errors import DiskFull, StorageError
from host.storage.cancelling import cancellable, make_cancelled_error, never
from host.storage.connection import open_connection, translate_errors
from host.storage.encryption import name_copy
from host.storage.replacement import sync, sync_folder, translate_file_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.storage.cancelling import Cancelling
    from host.storage.database import Database

    # Told the share that is done (0 to 1) and the bytes that are written.
    OnProgress = Callable[[float, int], None]

# Left for everyone else on the disk.
SPARE_BYTES = 32 << 20
_BLOCK = 1 << 20


def tell_nobody(_share: float, _written: int) -> None:
    """Nobody wants to know."""


def copy_database(
    database: Database,
    target: Path,
    *,
    on_progress: OnProgress = tell_nobody,
    cancelled: Cancelling = never,
) -> None:
    """Copy what `database` holds now into the new file `target`, with the same key; writers go on meanwhile.

    Args:
        database: open.
        target: is not there yet, or is empty. It is whole and durable when this returns, and gone when it
            raises.
        on_progress: told the share and the bytes.
        cancelled: looked at about ten times a second.

    Raises:
        Cancelled, DiskFull, StorageError.
    """

    def copy(_: apsw.Connection) -> None:
        copy_file_of(
            database.path,
            database.key,
            target,
            database.key,
            on_progress=on_progress,
            cancelled=cancelled,
        )

    # As a read, so that the file is not exchanged meanwhile.
    database.read(copy)


def copy_file_of(
    source: Path,
    source_key: bytes | None,
    target: Path,
    target_key: bytes | None,
    *,
    on_progress: OnProgress = tell_nobody,
    cancelled: Cancelling = never,
) -> None:
    """Copy the database at `source` into the new file `target`, with another key, or in clear; see above.

    Args:
        source: the file; others may have it open.
        source_key: of the source.
        target: is not there yet.
        target_key: of the copy.
        on_progress: told the share and the bytes.
        cancelled: looked at about ten times a second.

    Raises:
        Cancelled, DiskFull, DatabaseCorrupt, StorageError.
    """
    # A connection of its own: the copy's address may hold a key, and no log of statements may have that.
    flags = apsw.SQLITE_OPEN_URI if target_key is not None else 0
    address = name_copy(target, target_key) if target_key is not None else str(target)
    try:
        with translate_errors():
            connection = open_connection(source, read_only=True, key=source_key, extra_flags=flags)
            try:
                copy_connection(
                    connection, target, address=address, on_progress=on_progress, cancelled=cancelled
                )
            finally:
                connection.close()
    except StorageError as error:
        if type(error) is not StorageError or target_key is None:
            raise
        # SQLite's own words name the address.
        message = "The database could not be copied."
        raise StorageError(message, fix="Look at the free disk space, and try again.") from None


def copy_connection(
    connection: apsw.Connection,
    target: Path,
    *,
    address: str,
    on_progress: OnProgress = tell_nobody,
    cancelled: Cancelling = never,
) -> None:
    """Copy what `connection` reads into the new file `target`; see `copy_database`.

    Args:
        connection: no transaction is open; it may be read-only.
        target: the file.
        address: its path, or where it has a key what `host.storage.encryption.name_copy` says: SQLite writes
            a copy in clear otherwise.
        on_progress: told the share and the bytes.
        cancelled: looked at about ten times a second.

    Raises:
        Cancelled, DiskFull; apsw's own errors, for the caller to translate.
    """
    wanted = measure_content(connection)
    ensure_room(target.parent, wanted)

    def tell() -> None:
        if target.exists():
            written = target.stat().st_size
            on_progress(min(1.0, written / max(1, wanted)), written)

    reads_only = bool(connection.execute("PRAGMA query_only").fetchall()[0][0])
    # VACUUM INTO changes nothing, but counts as a change.
    connection.execute("PRAGMA query_only=OFF")
    try:
        with cancellable(connection, cancelled, tell):
            connection.execute("VACUUM INTO ?", (address,))
        with translate_file_errors():
            target.chmod(0o600)
            sync(target)
    except BaseException:
        target.unlink(missing_ok=True)
        target.with_name(target.name + "-journal").unlink(missing_ok=True)
        raise
    finally:
        if reads_only:
            connection.execute("PRAGMA query_only=ON")
    on_progress(1.0, target.stat().st_size)


def copy_file(
    source: Path, target: Path, *, on_progress: OnProgress = tell_nobody, cancelled: Cancelling = never
) -> None:
    """Copy a file byte for byte, its source untouched.

    Raises:
        Cancelled, DiskFull, StorageError: the target is gone.
    """
    wanted = source.stat().st_size
    ensure_room(target.parent, wanted)
    written = 0
    try:
        with translate_file_errors(), source.open("rb") as reading, target.open("xb") as writing:
            target.chmod(0o600)
            while block := reading.read(_BLOCK):
                if cancelled():
                    raise make_cancelled_error()
                written += writing.write(block)
                on_progress(min(1.0, written / max(1, wanted)), written)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def measure_content(connection: apsw.Connection) -> int:
    """The bytes that a copy takes: all pages but the free ones."""

    def one(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchall()[0][0])

    return (one("page_count") - one("freelist_count")) * one("page_size")


def ensure_room(folder: Path, wanted: int) -> None:
    """Check that a file of `wanted` bytes fits into `folder`.

    Raises:
        DiskFull: it does not; nothing was written.
    """
    free = shutil.disk_usage(folder).free
    if free < wanted + SPARE_BYTES:
        message = f"There is not enough room: it takes {_spell(wanted)}, and {_spell(free)} are free."
        raise DiskFull(message, fix="Free some disk space, or choose another folder.")


def make_part(target: Path) -> Path:
    """A new, empty file beside `target`, to be written until it is complete; the name is nobody else's.

    Raises:
        DiskFull, StorageError: the system refuses.
    """
    part = target.with_name(f"{target.name}.{secrets.token_hex(8)}.part")
    with translate_file_errors():
        part.touch(mode=0o600, exist_ok=False)
    return part


def finish_file(part: Path, target: Path) -> None:
    """Give a file that is complete its name, which must be free.

    Raises:
        DiskFull, StorageError: the name is taken, or the system refuses.
    """
    with translate_file_errors():
        part.chmod(0o600)
        sync(part)
        try:
            target.hardlink_to(part)
        except FileExistsError:
            raise
        except OSError:
            # This file system gives no second names.
            part.rename(target)
        else:
            part.unlink()
        sync_folder(target.parent)


def _spell(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
