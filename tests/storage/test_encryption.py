from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import apsw
import pytest

from host.core.errors import Cancelled, DatabaseCorrupt, DatabaseLocked, StorageError
from host.storage import copying
from host.storage.connection import open_connection
from host.storage.database import Database
from host.storage.encryption import give_key, is_clear, looks_encrypted, make_key, opens_with
from host.storage.recovery import rebuild_damaged
from host.storage.reencryption import write_copy
from host.storage.statistics import count_pages
from tests.makers import add_page

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes(range(32))
WORD = "Zwetschgenknoedel"
PAGE = 8192


def _fill(path: Path, key: bytes | None, count: int = 60) -> None:
    with Database(path, key=key) as database:

        def fill(connection: apsw.Connection) -> None:
            for number in range(count):
                text = f"{WORD} {number}. " + "More about it. " * 200
                add_page(connection, f"https://{number}.example/", text)

        database.write(fill)


def _count(path: Path, key: bytes | None) -> int:
    with Database(path, key=key) as database:
        return database.read(count_pages)


@pytest.fixture
def encrypted(tmp_path: Path) -> Path:
    path = tmp_path / "p" / "history.db"
    _fill(path, KEY)
    return path


def test_an_encrypted_database_is_used_as_any_other(encrypted: Path) -> None:
    with Database(encrypted, key=KEY) as database:
        assert database.features.fulltext
        assert database.features.vectors
    assert _count(encrypted, KEY) == 60
    # Larger pages than SQLite's own, as without a key.
    assert int.from_bytes(encrypted.read_bytes()[16:18], "big") == PAGE


def test_no_file_of_an_encrypted_database_holds_a_word_of_it(tmp_path: Path) -> None:
    path = tmp_path / "p" / "history.db"
    with Database(path, key=KEY) as database:
        database.write(lambda connection: add_page(connection, "https://a.example/", f"{WORD} " * 900))
        assert database.read(count_pages) == 1
        files = list(path.parent.iterdir())
        assert {file.name for file in files} >= {"history.db", "history.db-wal"}
        for file in files:
            assert WORD.lower().encode() not in file.read_bytes().lower(), file.name


@pytest.mark.parametrize("key", [None, make_key()], ids=["no key", "another key"])
def test_without_its_key_it_cannot_be_opened_and_is_not_touched(encrypted: Path, key: bytes | None) -> None:
    before = encrypted.read_bytes()
    with pytest.raises(DatabaseLocked if key is None else DatabaseCorrupt):
        Database(encrypted, key=key)
    assert encrypted.read_bytes() == before
    assert not opens_with(encrypted, make_key())
    assert opens_with(encrypted, KEY)


def test_it_shows_which_database_is_encrypted(encrypted: Path, tmp_path: Path) -> None:
    clear = tmp_path / "clear" / "history.db"
    _fill(clear, None, 3)
    assert (is_clear(clear), looks_encrypted(clear)) == (True, False)
    assert (is_clear(encrypted), looks_encrypted(encrypted)) == (False, True)
    missing = tmp_path / "missing.db"
    assert (is_clear(missing), looks_encrypted(missing)) == (False, False)


def test_damage_in_clear_is_not_taken_for_encryption(encrypted: Path, tmp_path: Path) -> None:
    """Also where the database was encrypted once, and has kept the room for the cipher in its pages."""
    decrypted = tmp_path / "clear" / "history.db"
    decrypted.parent.mkdir()
    write_copy(encrypted, KEY, decrypted, None)
    with decrypted.open("r+b") as file:
        file.write(os.urandom(16))
    assert not looks_encrypted(decrypted)
    assert rebuild_damaged(decrypted).rows["pages"] == 60


def test_an_encrypted_database_is_never_rebuilt_without_its_key(encrypted: Path) -> None:
    before = encrypted.read_bytes()
    for key in (None, make_key()):
        with pytest.raises(DatabaseLocked):
            rebuild_damaged(encrypted, key)
    assert encrypted.read_bytes() == before
    assert not list(encrypted.parent.glob("*damaged*"))


@pytest.mark.parametrize("at", [0, 20 * PAGE + 100, 20 * PAGE])
def test_a_damaged_one_is_rebuilt_with_its_key_and_stays_encrypted(encrypted: Path, at: int) -> None:
    with encrypted.open("r+b") as file:
        file.seek(at)
        file.write(os.urandom(12))
    found = rebuild_damaged(encrypted, KEY)
    assert found.rows["pages"] >= 50
    assert looks_encrypted(encrypted)
    assert _count(encrypted, KEY) == found.rows["pages"]
    for beside in encrypted.parent.iterdir():
        assert WORD.encode() not in beside.read_bytes(), beside.name


@pytest.mark.parametrize(("old", "new"), [(None, KEY), (KEY, None), (KEY, KEY[::-1])])
def test_a_copy_with_another_key_has_everything(tmp_path: Path, old: bytes | None, new: bytes | None) -> None:
    source, target = tmp_path / "p" / "history.db", tmp_path / "copy.db"
    _fill(source, old)
    shares: list[float] = []
    write_copy(source, old, target, new, on_progress=lambda share, _: shares.append(share))
    assert _count(target, new) == 60
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert is_clear(target) == (new is None)
    # And the source is as it was.
    assert _count(source, old) == 60


def test_a_copy_that_is_cancelled_leaves_nothing(encrypted: Path, tmp_path: Path) -> None:
    _fill(encrypted, KEY, 400)
    target = tmp_path / "copy.db"
    with pytest.raises(Cancelled):
        write_copy(encrypted, KEY, target, None, cancelled=lambda: True)
    assert not target.exists()


def test_no_error_names_the_key(encrypted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "ensure_room", lambda *_: None)
    with pytest.raises(StorageError) as caught:
        write_copy(encrypted, KEY, tmp_path / "missing folder" / "copy.db", KEY)
    assert KEY.hex() not in caught.value.message
    assert "hexkey" not in caught.value.message


def test_opening_derives_nothing_from_the_key(encrypted: Path, tmp_path: Path) -> None:
    """The bytes given are the key itself, so that each reader opens at once."""
    copy = tmp_path / "copy.db"
    shutil.copyfile(encrypted, copy)
    connection = apsw.Connection(str(copy))
    try:
        give_key(connection, KEY)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        spelled = "x'" + KEY.hex() + "'"
        other = apsw.Connection(str(copy))
        other.execute("PRAGMA cipher='chacha20'")
        other.execute(f'PRAGMA key="{spelled}"')
        assert other.execute("SELECT count(*) FROM pages").fetchall() == [(60,)]
        other.close()
    finally:
        connection.close()


def test_what_was_read_and_decrypted_is_not_decrypted_again_at_once(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    _fill(path, KEY, 500)
    assert path.stat().st_size > 2_000_000
    connection = open_connection(path, read_only=True, key=KEY)
    try:
        misses = []
        for _ in range(2):
            connection.execute("SELECT sum(length(content_text)) FROM pages").fetchall()
            misses.append(connection.status(apsw.SQLITE_DBSTATUS_CACHE_MISS, True)[0])
    finally:
        connection.close()
    assert misses[0] > 200
    assert misses[1] == 0
