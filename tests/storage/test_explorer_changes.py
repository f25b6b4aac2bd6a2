"""A change of rows is bounded, and leaves nothing behind where it is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import DiskFull, Timeout
from host.storage.explorer_changes import change_rows
from host.storage.explorer_connection import open_explorer
from host.storage.explorer_limits import Watch
from host.storage.explorer_running import Run
from tests.makers import add_page

if TYPE_CHECKING:
    from host.storage.database import Database

ASKED: dict[str, Any] = {"params": None, "plan": False, "limit": 10, "offset": 0, "preview": False}


def _count_committed(database: Database, sql: str, watch: Watch, growth: int = 1 << 20) -> int:
    """Run a change; returns how often it said that it is being kept."""
    said: list[None] = []
    connection = open_explorer(database.path, None, write=True, growth=growth)
    try:
        change_rows(Run(connection, sql, watch, write=True), ASKED, lambda: said.append(None))
    finally:
        connection.close()
    return len(said)


def test_a_database_grows_by_so_much_at_once_and_not_more(database: Database) -> None:
    database.write(lambda connection: add_page(connection, "https://a.example/", "text"))
    small = "UPDATE pages SET content_text = hex(zeroblob(100000))"
    assert _count_committed(database, small, Watch(10.0)) == 1
    with pytest.raises(DiskFull):
        _count_committed(database, "UPDATE pages SET content_text = hex(zeroblob(10000000))", Watch(10.0))
    length = "SELECT length(content_text) FROM pages"
    assert database.read(lambda connection: connection.execute(length).fetchall()) == [(200_000,)]
    assert database.write(lambda connection: add_page(connection, "https://b.example/", "x" * 3_000_000)) == 2


def test_a_change_whose_time_is_up_before_it_is_kept_is_not_kept(database: Database) -> None:
    database.write(lambda connection: add_page(connection, "https://a.example/", "text"))
    # Too short to be looked at by SQLite itself.
    watch = Watch(10.0)
    watch.deadline = 0.0
    with pytest.raises(Timeout):
        _count_committed(database, "DELETE FROM visits", watch)
    assert database.read(lambda connection: connection.execute("SELECT count(*) FROM visits").fetchall()) == [
        (1,)
    ]
