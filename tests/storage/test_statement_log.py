from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import apsw
import pytest

from host.core.cause import BACKGROUND, CAUSE, Cause
from host.core.errors import StorageError
from host.storage.statement_log import StatementLog
from tests.makers import add_page, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.storage.database import Database
    from host.storage.statement_log import Entry

SEARCH = Cause("search.query", "1:7")
ASK = "SELECT key FROM meta WHERE value = ?"


@pytest.fixture
def request_under_way() -> Iterator[None]:
    """What this thread does is done for a search."""
    token = CAUSE.set(SEARCH)
    yield
    CAUSE.reset(token)


@pytest.fixture
def log() -> StatementLog:
    return StatementLog(kept=5)


def _watched(log: StatementLog) -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    log.watch(connection)
    return connection


def _ask(database: Database, value: str) -> None:
    database.read(lambda connection: connection.execute(ASK, (value,)).fetchall())


def _last(database: Database) -> Entry:
    return database.statements.read()[-1]


@pytest.mark.usefixtures("request_under_way")
def test_what_a_request_reads_and_what_the_write_lane_does_for_it_carry_its_name(database: Database) -> None:
    database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    _ask(database, "x")
    found = database.statements.read(requests={SEARCH.request})
    assert {entry.kind for entry in found} == {"read", "write"}
    assert [entry.sql for entry in found if entry.sql.startswith(("BEGIN", "COMMIT"))] == [
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]
    assert _last(database).sql == ASK
    assert {entry.cause for entry in found} == {SEARCH}
    assert all(entry.took_ms > 0 for entry in found)


def test_what_nobody_asked_for_is_of_the_background(database: Database) -> None:
    _ask(database, "x")
    assert _last(database).cause == BACKGROUND
    assert not database.statements.read(requests={SEARCH.request})
    assert database.statements.read(method="background")


def test_values_are_not_kept_unless_somebody_asks_for_them(database: Database) -> None:
    _ask(database, "a person's word")
    assert _last(database).values is None


def test_values_that_are_kept_are_short(log: StatementLog) -> None:
    connection = _watched(log)
    log.keep_values()
    connection.execute(ASK, ("word",)).fetchall()
    connection.execute("SELECT :text, :data, :number", {"text": "x" * 5000, "data": b"ab" * 500, "number": 7})
    connection.execute("SELECT ?1 + 1" + ", 1" * 200, [3]).fetchall()
    log_values = [entry.values for entry in log.read()]
    assert log_values[0] == ["word"]
    assert isinstance(log_values[1], dict)
    assert log_values[1]["number"] == 7
    assert log_values[1]["text"] == {"kind": "text", "value": "x" * 300, "length": 5000}
    assert log_values[1]["data"] == {"kind": "blob", "bytes": 1000, "hex": (b"ab" * 8).hex()}
    log.forget_values()
    connection.close()


def test_values_are_forgotten_when_they_are_switched_off(log: StatementLog) -> None:
    connection = _watched(log)
    log.keep_values()
    connection.execute(ASK, ("word",)).fetchall()
    assert log.read()[-1].values == ["word"]
    log.forget_values()
    assert log.read()[-1].values is None
    connection.execute(ASK, ("another",)).fetchall()
    assert log.read()[-1].values is None
    connection.close()


def test_values_are_forgotten_by_themselves_after_a_while() -> None:
    log = StatementLog(keep_values_s=0.05)
    connection = _watched(log)
    log.keep_values()
    connection.execute(ASK, ("word",)).fetchall()
    wait_until(lambda: not log.keeps_values, "the values are let go")
    assert [entry.values for entry in log.read()] == [None]
    # Nothing is left that would look again.
    wait_until(
        lambda: all(thread.name != "statement-values" for thread in threading.enumerate()), "the clock stops"
    )
    connection.close()


