from __future__ import annotations

import base64
import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import NotFound, NotReady
from host.storage.copying import make_part
from host.storage.database import Database
from host.upkeep import backups as backups_module
from host.upkeep.backups import (
    back_up_on_schedule,
    drop_backup,
    find_backups,
    find_folder,
    find_next,
    hold_copies,
    make_backup,
    rotate_backups,
    sweep_backups,
)
from host.upkeep.places import choose_target
from host.upkeep.schedule import PATIENCE_MS, Schedule
from host.upkeep.uploads import find_upload, receive_piece
from tests.makers import NOON, WAIT_S, add_page, wait_until
from tests.upkeep.full_history import dump, fill, read_urls

if TYPE_CHECKING:
    from host.history.profiles import Profile

DAY = 86_400_000


@pytest.fixture
def filled(profile: Profile) -> Profile:
    """A profile with something to lose."""
    fill(profile.database, 2)
    return profile


def _names(profile: Profile) -> list[str]:
    return [backup.name for backup in find_backups(profile)]


def test_a_backup_has_every_row_and_its_name_says_when_and_why(filled: Profile) -> None:
    made = make_backup(filled, "asked", NOON)
    assert made.name == "history-20240607-120000-asked.db"
    assert (made.made_at, made.reason, made.bytes) == (NOON, "asked", made.path.stat().st_size)
    assert made.path.stat().st_mode & 0o777 == 0o600
    with Database(made.path) as copy:
        assert copy.read(dump) == filled.database.read(dump)


def test_backups_of_one_second_do_not_overwrite_each_other(filled: Profile) -> None:
    names = {make_backup(filled, "asked", NOON).name for _ in range(3)}
    assert len(names) == 3
    assert {backup.made_at for backup in find_backups(filled)} == {NOON}


def test_the_schedule_makes_one_when_it_is_due_and_none_before(filled: Profile) -> None:
    filled.update_settings({"backup.every_days": 7})
    assert find_next(filled, NOON) == NOON
    made = back_up_on_schedule(filled, NOON)
    assert made is not None
    assert made.reason == "schedule"
    assert find_next(filled, NOON + DAY) == NOON + 7 * DAY
    assert back_up_on_schedule(filled, NOON + 7 * DAY - 1) is None
    assert back_up_on_schedule(filled, NOON + 7 * DAY) is not None
    assert len(_names(filled)) == 2


def test_one_that_was_asked_for_puts_the_schedule_off(filled: Profile) -> None:
    make_backup(filled, "asked", NOON)
    assert find_next(filled, NOON) == NOON + filled.settings.backup_every_days * DAY


def test_a_clock_that_was_set_back_does_not_stop_the_schedule(filled: Profile) -> None:
    make_backup(filled, "schedule", NOON + 1000 * DAY)
    assert back_up_on_schedule(filled, NOON) is not None


def test_a_schedule_that_is_switched_off_makes_none(filled: Profile) -> None:
    filled.update_settings({"backup.every_days": 0})
    assert find_next(filled, NOON) is None
    assert back_up_on_schedule(filled, NOON) is None
    assert _names(filled) == []


def test_the_schedule_makes_none_of_an_empty_history_nor_where_room_is_scarce(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert back_up_on_schedule(profile, NOON) is None
    fill(profile.database, 2)
    real = shutil.disk_usage(profile.database.path.parent)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: real._replace(free=1_000_000))
        assert back_up_on_schedule(profile, NOON) is None
    assert back_up_on_schedule(profile, NOON) is not None


def test_the_oldest_of_the_schedule_go_and_those_that_were_asked_for_stay(filled: Profile) -> None:
    filled.update_settings({"backup.every_days": 1, "backup.keep": 2})
    asked = make_backup(filled, "asked", NOON - 100 * DAY).name
    for day in range(5):
        assert back_up_on_schedule(filled, NOON + day * DAY) is not None
    assert _names(filled) == [
        "history-20240611-120000-schedule.db",
        "history-20240610-120000-schedule.db",
        asked,
    ]


