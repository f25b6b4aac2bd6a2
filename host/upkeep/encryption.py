"""Encryption at rest, switched on and off: the whole database is written anew, and its backups too.

Killed at any moment, the database that is in place is whole, and its key is where it can be found: a new key
is kept before the file is exchanged, and an old one is forgotten after that. A key is never forgotten while
the file in place needs it, whatever was raised.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from host.core.errors import DatabaseLocked, InvalidInput
from host.core.log import describe_exception, get_logger
from host.storage.encryption import is_clear, make_key
from host.storage.erasing import erase, make_workspace
from host.storage.reencryption import write_copy
from host.upkeep.backups import find_backups, hold_copies
from host.upkeep.encrypted_backups import Rewritten, copy_in_clear, encrypt_backups
from host.upkeep.key_record import read_record
from host.upkeep.passphrases import spell_key

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    import apsw

    from host.history.profiles import Profile, Profiles
    from host.upkeep.encrypted_backups import Stage
    from host.upkeep.keys import Keys

_log = get_logger("encryption")


@dataclass(frozen=True)
class EncryptionFacts:
    """How it stands with a profile's database.

    Attributes:
        encrypted: at rest.
        locked: its key is not at hand.
        key_in: what opens it.
        keyring: the name of the system's, None where there is none.
        clear_backups: backups beside an encrypted database that are not.
    """

    encrypted: bool
    locked: bool
    key_in: Literal["keyring", "passphrase"] | None
    keyring: str | None
    clear_backups: int


@dataclass(frozen=True)
class Converted:
    """What was done.

    Attributes:
        recovery_key: to write down, where the keyring has the key.
        backups: how many were written anew.
        left: names of those that could not be, and are as they were; of damaged databases, too, that were
            set aside and could not be deleted.
        why_left: a sentence about the first of them.
    """

    recovery_key: str | None = None
    backups: int = 0
    left: list[str] = field(default_factory=list)
    why_left: str | None = None


class Encryption:
    """Encrypts and decrypts the databases of profiles, and unlocks them."""

    def __init__(self, profiles: Profiles, keys: Keys) -> None:
        """Do nothing yet.

        Args:
            profiles: whose databases they are.
            keys: where their keys are found.
        """
        self._profiles = profiles
        self._keys = keys

    def describe(self, profile_id: str) -> EncryptionFacts:
        """How it stands; opens the database when that is possible."""
        database = self._profiles.find_database(profile_id)
        profile = None
        try:
            profile = self._profiles.open(profile_id)
        except DatabaseLocked:
            encrypted = True
        else:
            encrypted = profile.database.key is not None
        record = read_record(database) if encrypted else None
        kept_in = record.kept_in if record else None
        clear = 0
        if encrypted and profile is not None:
            clear = sum(is_clear(backup.path) for backup in find_backups(profile))
        return EncryptionFacts(encrypted, profile is None, kept_in, self._keys.keyring.find_name(), clear)

    def enable(
        self,
        profile: Profile,
        passphrase: str | None,
        on_progress: Callable[[Stage, float], None],
        cancelled: threading.Event,
        *,
        present: str | None = None,
    ) -> Converted:
        """Encrypt the database and its backups.

        An encrypted one has its key kept in the other way from now on, and the rest of its backups encrypted.

        Args:
            profile: whose database it is.
            passphrase: guards the key; None keeps it in the system's keyring.
            on_progress: told the stage and how much of it is done, 0 to 1.
            cancelled: ends it when set; the database is then in clear as it was, or where that was written
                anew already, some backups are.
            present: where a passphrase guards the key of an encrypted one: that, or the recovery key.

        Raises:
            InvalidInput: there is no keyring, or `present` is wrong.
            Cancelled, DiskFull, DatabaseCorrupt, StorageError, NotReady: nothing has changed.
        """
        with hold_copies(profile):
            database = profile.database.path
            if passphrase is None and self._keys.keyring.find_name() is None:
                message = "This system has no keyring that can be used."
                raise InvalidInput(message, fix="Choose a passphrase instead.")
            before = profile.database.key
            if before is not None:
                self._ask_for_present(database, present)
            key = before or make_key()
            if passphrase is None:
                self._keys.keep_in_keyring(database, key)
            else:
                self._keys.keep_wrapped(database, key, passphrase)
            backups = Rewritten()
            if before is None:
                try:
                    self._rewrite(profile, key, on_progress, cancelled)
                except BaseException as error:
                    if profile.database.key is None and is_clear(database):
                        self._keys.forget(database)
                        raise
                    _go_on_after(error)
                for damaged in database.parent.glob(f"{database.stem}.damaged-*"):
                    try:
                        erase(damaged)
                    except OSError as error:
                        backups.leave(damaged.name, error)
                _log.info("a database was encrypted")
            encrypt_backups(profile, key, backups, on_progress, cancelled)
            return _report(backups, None if passphrase else spell_key(key))

    def finish_backups(
        self, profile: Profile, on_progress: Callable[[Stage, float], None], cancelled: threading.Event
    ) -> Converted:
        """Encrypt the backups of an encrypted database that are in clear still.

        Raises:
            InvalidInput: the database itself is in clear.
            NotReady.
        """
        with hold_copies(profile):
            key = profile.database.key
            if key is None:
                message = "The history is not encrypted."
                raise InvalidInput(message, fix="Encrypt it, and its backups with it.")
            backups = Rewritten()
            encrypt_backups(profile, key, backups, on_progress, cancelled)
            return _report(backups)

    def disable(
        self,
        profile: Profile,
        words: str | None,
        on_progress: Callable[[Stage, float], None],
        cancelled: threading.Event,
    ) -> Converted:
        """Write the database and its backups in clear.

        All is copied first and exchanged in the end, so that whatever fails before leaves all encrypted.

        Args:
            profile: whose database it is.
            words: the passphrase, or the recovery key; needed where a passphrase guards the key.
            on_progress: told the stage and how much of it is done, 0 to 1.
            cancelled: ends it when set; the database and its backups are then encrypted as they were.

        Raises:
            InvalidInput: the passphrase is wrong.
            Cancelled, DiskFull, DatabaseCorrupt, StorageError, NotReady: nothing has changed.
        """
        with hold_copies(profile), make_workspace(profile.database.path) as folder:
            database, key = profile.database.path, profile.database.key
            if key is None:
                return Converted()
            self._ask_for_present(database, words)
            backups = Rewritten()
            exchanges = copy_in_clear(profile, key, folder, backups, on_progress, cancelled)

            def exchange_backups() -> None:
                for each in exchanges:
                    each.do()

            try:
                self._rewrite(profile, None, on_progress, cancelled, at_last=exchange_backups)
            except BaseException as error:
                if profile.database.key is not None or not is_clear(database):
                    for each in exchanges:
                        each.take_back()
                    raise
                _go_on_after(error)
            # Else the next start forgets it: a key that nothing needs.
            with contextlib.suppress(OSError):
                self._keys.forget(database)
            _log.info("a database was decrypted")
            return _report(backups)

    def unlock(self, profile_id: str, words: str) -> Profile:
        """Open an encrypted database for as long as this process runs.

        Args:
            profile_id: whose database it is.
            words: the passphrase, or the recovery key.

        Raises:
            InvalidInput: it is neither.
        """
        database = self._profiles.find_database(profile_id)
        if self._keys.is_guarded(database):
            self._keys.open_with(database, words)
        return self._profiles.open(profile_id)

    def _ask_for_present(self, database: Path, words: str | None) -> None:
        """See that who wants a key that a passphrase guards knows that.

        Raises:
            InvalidInput.
        """
        record = read_record(database)
        if record and record.wrapped and not self._keys.is_opened_by(database, words or ""):
            message = "This is not the passphrase of this history."
            if not words:
                message = "A passphrase guards this history, and has to be given."
            raise InvalidInput(message, fix="Nothing was changed; try again.")

    def _rewrite(
        self,
        profile: Profile,
        key: bytes | None,
        on_progress: Callable[[Stage, float], None],
        cancelled: threading.Event,
        *,
        at_last: Callable[[], None] = lambda: None,
    ) -> None:
        database = profile.database
        with make_workspace(database.path) as folder:

            def make(_: apsw.Connection) -> Path:
                copy = folder / "copy.db"
                write_copy(
                    database.path,
                    database.key,
                    copy,
                    key,
                    on_progress=lambda share, _: on_progress("copying", share),
                    cancelled=cancelled.is_set,
                )
                at_last()
                return copy

            database.rewrite(make, key=key)


def _report(backups: Rewritten, recovery_key: str | None = None) -> Converted:
    return Converted(recovery_key, backups.done, backups.left, backups.why)


def _go_on_after(error: BaseException) -> None:
    """The files were exchanged all the same, so that it is done."""
    if not isinstance(error, Exception):
        raise error
    _log.error("after the files were exchanged: %s", describe_exception(error))
