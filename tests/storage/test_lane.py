from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from host.core.errors import NotReady, StorageError
from tests.makers import WAIT_S, add_page, wait_until

if TYPE_CHECKING:
    import apsw

    from host.storage.database import Database


def _count(connection: apsw.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM pages").fetchall()[0][0])


def _is_queued(database: Database, count: int) -> bool:
    return database._lane._queue.qsize() == count


class _Gate:
    """Holds the lane until it is opened."""

    def __init__(self, database: Database) -> None:
        self._open = threading.Event()
        entered = threading.Event()

        def hold(_: apsw.Connection) -> None:
            entered.set()
            assert self._open.wait(WAIT_S)

        self._thread = threading.Thread(target=lambda: database.write(hold))
        self._thread.start()
        assert entered.wait(WAIT_S)

    def open(self) -> None:
        self._open.set()
        self._thread.join(WAIT_S)


def test_a_persons_write_goes_before_the_background_work_that_waits(database: Database) -> None:
    order: list[str] = []
    gate = _Gate(database)
    threads = []
    for number in range(6):
        background = number < 3
        name = f"{'background' if background else 'person'} {number}"

        def note(_: apsw.Connection, name: str = name) -> None:
            order.append(name)

        thread = threading.Thread(target=database.write, args=(note,), kwargs={"background": background})
        thread.start()
        wait_until(partial(_is_queued, database, number + 1), "it is queued")
        threads.append(thread)
    gate.open()
    for thread in threads:
        thread.join(WAIT_S)
    assert order == ["person 3", "person 4", "person 5", "background 0", "background 1", "background 2"]


def test_a_write_that_fails_leaves_nothing_behind_and_the_next_one_works(database: Database) -> None:
    def fail(connection: apsw.Connection) -> None:
        add_page(connection, "https://a.example/", "tea")
        message = "no"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="no"):
        database.write(fail)
    assert database.read(_count) == 0
    database.write(lambda connection: add_page(connection, "https://b.example/", "tea"))
    assert database.read(_count) == 1


def test_a_statement_that_is_refused_is_told_in_our_words_without_values(database: Database) -> None:
    def fail(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO pages (url) VALUES ('https://secret.example/')")

    with pytest.raises(StorageError) as caught:
        database.write(fail)
    assert "secret" not in caught.value.message


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError):
        database.read(lambda connection: connection.execute("DELETE FROM pages"))


def test_readers_see_the_last_commit_while_a_write_is_under_way(database: Database) -> None:
    database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    written, looked = threading.Event(), threading.Event()

    def slow(connection: apsw.Connection) -> None:
        add_page(connection, "https://b.example/", "tea")
        written.set()
        assert looked.wait(WAIT_S)

    thread = threading.Thread(target=lambda: database.write(slow))
    thread.start()
    assert written.wait(WAIT_S)
    assert database.read(_count) == 1
    looked.set()
    thread.join(WAIT_S)
    assert database.read(_count) == 2


def test_closing_finishes_what_is_queued_and_refuses_what_comes_after(database: Database) -> None:
    gate = _Gate(database)
    done: list[int] = []
    queued = threading.Thread(target=lambda: database.write(lambda _: done.append(1)))
    queued.start()
    wait_until(partial(_is_queued, database, 1), "it is queued")
    closing = threading.Thread(target=database.close)
    closing.start()
    wait_until(partial(_is_queued, database, 2), "it is closing")
    with pytest.raises(NotReady):
        database.write(lambda _: done.append(2))
    gate.open()
    closing.join(WAIT_S)
    queued.join(WAIT_S)
    assert done == [1]


def test_threads_that_have_ended_leave_no_connection_open(database: Database) -> None:
    for _ in range(30):
        thread = threading.Thread(target=lambda: database.read(_count))
        thread.start()
        thread.join(WAIT_S)
    assert len(database._open_readers) <= 2
