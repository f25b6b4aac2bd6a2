"""Numbered, frozen steps of the schema. Each shares a transaction with its record in `meta`.

A migration imports nothing of ours and is never edited after a release: a later one mends it.
Tables of derived data (full text, vectors) are not made here but in `fulltext` and `vectors`,
because they depend on what this SQLite can do and on the model in use.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable

import apsw

from host.core.errors import DatabaseTooNew
from host.storage.connection import begin

Step = Callable[[apsw.Connection], None]


def load_steps() -> list[tuple[int, Step]]:
    """Every migration of this package, in order: (number, function)."""
    found: list[tuple[int, Step]] = []
    for module in pkgutil.iter_modules(__path__):
        match = re.fullmatch(r"m(\d{4})_\w+", module.name)
        if match:
            loaded = importlib.import_module(f"{__name__}.{module.name}")
            found.append((int(match[1]), loaded.migrate))
    return sorted(found, key=lambda step: step[0])


def migrate(connection: apsw.Connection, steps: list[tuple[int, Step]] | None = None) -> int:
    """Bring the database to the newest schema.

    Args:
        connection: a writable connection with no transaction open.
        steps: the migrations, by default those of this package.

    Returns:
        how many steps were run.

    Raises:
        DatabaseTooNew: the file was written by a newer version of this program.
    """
    steps = load_steps() if steps is None else steps
    current = int(connection.execute("PRAGMA user_version").fetchall()[0][0])
    newest = steps[-1][0] if steps else 0
    if current > newest:
        known = f"(this one knows {newest})"
        message = f"This history database (schema {current}) was written by a newer AI History {known}."
        raise DatabaseTooNew(message, fix="Update AI History, or set AI_HISTORY_HOME to another folder.")
    ran = 0
    for number, step in steps:
        if number > current:
            with begin(connection):
                step(connection)
                connection.execute(f"PRAGMA user_version={number:d}")
            ran += 1
    return ran
