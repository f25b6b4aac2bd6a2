from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from host.core.errors import DiskFull
from host.storage import connection as connection_module
from host.storage import copying
from host.storage import opening as opening_module
from host.storage.copying import copy_database
from host.storage.database import Database
from host.storage.incoming import take_in
from host.storage.replacement import make_workspace
from tests.makers import add_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

TMPFS_BYTES = 1_500_000


def _urls(connection: apsw.Connection) -> list[str]:
    return [str(row[0]) for row in connection.execute("SELECT url FROM pages ORDER BY id")]


def _write_until_full(database: Database) -> list[str]:
    """Store pages until there is no room; returns those that were acknowledged."""
    acknowledged: list[str] = []
    for number in range(10_000):
        url = f"https://{number}.example/"
        text = f"words {number} " * 800

        def store(connection: apsw.Connection, url: str = url, text: str = text) -> None:
            add_page(connection, url, text)

        try:
            database.write(store)
        except DiskFull:
            return acknowledged
        acknowledged.append(url)
    pytest.fail("the disk never became full")


def test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "p" / "history.db"
    with Database(path) as database:
        database.maintain(lambda connection: connection.execute("PRAGMA max_page_count=150").fetchall())
        acknowledged = _write_until_full(database)
        assert acknowledged
        assert database.read(_urls) == acknowledged
        database.maintain(lambda connection: connection.execute("PRAGMA max_page_count=100000").fetchall())
        database.write(lambda connection: add_page(connection, "https://later.example/", "tea"))
    with Database(path) as database:
        assert database.read(_urls) == [*acknowledged, "https://later.example/"]


def test_a_disk_that_is_full_already_is_told_as_such_when_the_database_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = connection_module.open_connection

    def small(*args: object, **kwargs: object) -> apsw.Connection:
        connection = real(*args, **kwargs)  # type: ignore[arg-type]
        connection.execute("PRAGMA max_page_count=4")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(opening_module, "open_connection", small)
        with pytest.raises(DiskFull):
            Database(tmp_path / "p" / "history.db")
    with Database(tmp_path / "p" / "history.db") as database:
        assert database.read(_urls) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of a megabyte and a half."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs Linux and root")
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(
            f"a small tmpfs cannot be mounted here (CAP_SYS_ADMIN is missing): {mounted.stderr.strip()}"
        )
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_real_file_system_that_fills_up_loses_nothing(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    path = small_disk / "p" / "history.db"
    with Database(path) as database:
        acknowledged = _write_until_full(database)
        assert acknowledged
        assert database.read(_urls) == acknowledged
        ballast.unlink()
        database.write(lambda connection: add_page(connection, "https://later.example/", "tea"))
        assert database.read(_urls) == [*acknowledged, "https://later.example/"]
    with Database(path) as database:
        assert database.read(_urls) == [*acknowledged, "https://later.example/"]
        assert database.read(lambda c: c.execute("PRAGMA integrity_check").fetchall()) == [("ok",)]


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Database]:
    """A database of two megabytes, on a disk with room."""
    with Database(tmp_path / "large" / "history.db") as database:
        for number in range(4):
            url, text = f"https://{number}.example/", f"words {number} " * 40_000
            database.write(lambda connection, url=url, text=text: add_page(connection, url, text))  # type: ignore[misc]
        yield database


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room is not measured first: as if others had filled the disk meanwhile."""
    monkeypatch.setattr(copying, "ensure_room", lambda _folder, _wanted: None)


def _list_files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


@pytest.mark.usefixtures("unmeasured")
def test_a_copy_that_fills_the_disk_is_told_as_such_and_leaves_no_half(
    small_disk: Path, large: Database
) -> None:
    with pytest.raises(DiskFull):
        copy_database(large, small_disk / "copy.db")
    assert _list_files(small_disk) == []
    assert len(large.read(_urls)) == 4


@pytest.mark.usefixtures("unmeasured")
def test_a_file_that_fills_the_disk_while_it_is_taken_in_leaves_what_was_there(
    small_disk: Path, large: Database, tmp_path: Path
) -> None:
    given = tmp_path / "given.db"
    copy_database(large, given)
    with Database(small_disk / "p" / "history.db") as database:
        database.write(lambda connection: add_page(connection, "https://old.example/", "old"))
        before = _list_files(small_disk)
        with make_workspace(database.path) as folder, pytest.raises(DiskFull):
            take_in(given, folder)
        assert _list_files(small_disk) == before
        assert database.read(_urls) == ["https://old.example/"]
        database.write(lambda connection: add_page(connection, "https://later.example/", "tea"))


@pytest.mark.usefixtures("unmeasured")
def test_a_database_that_is_written_anew_on_a_full_disk_stays_in_place(small_disk: Path) -> None:
    with Database(small_disk / "p" / "history.db") as database:
        database.write(lambda connection: add_page(connection, "https://old.example/", "words " * 80_000))
        (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free - 50_000))

        def copy(connection: apsw.Connection) -> Path:
            target = folder / "copy.db"
            copying.copy_connection(connection, target, address=str(target))
            return target

        with make_workspace(database.path) as folder, pytest.raises(DiskFull):
            database.rewrite(copy)
        assert database.read(_urls) == ["https://old.example/"]
        (small_disk / "ballast").unlink()
        database.write(lambda connection: add_page(connection, "https://later.example/", "tea"))
        assert len(database.read(_urls)) == 2