@pytest.mark.parametrize("reason", ["write", "replace"])
def test_two_are_kept_of_those_that_are_made_before_something_drastic(filled: Profile, reason: str) -> None:
    for day in range(4):
        make_backup(filled, reason, NOON + day * DAY)  # type: ignore[arg-type]
    assert len(_names(filled)) == 2


def test_a_dropped_backup_is_gone_and_a_name_that_is_none_is_refused(filled: Profile) -> None:
    made = make_backup(filled, "asked", NOON)
    drop_backup(filled, made.name)
    assert not made.path.exists()
    for name in (made.name, "../history.db", "history.db", "../../../etc/passwd"):
        with pytest.raises(NotFound):
            drop_backup(filled, name)
    assert filled.database.path.exists()


def test_a_backup_whose_deletion_is_killed_is_none_any_more(
    filled: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(filled, "asked", NOON)
    with monkeypatch.context() as patched:
        patched.setattr(backups_module, "erase", lambda _: None)
        drop_backup(filled, made.name)
    assert _names(filled) == []
    assert len(list(find_folder(filled).iterdir())) == 1
    sweep_backups(filled)
    assert list(find_folder(filled).iterdir()) == []


def test_what_a_kill_leaves_is_swept_and_whole_backups_stay(filled: Profile) -> None:
    made = make_backup(filled, "asked", NOON)
    folder = find_folder(filled)
    (folder / "history-20240607-120001-asked.db.part").write_bytes(b"half")
    # Killed between giving the former file its second name and putting the new one in its place.
    (folder / "history-20240607-120002-replace.db").hardlink_to(filled.database.path)
    assert _names(filled) == [made.name]
    sweep_backups(filled)
    assert [file.name for file in folder.iterdir()] == [made.name]
    assert filled.database.read(read_urls)


def test_nothing_of_a_dropped_backup_is_left_beside_it(filled: Profile) -> None:
    made = make_backup(filled, "asked", NOON)
    for ending in ("-wal", "-shm", "-suspect"):
        made.path.with_name(made.name + ending).write_bytes(b"words")
    drop_backup(filled, made.name)
    assert list(find_folder(filled).iterdir()) == []


def test_logs_whose_backup_is_gone_are_swept_and_those_of_one_that_is_there_stay(filled: Profile) -> None:
    made = make_backup(filled, "asked", NOON)
    folder = find_folder(filled)
    for name in (made.name, "history-20240607-120001-asked.db"):
        for ending in ("-wal", "-shm", "-suspect"):
            (folder / (name + ending)).write_bytes(b"words")
    sweep_backups(filled)
    assert {file.name for file in folder.iterdir()} == {
        made.name + ending for ending in ("", "-wal", "-shm", "-suspect")
    }


@pytest.mark.parametrize("reason", ["schedule", "write", "replace"])
def test_a_clock_that_was_set_back_does_not_cost_the_backup_that_is_made(
    filled: Profile, reason: str
) -> None:
    filled.update_settings({"backup.keep": 2})
    for day in range(2):
        make_backup(filled, reason, NOON + (day + 1000) * DAY)  # type: ignore[arg-type]
    made = make_backup(filled, reason, NOON)  # type: ignore[arg-type]
    assert made.name in _names(filled)
    assert len(_names(filled)) == 2


def test_after_a_clock_was_set_back_the_schedule_keeps_its_distance(filled: Profile) -> None:
    make_backup(filled, "schedule", NOON + 1000 * DAY)
    assert back_up_on_schedule(filled, NOON) is not None
    assert back_up_on_schedule(filled, NOON + DAY) is None


def test_nothing_is_swept_while_a_copy_is_being_made(filled: Profile) -> None:
    part = find_folder(filled) / "history-20240607-120001-asked.db.part"
    part.parent.mkdir()
    part.write_bytes(b"half")
    with hold_copies(filled), pytest.raises(NotReady):
        sweep_backups(filled)
    assert part.exists()


def test_rotation_alone_removes_what_is_too_much_when_less_is_to_be_kept(filled: Profile) -> None:
    for day in range(3):
        make_backup(filled, "schedule", NOON + day * DAY)
    assert rotate_backups(filled) == []
    filled.update_settings({"backup.keep": 1})
    assert rotate_backups(filled) == [
        "history-20240608-120000-schedule.db",
        "history-20240607-120000-schedule.db",
    ]


def test_the_schedule_works_in_a_thread_of_its_own_when_nobody_waits(filled: Profile) -> None:
    calm = threading.Event()
    schedule = Schedule(lambda: [filled], calm.is_set, begin_after_s=0.0, now=lambda: NOON)
    try:
        schedule.look()
        assert _names(filled) == []
        calm.set()

        def look() -> list[str]:
            # As a daemon does; the first look may be under way still.
            schedule.look()
            return _names(filled)

        wait_until(look, "a backup is made")
        # It looked, so it is not due again.
        schedule.look()
        assert _names(filled) == ["history-20240607-120000-schedule.db"]
    finally:
        schedule.close()


def test_a_backup_waits_for_calm_and_not_for_ever(filled: Profile) -> None:
    at = [NOON]
    schedule = Schedule(lambda: [filled], lambda: False, now=lambda: at[0])
    schedule.run_once(calm=False)
    at[0] += PATIENCE_MS - 1
    schedule.run_once(calm=False)
    assert _names(filled) == []
    at[0] += 1
    schedule.run_once(calm=False)
    assert len(_names(filled)) == 1
    # The one before says since when the next is due, also to another process.
    at[0] += 8 * DAY
    Schedule(lambda: [filled], lambda: False, now=lambda: at[0]).run_once(calm=False)
    assert len(_names(filled)) == 2


def test_what_a_former_process_left_is_swept_once_a_profile_is_open_also_while_all_is_off(
    filled: Profile,
) -> None:
    upload, _ = receive_piece(filled, None, 0, base64.b64encode(b"words").decode())
    left = [
        find_upload(filled, upload),
        find_folder(filled) / "history-20240607-120001-asked.db.part",
        make_part(choose_target(None, ".db", NOON / 1000)),
    ]
    left[1].parent.mkdir()
    for file in left:
        file.write_bytes(b"words")
        os.utime(file, (NOON / 1000 - DAY, NOON / 1000 - DAY))
    schedule = Schedule(lambda: [filled], lambda: False, now=lambda: NOON)
    try:
        schedule.look()
        wait_until(lambda: not any(file.exists() for file in left), "what was left is swept")
        assert _names(filled) == []
    finally:
        schedule.close()


def test_an_upload_that_is_under_way_is_not_swept(filled: Profile) -> None:
    schedule = Schedule(lambda: [filled], lambda: True)
    upload, _ = receive_piece(filled, None, 0, base64.b64encode(b"words").decode())
    schedule.run_once()
    assert find_upload(filled, upload).exists()


def test_a_schedule_that_ends_takes_its_backup_back_and_begins_no_other(filled: Profile) -> None:
    schedule = Schedule(lambda: [filled], lambda: True, begin_after_s=0.0, now=lambda: NOON)
    schedule.close()
    schedule.look()
    schedule.run_once()
    assert _names(filled) == []


def test_a_profile_that_cannot_be_backed_up_costs_the_others_nothing(
    filled: Profile, profile: Profile
) -> None:
    schedule = Schedule(lambda: [filled, filled], lambda: True, begin_after_s=0.0, now=lambda: NOON)
    with hold_copies(filled):
        schedule.run_once()
    assert _names(profile) == []
    schedule.run_once()
    assert len(_names(profile)) == 1
    schedule.close()


def test_pages_that_come_while_a_backup_is_made_are_not_held_up(filled: Profile) -> None:
    said: list[str] = []

    def capture(_share: float, _written: int) -> None:
        thread = threading.Thread(
            target=filled.database.write,
            args=(lambda connection: add_page(connection, f"https://{len(said)}.example/", "meanwhile"),),
        )
        thread.start()
        thread.join(WAIT_S)
        said.append("stored" if not thread.is_alive() else "waits")

    make_backup(filled, "asked", NOON, on_progress=capture)
    assert said
    assert set(said) == {"stored"}
