"""What a database holds, for people who write statements: tables, columns, counts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import apsw

from host.storage.explorer_descriptions import describe_table
from host.storage.explorer_tables import list_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.storage.explorer_tables import Kind, TableName

# Counting stops for a table, and for all of them.
COUNT_S = 0.25
ALL_COUNTS_S = 0.8
_STEPS_BETWEEN_LOOKS = 2000
_LONGEST_SQL = 4000
# Its rows are made from all of full text, each time.
_VOCABULARY = "fts5vocab"


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    primary_key: bool
    not_null: bool


@dataclass(frozen=True)
class Table:
    """A table or view.

    Attributes:
        rows: None where counting takes too long.
    """

    name: str
    kind: Kind
    columns: list[Column] = field(default_factory=list)
    rows: int | None = None
    sql: str = ""
    description: str = ""


def read_schema(connection: apsw.Connection, clock: Callable[[], float] = time.monotonic) -> list[Table]:
    """Every table: those of people's interest first, shadow tables last.

    Args:
        connection: without rules.
        clock: seconds; counting ends by it.
    """
    tables = list_tables(connection)
    names = {table.name for table in tables}
    counter = _Counter(connection, clock)
    found = []
    for table in tables:
        counted = _find_countable(table, names)
        found.append(
            Table(
                name=table.name,
                kind=table.kind,
                columns=_read_columns(connection, table.name),
                rows=counter.count(counted) if counted else None,
                sql=table.sql[:_LONGEST_SQL],
                description=describe_table(table.name, table.kind),
            )
        )
    return found


def read_dimensions(connection: apsw.Connection) -> list[int]:
    """The dimensions of the vectors that are stored."""
    try:
        rows = connection.execute("SELECT DISTINCT dimensions FROM vector_spaces").fetchall()
    except apsw.SQLError:
        return []
    return [int(row[0]) for row in rows]


def _find_countable(table: TableName, names: set[str]) -> str | None:
    """A table with as many rows, which counts faster: a virtual one reads more than its numbers of rows."""
    if table.kind == "view" or _VOCABULARY in table.sql.lower():
        return None
    counted = (f"{table.name}_rowids", f"{table.name}_docsize")
    return next((name for name in counted if name in names), table.name)


def _read_columns(connection: apsw.Connection, table: str) -> list[Column]:
    try:
        rows = connection.execute(
            'SELECT name, type, pk, "notnull" FROM pragma_table_info(?)', (table,)
        ).fetchall()
    except apsw.Error:
        # A virtual table whose module cannot be loaded here.
        return []
    return [Column(name, kind or "", bool(key), bool(full)) for name, kind, key, full in rows]


class _Counter:
    """Counts rows, and gives up in time."""

    def __init__(self, connection: apsw.Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock
        self._end = clock() + ALL_COUNTS_S

    def count(self, table: str) -> int | None:
        end = min(self._end, self._clock() + COUNT_S)
        quoted = table.replace('"', '""')
        self._connection.set_progress_handler(lambda: self._clock() > end, _STEPS_BETWEEN_LOOKS)
        try:
            if self._clock() > end:
                return None
            return int(self._connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchall()[0][0])
        except apsw.Error:
            return None
        finally:
            self._connection.set_progress_handler(None)
