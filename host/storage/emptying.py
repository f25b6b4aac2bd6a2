"""A database with nothing in it, but for what is kept of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.storage import migrations
from host.storage.connection import begin, open_connection, translate_errors

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from host.storage.database import Database

# What a person has set and made, which is not what they have read.
KEPT_TABLES = ("settings", "categories", "saved_queries")


def build_empty(database: Database, target: Path, *, keep_settings: bool) -> None:
    """Make the new file `target` with the newest schema and the key of `database`.

    Args:
        database: whose settings, categories and saved statements are kept.
        target: is not there yet.
        keep_settings: False for a database as a new installation has it.

    Raises:
        DiskFull, StorageError.
    """

    def read(connection: apsw.Connection) -> dict[str, tuple[list[str], list[tuple[object, ...]]]]:
        return {table: _read_table(connection, table) for table in KEPT_TABLES}

    kept = database.read(read) if keep_settings else {}
    with translate_errors():
        new = open_connection(target, read_only=False, key=database.key)
        try:
            # Nobody depends on it yet, and it is written to the disk before it is put in place.
            new.execute("PRAGMA synchronous=OFF")
            migrations.migrate(new)
            with begin(new):
                for table, (columns, rows) in kept.items():
                    new.execute(f"DELETE FROM {table}")
                    marks = ", ".join("?" * len(columns))
                    new.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
        finally:
            new.close()


def _read_table(connection: apsw.Connection, table: str) -> tuple[list[str], list[tuple[object, ...]]]:
    columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
    return columns, list(connection.execute(f"SELECT {', '.join(columns)} FROM {table}"))