def test_who_asks_again_keeps_them_for_longer() -> None:
    log = StatementLog(keep_values_s=0.05)
    log.keep_values()
    first = log._timer
    log._keeps_until += 60.0
    wait_until(lambda: log._timer is not first, "the clock was looked at")
    assert log.keeps_values
    log.forget_values()


def test_an_entry_that_falls_out_of_the_log_takes_its_values_along(log: StatementLog) -> None:
    connection = _watched(log)
    log.keep_values()
    connection.execute(ASK, ("word",)).fetchall()
    first = log.read()[0]
    for number in range(5):
        connection.execute(f"SELECT {number:d}").fetchall()
    assert first not in log.read()
    assert first.values is None
    log.forget_values()
    connection.close()


def test_the_log_is_bounded_and_its_numbers_go_on(log: StatementLog) -> None:
    connection = _watched(log)
    for number in range(20):
        connection.execute(f"SELECT {number:d}").fetchall()
    found = log.read()
    assert [entry.n for entry in found] == [16, 17, 18, 19, 20]
    assert [entry.n for entry in log.read(after=18)] == [19, 20]
    assert [entry.n for entry in log.read(limit=2)] == [19, 20]
    connection.execute(f"SELECT 1 -- {'x' * 50_000}").fetchall()
    assert len(log.read()[-1].sql) == 20_000
    connection.close()


def test_the_same_statement_again_and_again_is_one_entry(log: StatementLog) -> None:
    connection = _watched(log)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [("a", "1"), ("b", "2"), ("c", "3")])
    for value in ("1", "2"):
        assert list(connection.execute(ASK, (value,)))
    assert [(entry.sql[:6], entry.times) for entry in log.read()] == [("INSERT", 3), ("SELECT", 2)]
    token = CAUSE.set(SEARCH)
    connection.execute(ASK, ("3",)).fetchall()
    CAUSE.reset(token)
    assert log.read()[-1].times == 1
    connection.close()


def test_changed_rows_are_counted(log: StatementLog) -> None:
    connection = _watched(log)
    connection.execute("INSERT INTO meta VALUES ('a', '1'), ('b', '2')")
    connection.execute("UPDATE meta SET value = '3'")
    connection.execute("SELECT 1").fetchall()
    assert [(entry.kind, entry.rows) for entry in log.read()] == [("write", 2), ("write", 2), ("read", None)]
    connection.close()


def test_rows_are_the_same_whether_or_not_anybody_watches(log: StatementLog) -> None:
    connection = _watched(log)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [(str(number), "x") for number in range(50)])
    every = connection.execute("SELECT key FROM meta ORDER BY rowid")
    assert next(every) == ("0",)
    assert [key for (key,) in every] == [str(number) for number in range(1, 50)]
    assert connection.execute("SELECT key FROM meta ORDER BY rowid LIMIT 2").fetchall() == [("0",), ("1",)]
    assert list(connection.execute("SELECT 1 WHERE 0")) == []
    connection.close()


def test_a_statement_that_fails_is_there_as_well(database: Database) -> None:
    with pytest.raises(StorageError):
        database.read(lambda connection: connection.execute("SELECT * FROM nowhere").fetchall())
    assert _last(database).sql == "SELECT * FROM nowhere"


def test_no_key_is_ever_kept(log: StatementLog, tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / "some.db"))
    log.watch(connection)
    connection.execute("PRAGMA  hexkey='00112233'")
    connection.execute("pragma rekey = 'secret'")
    connection.execute(f"ATTACH '{tmp_path / 'other.db'}' AS other KEY 'secret'")
    connection.execute("PRAGMA foreign_keys")
    assert [entry.sql for entry in log.read()] == ["PRAGMA foreign_keys"]
    connection.close()


def test_values_reach_no_file(database: Database, tmp_path: Path) -> None:
    database.statements.keep_values()
    _ask(database, "quagmirically")
    assert _last(database).values == ["quagmirically"]
    database.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"quagmirically" in file.read_bytes()]
    # Nor do they outlive the database in memory.
    assert _last(database).values is None
