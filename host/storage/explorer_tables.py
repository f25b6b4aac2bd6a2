"""Which tables a database has, and of what kind they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import apsw

Kind = Literal["table", "view", "virtual", "shadow"]


@dataclass(frozen=True)
class TableName:
    """A table or view.

    Attributes:
        kind: `shadow` is the inside of a virtual table.
        sql: what made it.
    """

    name: str
    kind: Kind
    sql: str


def list_tables(connection: apsw.Connection) -> list[TableName]:
    """All of them: those of people's interest first, SQLite's own after them, insides last."""
    rows = connection.execute(
        "SELECT list.name, list.type, coalesce(main.sql, '') FROM pragma_table_list AS list"
        " LEFT JOIN sqlite_schema AS main ON main.name = list.name"
        " WHERE list.schema = 'main' AND list.name NOT LIKE 'sqlite\\_%schema' ESCAPE '\\'"
    ).fetchall()
    virtual = tuple(f"{name}_" for name, kind, _ in rows if kind == "virtual")
    found = [
        # sqlite-vec does not tell SQLite about all of its tables.
        TableName(name, "shadow" if kind == "table" and name.startswith(virtual) else kind, sql)
        for name, kind, sql in rows
    ]
    return sorted(
        found, key=lambda table: (table.kind == "shadow", table.name.startswith("sqlite_"), table.name)
    )


def list_insides(connection: apsw.Connection) -> frozenset[str]:
    """The names of tables that virtual tables keep their rows in."""
    return frozenset(table.name for table in list_tables(connection) if table.kind == "shadow")
