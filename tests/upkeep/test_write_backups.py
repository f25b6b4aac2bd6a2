from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from host.storage.connection import open_connection
from host.upkeep.backups import drop_backup, find_backups, make_backup
from host.upkeep.store import Store
from host.upkeep.write_backups import WriteBackups
from tests.makers import NOON, add_page
from tests.upkeep.full_history import read_urls

if TYPE_CHECKING:
    from host.history.profiles import Profile

MINUTE = 60_000


@pytest.fixture
def filled(profile: Profile) -> Profile:
    _capture(profile, "first")
    return profile


def _capture(profile: Profile, name: str) -> None:
    profile.database.write(lambda connection: add_page(connection, f"https://{name}.example/", "text"))


def _change_by_hand(profile: Profile) -> None:
    """As the explorer's process does: with a connection of its own."""
    connection = open_connection(profile.database.path, read_only=False)
    connection.execute("UPDATE pages SET title = title || '!'")
    connection.close()


def test_changes_by_hand_make_one_backup_in_ten_minutes(filled: Profile) -> None:
    backups = WriteBackups()
    first = backups.make(filled, NOON)
    _change_by_hand(filled)
    assert backups.make(filled, NOON + 9 * MINUTE) == first
    assert backups.make(filled, NOON + 10 * MINUTE) != first


def test_what_is_made_from_pages_meanwhile_needs_no_other_one(filled: Profile) -> None:
    backups = WriteBackups()
    first = backups.make(filled, NOON)
    filled.database.write(
        lambda connection: connection.execute("UPDATE pages SET summary = 'short'"), background=True
    )
    assert backups.make(filled, NOON + MINUTE) == first


def test_a_page_that_was_captured_since_is_in_the_backup_that_undoes_the_next_change(filled: Profile) -> None:
    backups = WriteBackups()
    first = backups.make(filled, NOON)
    _capture(filled, "second")
    made = backups.make(filled, NOON + MINUTE)
    assert made != first
    connection = open_connection(made.path, read_only=True)
    assert read_urls(connection) == {"https://first.example/", "https://second.example/"}
    connection.close()


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_a_backup_from_before_an_import_does_not_undo_what_comes_after_it(filled: Profile, mode: str) -> None:
    backups, store = WriteBackups(), Store(lambda _: None)
    exported = store.export(filled, "sqlite", None, lambda _: None, threading.Event()).path
    first = backups.make(filled, NOON)
    store.take_in(
        filled,
        path=str(exported),
        upload_id=None,
        mode=mode,  # type: ignore[arg-type]
        report=lambda _: None,
        cancelled=threading.Event(),
    )
    assert backups.make(filled, NOON + MINUTE) != first


def test_one_that_is_gone_one_of_the_future_and_one_of_another_process_are_not_used(filled: Profile) -> None:
    backups = WriteBackups()
    first = backups.make(filled, NOON)
    assert backups.make(filled, NOON - MINUTE) != first
    second = backups.make(filled, NOON)
    drop_backup(filled, second.name)
    assert backups.make(filled, NOON).name in [each.name for each in find_backups(filled)]
    other = make_backup(filled, "write", NOON + MINUTE)
    assert WriteBackups().make(filled, NOON + 2 * MINUTE) != other
