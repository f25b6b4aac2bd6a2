from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import DatabaseCorrupt, DatabaseTooNew, NotReady, StorageError
from host.storage import database as database_module
from host.storage import gate as gate_module
from host.storage import opening as opening_module
from host.storage.connection import open_connection
from host.storage.database import Database
from host.storage.replacement import make_workspace, put_in_place
from tests.makers import WAIT_S, add_page, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

# Rows that are long enough for a scan of them to be under way when it is interrupted.
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def _urls(connection: apsw.Connection) -> list[str]:
    return [str(row[0]) for row in connection.execute("SELECT url FROM pages ORDER BY id")]


def _check(connection: apsw.Connection) -> list[object]:
    return list(connection.execute("PRAGMA integrity_check"))


@pytest.fixture
def workspace(database: Database) -> Iterator[Path]:
    """A folder on the same file system."""
    with make_workspace(database.path) as folder:
        yield folder


def _make_other(folder: Path, *urls: str) -> Path:
    path = folder / "other.db"
    with Database(path) as other:
        for url in urls:
            other.write(lambda connection, url=url: add_page(connection, url, "words of the other"))  # type: ignore[misc]
    return path


def _start(function: object, *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=function, args=arguments)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_what_replaces_a_database_is_read_and_written_by_threads_that_had_the_former_open(
    database: Database, workspace: Path
) -> None:
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    assert database.read(_urls) == ["https://old.example/"]
    database.replace(_make_other(workspace, "https://new.example/"))
    assert database.read(_urls) == ["https://new.example/"]
    database.write(lambda connection: add_page(connection, "https://later.example/", "later"))
    assert database.read(_urls) == ["https://new.example/", "https://later.example/"]
    assert database.read(_check) == [("ok",)]
    database.close()
    with Database(database.path) as again:
        assert again.read(_urls) == ["https://new.example/", "https://later.example/"]


def test_the_former_file_is_kept_with_all_that_was_acknowledged(
    database: Database, workspace: Path, tmp_path: Path
) -> None:
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    kept = tmp_path / "backups" / "kept.db"
    database.replace(_make_other(workspace), keep_old=kept)
    assert database.read(_urls) == []
    with Database(kept) as former:
        assert former.read(_urls) == ["https://old.example/"]


def test_without_a_wish_to_keep_it_nothing_of_the_former_file_is_left(
    database: Database, workspace: Path
) -> None:
    database.write(lambda connection: add_page(connection, "https://old.example/", "zanzibarquokka"))
    database.replace(_make_other(workspace))
    found = [file for file in database.path.parent.rglob("*") if file.is_file()]
    assert found
    assert not [file for file in found if b"zanzibarquokka" in file.read_bytes()]


def test_a_writer_that_waits_during_the_exchange_writes_to_the_new_file(
    database: Database, workspace: Path
) -> None:
    other = _make_other(workspace, "https://new.example/")
    threads: list[threading.Thread] = []

    def add(url: str) -> None:
        database.write(lambda connection: add_page(connection, url, "waited"))

    def tell() -> None:
        threads.append(_start(add, "https://waited.example/"))
        wait_until(lambda: database._lane._queue.qsize() == 1, "it is queued")

    database.before_replace.append(tell)
    database.replace(other)
    threads[0].join(WAIT_S)
    assert database.read(_urls) == ["https://new.example/", "https://waited.example/"]


def test_a_read_that_comes_meanwhile_waits_and_sees_the_new_file(database: Database, workspace: Path) -> None:
    other = _make_other(workspace, "https://new.example/")
    seen: list[list[str]] = []
    threads: list[threading.Thread] = []
    database.on_replace.append(lambda _: threads.append(_start(lambda: seen.append(database.read(_urls)))))
    database.replace(other)
    threads[0].join(WAIT_S)
    assert seen == [["https://new.example/"]]


def test_a_long_read_is_interrupted_and_run_again_on_the_new_file(
    database: Database, workspace: Path
) -> None:
    other = _make_other(workspace, "https://new.example/")
    inside = threading.Event()
    seen: list[list[str]] = []

    def scan(connection: apsw.Connection) -> list[str]:
        if not inside.is_set():
            inside.set()
            connection.execute(ENDLESS).fetchall()
        return _urls(connection)

    thread = _start(lambda: seen.append(database.read(scan)))
    assert inside.wait(WAIT_S)
    database.replace(other)
    thread.join(WAIT_S)
    assert seen == [["https://new.example/"]]


def test_an_interrupt_that_has_nothing_to_do_with_an_exchange_is_told(database: Database) -> None:
    inside = threading.Event()
    told: list[str] = []

    def scan(connection: apsw.Connection) -> None:
        inside.set()
        connection.execute(ENDLESS).fetchall()

    def run() -> None:
        try:
            database.read(scan)
        except Exception as error:  # noqa: BLE001
            told.append(type(error).__name__)

    thread = _start(run)
    assert inside.wait(WAIT_S)
    while thread.is_alive():
        database.interrupt_reads()
        thread.join(0.01)
    assert told == ["InterruptError"]


def test_a_reader_that_does_not_end_leaves_the_former_file_in_place(
    database: Database, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "WAIT_S", 0.3)
    other = _make_other(workspace, "https://new.example/")
    inside, go_on = threading.Event(), threading.Event()

    def hold(_: apsw.Connection) -> None:
        inside.set()
        assert go_on.wait(WAIT_S)

    thread = _start(database.read, hold)
    assert inside.wait(WAIT_S)
    with pytest.raises(NotReady, match="being read"):
        database.replace(other)
    go_on.set()
    thread.join(WAIT_S)
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    assert database.read(_urls) == ["https://old.example/"]


