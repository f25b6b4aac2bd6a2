from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from host.core.errors import DiskFull
from host.storage import connection as connection_module
from host.storage import opening as opening_module
from host.storage.database import Database
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
