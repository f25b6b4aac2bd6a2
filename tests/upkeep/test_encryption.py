from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import InvalidInput, NotReady
from host.search.exchange import SearchRequest
from host.search.service import Search
from host.storage import pages, vector_spaces, vectors
from host.storage.encryption import is_clear, looks_encrypted
from host.storage.vector_spaces import VectorSpace
from host.upkeep.backups import hold_copies
from host.upkeep.copies import export_database, replace_by_copy
from host.upkeep.key_record import read_record, record_path
from tests.makers import find_active, make_chunk
from tests.upkeep.encrypted_home import PASSPHRASE, PROFILE, WORD, EncryptedHome

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from host.history.profiles import Profile

WAYS = [None, PASSPHRASE]


def _add_vectors(profile: Profile) -> None:
    random = np.random.default_rng(1)

    def store(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, VectorSpace("model", 8))
        space = find_active(connection)
        for page_id in range(1, 31):
            pages.replace_chunks(connection, profile.database.features, page_id, [make_chunk(0, WORD)])
            chunks = pages.read_chunks(connection, page_id)
            made = random.standard_normal(8).astype(np.float32)
            vectors.store_chunk_vectors(connection, space, [(chunks[0].id, page_id, made)])

    profile.database.write(store)


def _dump(profile: Profile) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, those in which full text and vectors keep theirs among them."""

    def read(connection: apsw.Connection) -> dict[str, list[tuple[object, ...]]]:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
        names = [name for name, sql in rows if not str(sql).startswith("CREATE VIRTUAL")]
        every = {name: f'SELECT * FROM "{name}"' for name in names}  # noqa: S608 - names of our own schema
        return {name: sorted(connection.execute(sql).fetchall(), key=repr) for name, sql in every.items()}

    return profile.database.read(read)


def _search(search: Search, profile: Profile) -> list[tuple[int, str]]:
    found = search.query(profile, SearchRequest(WORD, "text")).results
    return [(item.page.id, item.snippet) for item in found]


@pytest.mark.parametrize("passphrase", WAYS)
def test_there_and_back_nothing_is_lost(world: EncryptedHome, passphrase: str | None) -> None:
    world.fill()
    _add_vectors(world.open())
    search = Search()
    before = _dump(world.open())
    found = _search(search, world.open())
    assert len(found) > 5
    world.enable(passphrase)
    assert looks_encrypted(world.database)
    assert _dump(world.open()) == before
    assert _search(search, world.open()) == found
    world.disable(passphrase)
    assert is_clear(world.database)
    assert _dump(world.open()) == before
    assert _search(search, world.open()) == found
    world.restart()
    assert _dump(world.open()) == before
    search.close()


@pytest.mark.parametrize("passphrase", WAYS)
def test_no_file_holds_a_word_once_it_is_encrypted(world: EncryptedHome, passphrase: str | None) -> None:
    world.fill()
    world.add_backup()
    damaged = world.database.with_name("history.damaged-20240101-000000.db")
    damaged.write_text(WORD, encoding="utf-8")
    assert len(world.find_word()) >= 3
    done = world.enable(passphrase)
    assert world.find_word() == []
    assert (done.backups, done.left) == (1, [])
    # Also not while it is being written and searched, with a log.
    world.fill(5)
    assert world.database.with_name("history.db-wal").exists()
    assert world.find_word() == []
    assert not damaged.exists()
    world.restart()
    assert world.find_word() == []


def test_with_the_keyring_the_next_start_opens_it_by_itself(world: EncryptedHome) -> None:
    world.fill()
    world.enable()
    world.restart()
    assert world.count() == 30
    facts = world.encryption.describe(PROFILE)
    assert (facts.encrypted, facts.locked, facts.key_in) == (True, False, "keyring")
    # The key is nowhere but there.
    key = next(iter(world.keyring.kept.values()))
    for file in world.paths.data.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert key not in data
            assert key.hex().encode() not in data


def test_with_a_passphrase_the_next_start_is_locked_until_it_is_given(world: EncryptedHome) -> None:
    world.fill()
    done = world.enable(PASSPHRASE)
    assert done.recovery_key is None
    world.restart()
    assert world.is_locked()
    facts = world.encryption.describe(PROFILE)
    assert (facts.encrypted, facts.locked, facts.key_in) == (True, True, "passphrase")
    with pytest.raises(InvalidInput):
        world.encryption.unlock(PROFILE, "incorrect horse")
    assert world.is_locked()
    world.encryption.unlock(PROFILE, PASSPHRASE)
    assert world.count() == 30
    assert not world.encryption.describe(PROFILE).locked


def test_when_the_keyring_is_gone_the_recovery_key_opens_it(world: EncryptedHome) -> None:
    world.fill()
    recovery_key = world.enable().recovery_key
    assert recovery_key
    world.keyring.kept.clear()
    world.restart()
    assert world.is_locked()
    with pytest.raises(InvalidInput):
        world.encryption.unlock(PROFILE, recovery_key[:-4] + "AAAA")
    world.encryption.unlock(PROFILE, recovery_key.lower().replace("-", " "))
    assert world.count() == 30
    # And the keyring has it again.
    world.restart()
    assert world.count() == 30


def test_when_the_file_about_the_key_is_gone_too_the_recovery_key_opens_it(world: EncryptedHome) -> None:
    world.fill()
    recovery_key = world.enable().recovery_key
    assert recovery_key
    record_path(world.database).unlink()
    world.keyring.kept.clear()
    world.restart()
    assert world.is_locked()
    world.encryption.unlock(PROFILE, recovery_key)
    assert world.count() == 30
    world.restart()
    assert world.count() == 30


def test_only_who_knows_the_passphrase_has_it_written_in_clear(world: EncryptedHome) -> None:
    world.fill()
    world.enable(PASSPHRASE)
    for wrong in (None, "", "incorrect horse"):
        with pytest.raises(InvalidInput):
            world.disable(wrong)
    assert looks_encrypted(world.database)
    world.disable(PASSPHRASE)
    assert is_clear(world.database)
    assert not record_path(world.database).exists()


@pytest.mark.parametrize("passphrase", [None, "another passphrase"])
def test_only_who_knows_the_passphrase_gets_the_key_or_sets_another_one(
    world: EncryptedHome, passphrase: str | None
) -> None:
    world.fill()
    recovery_key = world.enable().recovery_key
    assert recovery_key
    world.enable(PASSPHRASE)
    before = read_record(world.database)
    for wrong in (None, "", "incorrect horse"):
        with pytest.raises(InvalidInput):
            world.enable(passphrase, present=wrong)
    assert read_record(world.database) == before
    assert world.keyring.kept == {}
    world.enable(passphrase, present=recovery_key)
    assert read_record(world.database) != before


def test_what_was_in_the_keyring_is_gone_with_the_encryption(world: EncryptedHome) -> None:
    world.fill()
    world.enable()
    backup = world.add_backup(key=world.open().database.key)
    assert world.disable().backups == 1
    assert is_clear(backup)
    assert world.keyring.kept == {}


def test_a_keyring_can_be_exchanged_for_a_passphrase_and_back(world: EncryptedHome) -> None:
    world.fill()
    first = world.enable().recovery_key
    world.enable(PASSPHRASE)
    assert world.keyring.kept == {}
    world.restart()
    assert world.is_locked()
    world.encryption.unlock(PROFILE, PASSPHRASE)
    # It is the same key, so the one that was written down still opens it.
    assert world.enable(present=PASSPHRASE).recovery_key == first
    record = read_record(world.database)
    assert record is not None
    assert record.kept_in == "keyring"
    world.restart()
    assert world.count() == 30


def test_without_a_keyring_a_passphrase_is_asked_for(world: EncryptedHome) -> None:
    world.fill()
    world.keyring.name = None
    with pytest.raises(InvalidInput) as caught:
        world.enable()
    assert "passphrase" in (caught.value.fix or "")
    assert is_clear(world.database)


def test_two_cannot_write_it_anew_at_once(world: EncryptedHome) -> None:
    world.fill()
    with hold_copies(world.open()), pytest.raises(NotReady):
        world.enable()


def test_an_export_of_an_encrypted_history_is_in_clear_and_can_be_taken_in_anywhere(
    world: EncryptedHome, tmp_path: Path
) -> None:
    world.fill()
    world.enable()
    file = tmp_path / "export.db"
    done = export_database(world.open(), file, on_progress=lambda *_: None, cancelled=lambda: False)
    assert done.rows["pages"] == 30
    assert is_clear(file)
    # Into an encrypted history it comes encrypted.
    replace_by_copy(world.open(), file, on_stage=lambda *_: None, cancelled=lambda: False)
    assert looks_encrypted(world.database)
    assert world.find_word() == []
    assert world.count() == 30


def test_how_far_it_is_is_told(world: EncryptedHome) -> None:
    world.fill()
    world.add_backup()
    world.enable()
    stages = [stage for stage, _ in world.stages]
    assert stages.index("copying") < stages.index("backups")
    shares = [share for stage, share in world.stages if stage == "copying"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_two_profiles_have_keys_of_their_own(world: EncryptedHome) -> None:
    world.fill()
    world.enable()
    other = world.profiles.open("other")
    world.encryption.enable(other, None, lambda *_: None, world.cancelled)
    assert len(set(world.keyring.kept.values())) == 2
    world.disable()
    assert len(world.keyring.kept) == 1
    world.restart()
    assert world.profiles.open("other").database.key is not None


def test_the_files_are_for_their_owner_alone(world: EncryptedHome) -> None:
    world.fill()
    backup = world.add_backup()
    before = backup.stat().st_mtime_ns
    world.enable(PASSPHRASE)
    files: list[Path] = [world.database, record_path(world.database), backup]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600] * 3
    # A backup is as old as it was.
    assert backup.stat().st_mtime_ns == before