def test_a_read_within_a_read_does_not_wait_for_itself(database: Database, workspace: Path) -> None:
    other = _make_other(workspace, "https://new.example/")
    inside, shut = threading.Event(), threading.Event()
    seen: list[list[str]] = []

    def outer(_: apsw.Connection) -> None:
        inside.set()
        assert shut.wait(WAIT_S)
        seen.append(database.read(_urls))

    reader = _start(database.read, outer)
    assert inside.wait(WAIT_S)
    writer = _start(database.replace, other)
    wait_until(lambda: database._gate.shuttings == 1, "the gate is shut")
    shut.set()
    reader.join(WAIT_S)
    writer.join(WAIT_S)
    assert seen == [[]]
    assert database.read(_urls) == ["https://new.example/"]


def test_work_of_several_steps_never_mixes_the_rows_of_two_files(database: Database, workspace: Path) -> None:
    page_id = database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    other = _make_other(workspace, "https://new.example/")

    def rename(connection: apsw.Connection) -> None:
        connection.execute("UPDATE pages SET title = 'of the old one' WHERE id = ?", (page_id,))

    with database.steady():
        assert database.read(_urls) == ["https://old.example/"]
        database.replace(other)
        with pytest.raises(NotReady, match="replaced"):
            database.read(_urls)
        with pytest.raises(NotReady, match="replaced"):
            database.write(rename)
    titles = database.read(lambda connection: connection.execute("SELECT title FROM pages").fetchall())
    assert titles == [("",)]


def test_a_copy_of_the_same_rows_disturbs_no_work_of_several_steps_and_misses_no_write(
    database: Database, workspace: Path
) -> None:
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    threads: list[threading.Thread] = []

    def add() -> None:
        database.write(lambda connection: add_page(connection, "https://waited.example/", "waited"))

    def copy(connection: apsw.Connection) -> Path:
        target = workspace / "copy.db"
        connection.execute("VACUUM INTO ?", (str(target),))
        threads.append(_start(add))
        wait_until(lambda: database._lane._queue.qsize() == 1, "it is queued")
        return target

    with database.steady():
        database.rewrite(copy)
        threads[0].join(WAIT_S)
        assert database.read(_urls) == ["https://old.example/", "https://waited.example/"]


def test_a_newer_database_is_refused_and_the_former_serves(database: Database, workspace: Path) -> None:
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    other = _make_other(workspace)
    connection = open_connection(other, read_only=False)
    connection.execute("PRAGMA user_version=9999")
    connection.close()
    with pytest.raises(DatabaseTooNew):
        database.replace(other)
    assert database.read(_urls) == ["https://old.example/"]


def test_a_file_that_is_no_database_is_refused_and_the_former_serves(
    database: Database, workspace: Path
) -> None:
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    other = workspace / "other.db"
    other.write_bytes(b"no database at all" * 1000)
    with pytest.raises(DatabaseCorrupt):
        database.replace(other)
    assert database.read(_urls) == ["https://old.example/"]


@pytest.mark.parametrize("keeping", [False, True])
def test_a_file_that_cannot_be_opened_in_its_place_makes_way_for_the_former(
    database: Database, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeping: bool
) -> None:
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    other = _make_other(workspace, "https://new.example/")
    real = opening_module.open_ready
    opened: list[Path] = []

    def fail_once(path: Path, *arguments: object) -> object:
        if path == database.path and not opened:
            opened.append(path)
            message = "no"
            raise StorageError(message)
        return real(path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(database_module, "open_ready", fail_once)
    with pytest.raises(StorageError, match="no"):
        database.replace(other, keep_old=tmp_path / "kept.db" if keeping else None)
    assert opened
    assert database.read(_urls) == ["https://old.example/"]
    database.write(lambda connection: add_page(connection, "https://later.example/", "later"))
    assert database.read(_urls) == ["https://old.example/", "https://later.example/"]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved there")
def test_a_database_that_another_program_has_open_is_not_exchanged(
    database: Database, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_module, "OTHERS_TIMEOUT_S", 0.1)
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    other = _make_other(workspace, "https://new.example/")
    outside = open_connection(database.path, read_only=True)
    try:
        assert _urls(outside) == ["https://old.example/"]
        with pytest.raises(StorageError, match="Another program"):
            database.replace(other)
    finally:
        outside.close()
    assert database.read(_urls) == ["https://old.example/"]
    database.replace(other)
    assert database.read(_urls) == ["https://new.example/"]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved there")
def test_another_process_is_told_until_it_has_closed_the_file(database: Database, workspace: Path) -> None:
    other = _make_other(workspace, "https://new.example/")
    outside = open_connection(database.path, read_only=True)
    told: list[int] = []

    def close_at_last() -> None:
        told.append(1)
        if len(told) == 3:
            outside.close()

    database.before_replace.append(close_at_last)
    database.replace(other)
    assert len(told) == 3
    assert database.read(_urls) == ["https://new.example/"]


def test_a_disk_that_is_full_while_the_files_are_exchanged_changes_nothing(
    database: Database, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
    other = _make_other(workspace, "https://new.example/")

    def refuse(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(type(other), "replace", refuse)
        with pytest.raises(StorageError, match="disk is full"):
            database.replace(other)
    assert database.read(_urls) == ["https://old.example/"]


def test_a_former_file_that_cannot_have_two_names_is_copied_to_where_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, new, kept = tmp_path / "history.db", tmp_path / "new.db", tmp_path / "backups" / "kept.db"
    path.write_bytes(b"old")
    new.write_bytes(b"new")

    def refuse(*_: object) -> None:
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr(type(path), "hardlink_to", refuse)
    assert put_in_place(new, path, kept) is None
    assert (path.read_bytes(), kept.read_bytes()) == (b"new", b"old")
    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == ["history.db", "kept.db"]
