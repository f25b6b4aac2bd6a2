"""A damaged database: set aside, never overwritten, and what can be read of it copied into a new one."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import apsw

from host.core.errors import DatabaseLocked
from host.storage import migrations
from host.storage.connection import PAGE_SIZE, begin, open_connection, translate_errors
from host.storage.encryption import give_key, looks_encrypted, make_locked_error
from host.storage.erasing import erase, make_workspace

# In the order in which their rows refer to each other.
_TABLES = (
    "pages",
    "page_urls",
    "visits",
    "page_chunks",
    "captures",
    "settings",
    "categories",
    "tab_corrections",
    "conversations",
    "messages",
    "answer_sentences",
    "citations",
    "sentence_citations",
    "message_pages",
    "saved_queries",
    "growth",
)

# Tables without row ids have a key of their own.
_KEYS = {
    "settings": "key",
    "page_urls": "url",
    "sentence_citations": "sentence_id",
    "message_pages": "message_id",
    "growth": "day",
}

# Tables that a new database has rows in; those that were saved replace them.
_SEEDED = frozenset({"categories"})

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100


@dataclass(frozen=True)
class Recovery:
    """What a repair did.

    Attributes:
        backup: where the damaged file lies now.
        rows: how many rows of each table were read.
    """

    backup: Path
    rows: dict[str, int]


def rebuild_damaged(path: Path, key: bytes | None = None) -> Recovery:
    """Set the damaged database at `path` aside and build a new one from the rows that can still be read.

    Full text and vectors are derived and are made anew by the jobs that this queues.

    Args:
        path: the damaged file. It is renamed beside itself with the time in its name and stays there.
        key: of an encrypted database; the new one has the same.

    Returns:
        where the old file lies and what was saved.

    Raises:
        DatabaseLocked: it is encrypted, and nothing can be read with this key; it is where it was.
        DiskFull, StorageError: the new one could not be built; the damaged one is where it was.
    """
    if key is None and looks_encrypted(path):
        raise make_locked_error()
    backup = _free_name(path, time.strftime("%Y%m%d-%H%M%S"))
    # All is made in a folder of its own first: whatever goes wrong, the damaged file is still in its place.
    with make_workspace(path) as folder:
        fresh = folder / "fresh.db"
        with translate_errors():
            rows = _build(fresh, path, backup.name, key)
        if key is not None and not any(rows.values()):
            # Whether the key is another's or the damage complete cannot be told: the file stays.
            message = "Nothing in the encrypted history can be read with its key."
            raise DatabaseLocked(message, fix="Restore a backup: ai-history restore")
        for suffix in ("-wal", "-shm", ""):
            source = path.with_name(path.name + suffix)
            if source.exists():
                source.rename(backup.with_name(backup.name + suffix))
        fresh.rename(path)
    suspicion_path(path).unlink(missing_ok=True)
    return Recovery(backup, rows)


def _build(fresh: Path, damaged: Path, backup_name: str, key: bytes | None) -> dict[str, int]:
    new = open_connection(fresh, read_only=False, key=key)
    try:
        migrations.migrate(new)
        rows = _copy_readable(damaged, new, fresh.parent, key)
        with begin(new):
            new.execute(
                "INSERT OR IGNORE INTO jobs (kind, page_id, created_at)"
                " SELECT 'extract', page_id, captured_at FROM captures"
            )
            new.execute(
                "INSERT OR IGNORE INTO jobs (kind, page_id, created_at)"
                " SELECT 'embed', id, last_visit_at FROM pages"
            )
            new.execute("INSERT OR REPLACE INTO meta VALUES ('recovered_from', ?)", (backup_name,))
    finally:
        # The last connection folds the write-ahead log into the file as it closes.
        new.close()
    return rows


def delete_set_aside(path: Path) -> int:
    """Delete the damaged files that were set aside for the database at `path`; returns how many.

    They hold what was deleted from the database since, so they go when their owner deletes anything.
    """
    found = list(path.parent.glob(f"{path.stem}.damaged-*"))
    for file in found:
        erase(file)
    return len(found)


def suspicion_path(path: Path) -> Path:
    """The file whose presence says that damage was met in the database at `path`."""
    return path.with_name(path.name + "-suspect")


def _free_name(path: Path, stamp: str) -> Path:
    backup = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    number = 2
    while backup.exists():
        backup = path.with_name(f"{path.stem}.damaged-{stamp}-{number}{path.suffix}")
        number += 1
    return backup


def _copy_readable(damaged: Path, new: apsw.Connection, folder: Path, key: bytes | None) -> dict[str, int]:
    # A copy is read, so that the damaged file stays as it was found.
    copy = folder / "copy.db"
    for suffix in ("", "-wal"):
        source = damaged.with_name(damaged.name + suffix)
        if source.exists():
            shutil.copyfile(source, copy.with_name(copy.name + suffix))
    if key is None:
        _mend_header(copy, new)
        return _copy_tables(copy, new)
    # Pages that are not as they were written are refused, unless that leaves nothing (the first is one).
    counts = _copy_tables(copy, new, key)
    return counts if any(counts.values()) else _copy_tables(copy, new, key, authenticated=False)


def _mend_header(file: Path, sound: apsw.Connection) -> None:
    """Put a sound header in place of one that is not SQLite's: all databases of ours begin alike."""
    size = file.stat().st_size
    with file.open("r+b") as damaged:
        if size < PAGE_SIZE or damaged.read(len(_MAGIC)) == _MAGIC:
            return
        sound.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with Path(sound.db_filename("main")).open("rb") as whole:
            header = bytearray(whole.read(_HEADER_BYTES))
        # Bytes 28 to 40: the number of pages, and the list of free ones, which is not known.
        header[28:40] = (size // PAGE_SIZE).to_bytes(4, "big") + bytes(8)
        damaged.seek(0)
        damaged.write(header)


def _copy_tables(
    copy: Path, new: apsw.Connection, key: bytes | None = None, *, authenticated: bool = True
) -> dict[str, int]:
    counts = dict.fromkeys(_TABLES, 0)
    try:
        # Not read-only: a write-ahead log that was left behind must be played in first.
        old = apsw.Connection(str(copy))
    except apsw.Error:
        return counts
    try:
        if key is not None:
            give_key(old, key, authenticated=authenticated)
        old.execute("PRAGMA cell_size_check=ON")
        # Without this SQLite refuses a file that was cut off, also what is left of it.
        old.execute("PRAGMA writable_schema=ON")
        for table in _TABLES:
            counts[table] = _copy_table(old, new, table)
    except apsw.Error:
        # Nothing more can be read, not even the list of tables.
        return counts
    finally:
        old.close(True)
    return counts


def _copy_table(old: apsw.Connection, new: apsw.Connection, table: str) -> int:
    """Copy a table row by row, forwards to the first damaged page and then backwards from the end."""
    wanted = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
    found = {row[1] for row in old.execute(f"PRAGMA table_info({table})")}
    # Vectors are made anew, so nothing may claim to have one.
    columns = [name for name in wanted if name in found and name != "embedded_with"]
    if not columns:
        return 0
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    conflict = "REPLACE" if table in _SEEDED else "IGNORE"
    insert = f"INSERT OR {conflict} INTO {table} ({names}) VALUES ({marks})"
    before = new.total_changes()
    key = _KEYS.get(table, "rowid")
    with translate_errors(), begin(new):
        for direction in ("ASC", "DESC"):
            try:
                for row in old.execute(f"SELECT {names} FROM {table} ORDER BY {key} {direction}"):
                    _insert_if_whole(new, insert, row)
            except apsw.Error:
                continue
            break
    return int(new.total_changes() - before)


def _insert_if_whole(new: apsw.Connection, insert: str, row: tuple[object, ...]) -> None:
    # What the new file refuses is no damage of the old one, and must not be taken for it.
    with translate_errors():
        try:
            new.execute(insert, row)
        except apsw.ConstraintError:
            # Half a row, or one whose page could not be read.
            return
