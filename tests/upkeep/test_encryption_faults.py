from __future__ import annotations

import os

import pytest

from host.core.errors import Cancelled, DatabaseLocked, DiskFull
from host.storage import reencryption
from host.storage.encryption import is_clear, looks_encrypted
from host.upkeep import encryption as encryption_module
from host.upkeep.key_record import record_path
from tests.upkeep.encrypted_home import PASSPHRASE, PROFILE, EncryptedHome

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

    monkeypatch.setattr(world.encryption, "_convert_backups", be_killed)
    with pytest.raises(KeyboardInterrupt):
        world.enable()
    world.restart()
    assert world.count() == 30
    facts = world.encryption.describe(PROFILE)
    # What is left in clear is said, and can be finished.
    assert (facts.encrypted, facts.clear_backups) == (True, 1)
    assert world.encryption.finish_backups(world.open(), world._note).backups == 1
    assert looks_encrypted(backup)
    # The key is where it was.
    assert len(world.keyring.kept) == 1
    assert world.encryption.describe(PROFILE).clear_backups == 0


def test_killed_before_decryption_has_ended_it_is_encrypted_and_opens(
    world: EncryptedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill()
    world.enable()
    backup = world.add_backup(key=world.open().database.key)

    def be_killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.encryption, "_rewrite", be_killed)
    with pytest.raises(KeyboardInterrupt):
        world.disable()
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
