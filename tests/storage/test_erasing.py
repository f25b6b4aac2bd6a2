from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from host.storage.database import Database
from host.storage.erasing import erase, make_workspace, sweep_unfinished

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"zwetschgenknoedel" * 100_000

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="who has a file open keeps it from deletion")


def _read_deleted(descriptor: int) -> bytes:
    """What is in a file that has no name any more."""
    try:
        return os.pread(descriptor, len(SECRET) + 1, 0)
    finally:
        os.close(descriptor)


def test_a_file_that_is_erased_is_overwritten_first(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(SECRET)
    descriptor = os.open(file, os.O_RDONLY)
    erase(file)
    assert not file.exists()
    assert _read_deleted(descriptor) == bytes(len(SECRET))


def test_what_lies_in_a_workspace_is_overwritten_when_it_is_left(tmp_path: Path) -> None:
    with make_workspace(tmp_path / "history.db") as folder:
        (folder / "deeper").mkdir()
        file = folder / "deeper" / "taken.db"
        file.write_bytes(SECRET)
        descriptor = os.open(file, os.O_RDONLY)
    assert not folder.exists()
    assert _read_deleted(descriptor) == bytes(len(SECRET))


def test_what_a_kill_has_left_is_overwritten_when_the_history_is_opened(tmp_path: Path) -> None:
    left = tmp_path / "recovery-killed"
    left.mkdir()
    (left / "taken.db").write_bytes(SECRET)
    descriptor = os.open(left / "taken.db", os.O_RDONLY)
    Database(tmp_path / "history.db").close()
    assert not left.exists()
    assert _read_deleted(descriptor) == bytes(len(SECRET))


def test_a_second_name_of_the_database_itself_goes_and_the_database_stays(tmp_path: Path) -> None:
    """As a kill between the two steps of an exchange leaves it."""
    database = tmp_path / "history.db"
    database.write_bytes(SECRET)
    left = tmp_path / "recovery-killed"
    left.mkdir()
    (left / "former.db").hardlink_to(database)
    sweep_unfinished(database)
    assert not left.exists()
    assert database.read_bytes() == SECRET
