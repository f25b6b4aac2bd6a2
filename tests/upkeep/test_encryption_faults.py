from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import Cancelled, DatabaseLocked, DiskFull, NotReady, StorageError
from host.storage import database as database_module
from host.storage import reencryption
from host.storage.encryption import is_clear, looks_encrypted
from host.storage.opening import open_ready
from host.upkeep import encrypted_backups as backups_module
from host.upkeep import encryption as encryption_module
from host.upkeep.encrypted_backups import Exchange
from host.upkeep.key_record import record_path
from tests.upkeep.encrypted_home import PASSPHRASE, PROFILE, EncryptedHome

if TYPE_CHECKING:
    from pathlib import Path

WAYS = [None, PASSPHRASE]


@pytest.mark.parametrize("passphrase", WAYS)
def test_a_locked_database_is_never_rebuilt(world: EncryptedHome, passphrase: str | None) -> None:
    world.fill()
    world.enable(passphrase)
    kept = dict(world.keyring.kept)
    world.profiles.close()
    before = world.database.read_bytes()
    for account in world.keyring.kept:
        # Another key than the database's, as after a restored system.
        world.keyring.kept[account] = os.urandom(32)
    world.restart()
    for _ in range(3):
        assert world.is_locked()
    assert world.database.read_bytes() == before
    assert not list(world.database.parent.glob("*damaged*"))
    world.keyring.kept.update(kept)
    world.restart()
    if passphrase:
        world.encryption.unlock(PROFILE, passphrase)
    assert world.count() == 30


def test_another_encrypted_file_in_its_place_is_left_alone(world: EncryptedHome) -> None:
    world.fill()
    world.enable()
    world.profiles.close()
    other = world.database.parent / "other.db"
    reencryption.write_copy(world.database, next(iter(world.keyring.kept.values())), other, os.urandom(32))
    other.replace(world.database)
    before = world.database.read_bytes()
    world.restart()
    with pytest.raises(DatabaseLocked):
        world.open()
    assert world.database.read_bytes() == before


def test_a_damaged_encrypted_database_is_rebuilt_encrypted(world: EncryptedHome) -> None:
    world.fill()
    world.enable()
    world.profiles.close()
    with world.database.open("r+b") as file:
        file.write(os.urandom(16))
    world.restart()
    assert world.open().recovered_from
    assert world.count() == 30
    assert looks_encrypted(world.database)
    assert world.find_word() == []


def test_a_database_that_is_deleted_by_hand_comes_back_encrypted(world: EncryptedHome) -> None:
    world.fill()
    world.enable()
    world.profiles.close()
    world.database.unlink()
    world.restart()
    world.fill(5)
    assert world.count() == 5
    assert world.find_word() == []


