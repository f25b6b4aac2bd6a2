"""Statements that a person keeps, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw


@dataclass(frozen=True)
class KeptQuery:
    """A statement that was kept.

    Attributes:
        id: its number.
        name: which no other has, in whatever case.
        sql: the statement.
        updated_at: UTC milliseconds.
    """

    id: int
    name: str
    sql: str
    updated_at: int


def read_queries(connection: apsw.Connection) -> list[KeptQuery]:
    """All of them, by name."""
    rows = connection.execute("SELECT id, name, sql, updated_at FROM saved_queries ORDER BY name, id")
    return [KeptQuery(*row) for row in rows]


def save_query(connection: apsw.Connection, name: str, sql: str, at: int) -> None:
    """Keep a statement; one of the same name is replaced."""
    connection.execute(
        "INSERT INTO saved_queries (name, sql, updated_at) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET name = excluded.name, sql = excluded.sql,"
        " updated_at = excluded.updated_at",
        (name, sql, at),
    )


def find_query_name(connection: apsw.Connection, query_id: int) -> str | None:
    """The name of a statement; None when there is none of that id."""
    rows = connection.execute("SELECT name FROM saved_queries WHERE id = ?", (query_id,)).fetchall()
    return str(rows[0][0]) if rows else None


def delete_named_query(connection: apsw.Connection, name: str) -> bool:
    """Delete the statement of a name, in whatever case. Returns whether there was one."""
    connection.execute("DELETE FROM saved_queries WHERE name = ?", (name,))
    return bool(connection.changes())
