from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from host.history.profiles import Profiles
from host.storage import fulltext
from host.storage.cancelling import never
from host.storage.copying import copy_database, tell_nobody
from host.storage.database import Database
from host.storage.replacement import make_workspace
from host.upkeep.backups import find_backups, make_backup, sweep_backups
from host.upkeep.maintenance import vacuum_store
from tests.makers import WAIT_S, add_page, wait_until
from tests.upkeep.full_history import check, dump, fill, read_urls

if TYPE_CHECKING:
    import apsw

    from host.core.paths import Paths
    from host.history.profiles import Profile
    from tests.processes import Installation

ROOT = Path(__file__).resolve().parents[2]
OLD = {f"https://old-{number}.example/" for number in range(5)}
NEW = {f"https://new-{number}.example/" for number in range(5)}


@dataclass(frozen=True)
class _Kill:
    operation: str
    point: str
    left: str

    def __str__(self) -> str:
        return f"{self.operation} {self.point}"


# What is in place when a process is killed at that point.
KILLS = [
    _Kill("import", "copying", "old"),
    _Kill("import", "linked", "old"),
    _Kill("import", "renamed", "new"),
    _Kill("import", "opened", "new"),
    _Kill("restore", "built", "old"),
    _Kill("restore", "renamed", "new"),
    _Kill("clear", "built", "old"),
    _Kill("clear", "linked", "old"),
    _Kill("clear", "renamed", "nothing"),
    _Kill("clear", "erasing", "nothing"),
    _Kill("vacuum", "copying", "old"),
    _Kill("vacuum", "renamed", "old"),
]


@pytest.fixture
def prepared(home: Paths, tmp_path: Path) -> tuple[Paths, Path, str]:
    """A home with a history of old pages, a file with new ones, and the name of a backup of new ones."""
    given = tmp_path / "given.db"
    profiles = Profiles(home)
    profile = profiles.open("tester")
    fill(profile.database, name="new")
    copy_database(profile.database, given)
    backup = make_backup(profile, "asked")
    with make_workspace(profile.database.path) as folder:
        with Database(folder / "empty.db"):
            pass
        profile.database.replace(folder / "empty.db")
    fill(profile.database, name="old")
    profiles.close()
    return home, given, backup.name


def _kill_at(kill: _Kill, given: Path, backup: str) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.faults.store_process",
            kill.operation,
            kill.point,
            backup if kill.operation == "restore" else str(given),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"here\n"
    finally:
        process.kill()
        process.wait(WAIT_S)
        process.stdin.close()
        process.stdout.close()


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_a_process_killed_while_a_database_is_replaced_leaves_one_that_is_whole(
    prepared: tuple[Paths, Path, str], kill: _Kill
) -> None:
    home, given, backup = prepared
    _kill_at(kill, given, backup)
    profiles = Profiles(home)
    try:
        profile = profiles.open("tester")
        left = {"old": OLD, "new": NEW, "nothing": set()}[kill.left]
        assert profile.database.read(read_urls) == left
        assert profile.database.read(check) == []
        rows = profile.database.read(dump)
        assert len(rows["page_chunks"]) == 2 * len(left)
        assert len(rows["conversations"]) == bool(left)
        # It is written to as ever, and nothing half made is left.
        profile.database.write(lambda connection: add_page(connection, "https://later.example/", "later"))
        sweep_backups(profile)
        folder = profile.database.path.parent
        assert not [file for file in folder.rglob("*") if "recovery-" in file.name or ".part" in file.name]
        for kept in find_backups(profile):
            with Database(kept.path) as former:
                assert former.read(read_urls) == (OLD if kept.reason == "replace" else NEW)
                assert former.read(check) == []
    finally:
        profiles.close()


class _Crowd:
    """Writers and readers that go on until they are told to stop."""

    def __init__(self, database: Database) -> None:
        self.acknowledged: list[str] = []
        self.failures: list[BaseException] = []
        self.reads = 0
        self._database = database
        self._stopping = threading.Event()
        self._threads = [
            *(threading.Thread(target=self._write, args=(name,)) for name in ("one", "two")),
            *(threading.Thread(target=self._read) for _ in range(2)),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(WAIT_S)
            assert not thread.is_alive()

    def _write(self, name: str) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            url = f"https://{name}-{number}.example/"

            def store(connection: apsw.Connection, url: str = url) -> None:
                add_page(connection, url, "words")

            try:
                self._database.write(store, background=number % 2 == 0)
            except BaseException as error:  # noqa: BLE001
                self.failures.append(error)
                return
            self.acknowledged.append(url)

    def _read(self) -> None:
        while not self._stopping.is_set():
            try:
                assert self._database.read(check) == []
            except BaseException as error:  # noqa: BLE001
                self.failures.append(error)
                return
            self.reads += 1


def _wait_for_more(crowd: _Crowd, count: int = 5) -> None:
    before, reads = len(crowd.acknowledged), crowd.reads
    pause = threading.Event()
    for _ in range(int(WAIT_S * 100)):
        if crowd.failures or (len(crowd.acknowledged) >= before + count and crowd.reads > reads):
            return
        pause.wait(0.01)


def test_nothing_acknowledged_is_lost_while_one_database_after_the_other_is_put_in_place(
    profile: Profile, tmp_path: Path
) -> None:
    database = profile.database
    kept = []
    crowd = _Crowd(database)
    try:
        for number in range(4):
            _wait_for_more(crowd)
            with make_workspace(database.path) as folder:
                with Database(folder / "empty.db"):
                    pass
                kept.append(tmp_path / f"kept-{number}.db")
                database.replace(folder / "empty.db", keep_old=kept[-1])
        _wait_for_more(crowd)
    finally:
        crowd.stop()
    assert crowd.failures == []
    assert profile.database.write(fulltext.check_index)
    found = set(database.read(read_urls))
    for path in kept:
        with Database(path) as former:
            found |= former.read(read_urls)
    assert found == set(crowd.acknowledged)
    assert database.era == 4


def test_nothing_acknowledged_is_lost_while_the_database_is_written_anew(profile: Profile) -> None:
    crowd = _Crowd(profile.database)
    try:
        for _ in range(4):
            _wait_for_more(crowd)
            vacuum_store(profile, on_progress=tell_nobody, cancelled=never)
        _wait_for_more(crowd)
    finally:
        crowd.stop()
    assert crowd.failures == []
    assert profile.database.write(fulltext.check_index)
    assert profile.database.read(read_urls) == set(crowd.acknowledged)
    assert profile.database.era == 0


def test_a_running_daemon_makes_the_backup_that_is_due(installation: Installation) -> None:
    with Database(installation.paths.database("tester")) as database:
        database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    installation.start_daemon("housekeeping=0.05", "calm=0", "backups=0")
    wire = installation.connect()
    backups: list[dict[str, Any]] = []

    def look() -> bool:
        backups[:] = wire.call("store.backups")["backups"]
        return bool(backups)

    wait_until(look, "a backup is made")
    assert [backup["reason"] for backup in backups] == ["schedule"]
    assert wire.call("store.backups")["next_at"] > backups[0]["made_at"]