def test_killed_before_the_files_are_exchanged_it_is_in_clear_and_opens(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill runs nothing more; so what would clean up afterwards is not run either."""
    world.fill()

    def be_killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(encryption_module, "write_copy", be_killed)
    monkeypatch.setattr(world.keys, "forget", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        world.enable()
    assert record_path(world.database).exists()
    world.restart()
    assert world.count() == 30
    assert not world.encryption.describe(PROFILE).encrypted
    assert not record_path(world.database).exists()


def test_killed_after_the_files_were_exchanged_it_is_encrypted_and_opens(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill()
    backup = world.add_backup()

    def be_killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(encryption_module, "encrypt_backups", be_killed)
        with pytest.raises(KeyboardInterrupt):
            world.enable()
    world.restart()
    assert world.count() == 30
    facts = world.encryption.describe(PROFILE)
    # What is left in clear is said, and can be finished.
    assert (facts.encrypted, facts.clear_backups) == (True, 1)
    assert world.encryption.finish_backups(world.open(), world._note, world.cancelled).backups == 1
    assert looks_encrypted(backup)
    # The key is where it was.
    assert len(world.keyring.kept) == 1
    assert world.encryption.describe(PROFILE).clear_backups == 0


@pytest.mark.parametrize("step", ["write_copy", "rewrite"])
def test_killed_before_decryption_has_ended_it_is_encrypted_and_opens(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    world.fill()
    world.enable()
    backup = world.add_backup(key=world.open().database.key)

    def be_killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    place = encryption_module if step == "write_copy" else world.open().database
    monkeypatch.setattr(place, step, be_killed)
    with pytest.raises(KeyboardInterrupt):
        world.disable()
    world.restart()
    assert world.count() == 30
    assert looks_encrypted(backup)
    assert len(world.keyring.kept) == 1


def test_killed_between_the_backups_and_the_database_it_opens_and_says_what_is_in_clear(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill()
    world.enable()
    backup = world.add_backup(key=world.open().database.key)

    def be_killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(database_module, "put_in_place", be_killed)
    monkeypatch.setattr(Exchange, "take_back", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        world.disable()
    monkeypatch.undo()
    world.restart()
    assert world.count() == 30
    assert is_clear(backup)
    assert world.encryption.describe(PROFILE).clear_backups == 1


@pytest.mark.parametrize("error", [DiskFull("The disk is full."), Cancelled("It was cancelled.")])
def test_what_cannot_be_written_leaves_all_as_it_was(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    world.fill()
    before = sorted(file.name for file in world.database.parent.iterdir())

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(encryption_module, "write_copy", fail)
        with pytest.raises(type(error)):
            world.enable()
    assert world.count() == 30
    assert sorted(file.name for file in world.database.parent.iterdir()) == before
    assert world.keyring.kept == {}
    assert not world.encryption.describe(PROFILE).encrypted
    # And it can be tried again.
    world.enable()
    assert world.encryption.describe(PROFILE).encrypted


def test_a_cancelled_encryption_leaves_it_in_clear(world: EncryptedHome) -> None:
    world.fill()
    world.cancelled.set()
    with pytest.raises(Cancelled):
        world.enable(PASSPHRASE)
    world.restart()
    assert is_clear(world.database)
    assert world.count() == 30


def test_a_damaged_backup_is_named_and_left(world: EncryptedHome) -> None:
    world.fill()
    world.add_backup()
    broken = world.add_backup("history-20230101-000000-asked.db")
    with broken.open("r+b") as file:
        file.truncate(50_000)
    done = world.enable()
    assert (done.backups, done.left) == (1, [broken.name])
    assert world.encryption.describe(PROFILE).clear_backups == 1


@pytest.mark.parametrize("passphrase", WAYS)
@pytest.mark.parametrize("answers", [0, 1])
def test_no_key_is_forgotten_while_the_file_in_place_needs_it(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch, passphrase: str | None, answers: int
) -> None:
    """The files are exchanged, and then the new one can neither be opened nor the former one be put back."""
    world.fill()
    profile = world.open()
    opened: list[Path] = []

    def fail(path: Path, *rest: Any) -> Any:
        if path == world.database:
            opened.append(path)
            if len(opened) > answers:
                message = "The disk does not answer."
                raise StorageError(message)
        return open_ready(path, *rest)

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    with monkeypatch.context() as patched:
        patched.setattr(database_module, "open_ready", fail)
        patched.setattr(type(world.database), "hardlink_to", refuse)
        done = world.enable(passphrase)
    assert looks_encrypted(world.database)
    assert (done.recovery_key is None) == (passphrase is not None)
    assert profile.database.write(lambda connection: connection.execute("SELECT 1").fetchall()) == [(1,)]
    world.restart()
    if passphrase:
        world.encryption.unlock(PROFILE, passphrase)
    assert world.count() == 30


@pytest.mark.parametrize(
    "error", [DiskFull("The disk is full."), NotReady("Later."), OSError(5, "I/O error")]
)
def test_backups_that_cannot_be_encrypted_are_named_and_the_recovery_key_is_told(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    world.fill()
    backup = world.add_backup()

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(backups_module, "write_copy", fail)
    done = world.enable()
    assert done.recovery_key
    assert (done.backups, done.left) == (0, [backup.name])
    assert done.why_left
    assert is_clear(backup)
    assert world.encryption.describe(PROFILE).clear_backups == 1


def test_an_encryption_that_is_cancelled_while_backups_are_written_is_done_and_names_the_rest(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill()
    backups = [world.add_backup(f"history-2024010{day}-000000-asked.db") for day in (1, 2, 3)]
    copy_one = backups_module._copy_backup

    def copy_and_cancel(*arguments: Any) -> Any:
        made = copy_one(*arguments)
        world.cancelled.set()
        return made

    monkeypatch.setattr(backups_module, "_copy_backup", copy_and_cancel)
    done = world.enable()
    assert done.recovery_key
    assert done.backups == 1
    assert sorted(done.left) == sorted(backup.name for backup in backups if is_clear(backup))
    assert len(done.left) == 2


@pytest.mark.parametrize("moment", ["before", "backups", "copying", "exchange"])
def test_a_decryption_that_does_not_come_to_its_end_leaves_all_encrypted(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    world.fill()
    world.enable(PASSPHRASE)
    backups = [
        world.add_backup(f"history-2024010{day}-000000-asked.db", key=world.open().database.key)
        for day in (1, 2)
    ]
    before = [backup.read_bytes() for backup in backups]

    def refuse(*_: object) -> None:
        message = "Another program has the history database open."
        raise StorageError(message)

    def note(stage: str, _: float) -> None:
        if stage == moment:
            world.cancelled.set()

    monkeypatch.setattr(world, "_note", note)
    if moment == "before":
        world.cancelled.set()
    if moment == "exchange":
        monkeypatch.setattr(database_module, "take_for_oneself", refuse)
    with pytest.raises(StorageError if moment == "exchange" else Cancelled):
        world.disable(PASSPHRASE)
    monkeypatch.undo()
    assert looks_encrypted(world.database)
    assert [backup.read_bytes() for backup in backups] == before
    assert world.find_word() == []
    assert world.count() == 30
    world.cancelled.clear()
    done = world.disable(PASSPHRASE)
    assert (done.backups, done.left) == (2, [])
    assert all(is_clear(backup) for backup in backups)


def test_a_full_disk_while_the_backups_are_written_in_clear_leaves_all_encrypted(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill()
    world.enable()
    backup = world.add_backup(key=world.open().database.key)

    def fail(*_: object, **__: object) -> None:
        message = "The disk is full."
        raise DiskFull(message)

    monkeypatch.setattr(backups_module, "write_copy", fail)
    with pytest.raises(DiskFull):
        world.disable()
    assert looks_encrypted(world.database)
    assert looks_encrypted(backup)
    assert len(world.keyring.kept) == 1
