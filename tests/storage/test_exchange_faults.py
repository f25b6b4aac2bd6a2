"""What fails while a database is exchanged, or closed: who goes on meets what is really in place."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import NotReady, StorageError
from host.storage import database as database_module
from host.storage import gate as gate_module
from host.storage import replacement as replacement_module
from host.storage.database import Database
from host.storage.opening import open_ready
from host.storage.replacement import make_workspace
from tests.makers import WAIT_S, add_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import apsw

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
OLD, NEW, LATER = (f"https://{name}.example/" for name in ("old", "new", "later"))


def _urls(connection: apsw.Connection) -> list[str]:
    return [str(row[0]) for row in connection.execute("SELECT url FROM pages ORDER BY id")]


def _add(database: Database, url: str) -> None:
    database.write(lambda connection: add_page(connection, url, "words"))


def _refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EINVAL, "Invalid argument")


@pytest.fixture
def other(database: Database) -> Iterator[Path]:
    """What is to come in the place of `database`, which has one page."""
    _add(database, OLD)
    with make_workspace(database.path) as folder:
        path = folder / "other.db"
        with Database(path) as made:
            _add(made, NEW)
        yield path


def _fail_opening(monkeypatch: pytest.MonkeyPatch, path: Path, times: int) -> None:
    """Let the file at `path` not be opened so many times."""
    failures = [StorageError("The disk does not answer.")] * times

    def open_or_fail(wanted: Path, *rest: Any) -> Any:
        if wanted == path and failures:
            raise failures.pop()
        return open_ready(wanted, *rest)

    monkeypatch.setattr(database_module, "open_ready", open_or_fail)


@pytest.mark.parametrize("what", ["sync_folder", "erase", "on_replace"])
def test_nothing_that_fails_once_the_files_are_exchanged_is_taken_for_a_failed_exchange(
    database: Database, other: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    told: list[list[str]] = []
    if what == "on_replace":
        database.on_replace.append(_refuse)
    else:
        module = replacement_module if what == "sync_folder" else database_module
        monkeypatch.setattr(module, what, _refuse)
    database.on_replace.append(lambda connection: told.append(_urls(connection)))
    database.replace(other)
    assert told == [[NEW]]
    assert database.era == 1
    _add(database, LATER)
    assert database.read(_urls) == [NEW, LATER]


@pytest.mark.parametrize("step", ["read", "write"])
def test_after_a_refused_exchange_the_former_file_is_opened_as_soon_as_it_can_be(
    database: Database, other: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    steps: dict[str, Callable[[], object]] = {
        "read": lambda: database.read(_urls),
        "write": lambda: _add(database, LATER),
    }
    with monkeypatch.context() as patched:
        patched.setattr(type(other), "replace", _refuse)
        with pytest.raises(StorageError, match="Invalid argument"):
            database.replace(other)
    _fail_opening(monkeypatch, database.path, 1)
    with pytest.raises(StorageError, match="does not answer"):
        steps[step]()
    steps[step]()
    assert database.era == 0
    assert database.read(_urls)[0] == OLD


def test_a_new_file_that_cannot_be_opened_makes_room_for_the_former_one(
    database: Database, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail_opening(monkeypatch, database.path, 1)
    with pytest.raises(StorageError, match="does not answer"):
        database.replace(other)
    assert (database.era, database.read(_urls)) == (0, [OLD])
    _add(database, LATER)
    assert database.read(_urls) == [OLD, LATER]


def test_a_new_file_that_stays_because_the_former_one_has_no_name_is_taken_in_when_it_opens(
    database: Database, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    database.on_replace.append(lambda connection: told.append(_urls(connection)))
    monkeypatch.setattr(type(other), "hardlink_to", _refuse)
    _fail_opening(monkeypatch, database.path, 1)
    with pytest.raises(StorageError, match="does not answer"):
        database.replace(other)
    assert (database.era, told) == (1, [])
    assert database.read(_urls) == [NEW]
    assert told == [[NEW]]


def test_a_read_under_way_ends_when_the_database_is_closed_and_none_comes_after_it(
    database: Database,
) -> None:
    inside = threading.Event()
    told: list[BaseException] = []

    def scan(connection: apsw.Connection) -> None:
        inside.set()
        connection.execute(ENDLESS).fetchall()

    def run() -> None:
        try:
            database.read(scan)
        except NotReady as error:
            told.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert inside.wait(WAIT_S)
    database.close()
    thread.join(WAIT_S)
    assert len(told) == 1
    with pytest.raises(NotReady, match="closing"):
        database.read(_urls)
    with pytest.raises(NotReady, match="closing"):
        _add(database, LATER)
    database.close()


def test_a_reader_that_never_ends_does_not_keep_the_database_from_closing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "CLOSING_S", 0.1)
    inside, go_on = threading.Event(), threading.Event()

    def wait() -> bool:
        inside.set()
        return go_on.wait(WAIT_S)

    def hold(connection: apsw.Connection) -> None:
        # In the middle of a statement, so that the connection is busy.
        connection.create_scalar_function("hold", wait)
        connection.execute("SELECT hold()").fetchall()

    thread = threading.Thread(target=database.read, args=(hold,))
    thread.start()
    assert inside.wait(WAIT_S)
    database.close()
    assert thread.is_alive()
    go_on.set()
    thread.join(WAIT_S)
