"""The keys of encrypted databases: found when a database is opened, held in memory while the daemon runs."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput, StorageError
from host.core.log import get_logger
from host.storage.encryption import is_clear, looks_encrypted, make_locked_error, opens_with
from host.upkeep.key_record import KeyRecord, drop_record, read_record, record_path, write_record
from host.upkeep.passphrases import (
    WORK,
    is_checked,
    make_check,
    read_spelled_key,
    unwrap_key,
    wrap_key,
)

if TYPE_CHECKING:
    from pathlib import Path

    from host.upkeep.keyrings import Keyring

_log = get_logger("keys")
# A keyring that had no answer is not asked again by each request that comes.
ASK_AGAIN_S = 10.0


class Keys:
    """Finds, keeps and forgets the key of each database."""

    def __init__(self, keyring: Keyring, *, ask_again_s: float = ASK_AGAIN_S, work: int = WORK) -> None:
        """Know no key yet.

        Args:
            keyring: where those lie that no passphrase guards.
            ask_again_s: how long after a vain question the keyring is left alone.
            work: what a guess at a passphrase costs; see `wrap_key`.
        """
        self.keyring = keyring
        self._ask_again_s = ask_again_s
        self._work = work
        self._held: dict[Path, bytes] = {}
        self._asked_in_vain: dict[Path, float] = {}
        self._lock = threading.Lock()

    def find(self, database: Path) -> bytes | None:
        """The key for opening `database`, None when it is in clear, or new and to be in clear.

        Raises:
            DatabaseLocked: it is encrypted, and the key is not at hand.
        """
        if is_clear(database):
            # Left by an encrypting that was broken off before the file was exchanged.
            drop_record(database)
            return None
        if not self.is_guarded(database):
            return None
        with self._lock:
            key = self._held.get(database) or self._ask_keyring(database)
            if key is None:
                raise make_locked_error()
            self._held[database] = key
        return key

    def is_guarded(self, database: Path) -> bool:
        """Whether `database` is encrypted, or is to be when it is made anew."""
        if is_clear(database):
            return False
        return record_path(database).exists() or looks_encrypted(database)

    def open_with(self, database: Path, words: str) -> None:
        """Find the key with what a person typed, and hold it.

        Args:
            database: an encrypted one.
            words: the passphrase, or the recovery key.

        Raises:
            InvalidInput: it is neither.
        """
        record = read_record(database)
        key = self._try_words(database, record, words)
        if key is None:
            kind = "passphrase" if record and record.wrapped else "recovery key"
            message = f"This is not the {kind} of this history."
            raise InvalidInput(message, fix="Nothing was changed; try again.")
        with self._lock:
            self._held[database] = key
        if record is None or record.account:
            self._put_back(database, key)

    def keep_in_keyring(self, database: Path, key: bytes) -> None:
        """Keep the key of `database` in the system's keyring.

        Raises:
            StorageError: the keyring did not take it; what was known before is as it was.
        """
        before = read_record(database)
        # Of one key only: another installation may have a profile of the same name.
        account = f"{database.parent.name}-{os.urandom(8).hex()}"
        self.keyring.store(account, key)
        write_record(database, KeyRecord(make_check(key), account=account))
        self._drop_account(before)
        self.hold(database, key)

    def keep_wrapped(self, database: Path, key: bytes, passphrase: str) -> None:
        """Keep the key of `database` beside it, wrapped with a passphrase."""
        before = read_record(database)
        write_record(database, KeyRecord(make_check(key), wrapped=wrap_key(key, passphrase, self._work)))
        self._drop_account(before)
        self.hold(database, key)

    def is_opened_by(self, database: Path, words: str) -> bool:
        """Whether what a person typed is the passphrase, or the recovery key."""
        return self._try_words(database, read_record(database), words) is not None

    def hold(self, database: Path, key: bytes) -> None:
        """Keep a key in memory."""
        with self._lock:
            self._held[database] = key
            self._asked_in_vain.pop(database, None)

    def forget(self, database: Path) -> None:
        """Forget the key of a database that is in clear now, everywhere."""
        self._drop_account(read_record(database))
        drop_record(database)
        with self._lock:
            self._held.pop(database, None)

    def _ask_keyring(self, database: Path) -> bytes | None:
        record = read_record(database)
        if record is None or record.account is None:
            return None
        if time.monotonic() - self._asked_in_vain.get(database, -self._ask_again_s) < self._ask_again_s:
            return None
        key = self.keyring.read(record.account)
        if key is not None and is_checked(key, record.check):
            return key
        self._asked_in_vain[database] = time.monotonic()
        return None

    def _try_words(self, database: Path, record: KeyRecord | None, words: str) -> bytes | None:
        key = unwrap_key(record.wrapped, words) if record and record.wrapped else None
        key = key or read_spelled_key(words)
        if key is None:
            return None
        if record is not None:
            return key if is_checked(key, record.check) else None
        return key if opens_with(database, key) else None

    def _put_back(self, database: Path, key: bytes) -> None:
        """Let the next start find a key that was gone from the keyring, where there is a keyring."""
        if self.keyring.find_name() is None:
            return
        record = read_record(database)
        try:
            if record is None or record.account is None or self.keyring.read(record.account) != key:
                self.keep_in_keyring(database, key)
        except StorageError:
            # The history is open all the same; it is asked for again at the next start.
            _log.error("the keyring did not take the key back")

    def _drop_account(self, record: KeyRecord | None) -> None:
        if record is not None and record.account is not None:
            self.keyring.drop(record.account)
