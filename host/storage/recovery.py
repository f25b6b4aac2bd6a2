"""A damaged database: set aside, never overwritten, and what can be read of it copied into a new one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from host.storage import migrations
from host.storage.connection import open_connection

if TYPE_CHECKING:
    from pathlib import Path

# In the order in which their rows refer to each other.
_TABLES = ("pages", "visits", "page_chunks", "captures", "settings")


@dataclass(frozen=True)
class Recovery:
    """What a repair did.

    Attributes:
        backup: where the damaged file lies now.
        rows: how many rows of each table were read.
    """

    backup: Path
    rows: dict[str, int]


def rebuild_damaged(path: Path) -> Recovery:
    """Set the damaged database at `path` aside and build a new one from the rows that can still be read.

    Full text and vectors are derived and are made anew by the jobs that this queues.

    Args:
        path: the damaged file. It is renamed beside itself with the time in its name and stays there.

    Returns:
        where the old file lies and what was saved.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    backup = _free_name(path, stamp)
    for suffix in ("-wal", "-shm", ""):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(backup.with_name(backup.name + suffix))
    new = open_connection(path, read_only=False)
    try:
        migrations.migrate(new)
        rows = _copy_readable(backup, new)
        with new:
            new.execute(
                "INSERT OR IGNORE INTO jobs (kind, page_id, created_at)"
                " SELECT 'extract', page_id, captured_at FROM captures"
            )
            new.execute(
                "INSERT OR IGNORE INTO jobs (kind, page_id, created_at)"
                " SELECT 'embed', id, last_visit_at FROM pages"
            )
            new.execute("INSERT OR REPLACE INTO meta VALUES ('recovered_from', ?)", (backup.name,))
    finally:
        new.close()
    return Recovery(backup, rows)


def _free_name(path: Path, stamp: str) -> Path:
    backup = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    number = 2
    while backup.exists():
        backup = path.with_name(f"{path.stem}.damaged-{stamp}-{number}{path.suffix}")
        number += 1
    return backup


def _copy_readable(backup: Path, new: apsw.Connection) -> dict[str, int]:
    counts = dict.fromkeys(_TABLES, 0)
    try:
        # Not read-only: a write-ahead log that was left behind must be played in first.
        old = apsw.Connection(str(backup))
    except apsw.Error:
        return counts
    try:
        old.execute("PRAGMA cell_size_check=ON")
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
    insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own schema
    before = new.total_changes()
    # "key" is the key of a table without row ids.
    key = "key" if table == "settings" else "rowid"
    with new:
        for direction in ("ASC", "DESC"):
            try:
                for row in old.execute(f"SELECT {names} FROM {table} ORDER BY {key} {direction}"):  # noqa: S608
                    _insert_if_whole(new, insert, row)
            except apsw.Error:
                continue
            break
    return int(new.total_changes() - before)


def _insert_if_whole(new: apsw.Connection, insert: str, row: tuple[object, ...]) -> None:
    try:
        new.execute(insert, row)
    except apsw.ConstraintError:
        # Half a row, or one whose page could not be read.
        return
