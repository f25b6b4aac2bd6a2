"""A home whose profiles can be encrypted, closed and opened anew, as a daemon that is started again does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from host.core.errors import DatabaseLocked
from host.history.profiles import Profile, Profiles
from host.storage.reencryption import write_copy
from host.storage.statistics import count_pages
from host.upkeep.encryption import Converted, Encryption
from host.upkeep.keys import Keys
from tests.makers import add_page
from tests.upkeep.memory_keyring import MemoryKeyring

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from host.core.paths import Paths

PASSPHRASE = "correct horse battery"  # noqa: S105 - of tests
WORD = "Zwetschgenknoedel"
PROFILE = "tester"
QUICK = 1 << 4


class EncryptedHome:
    """One profile, and what is needed to encrypt it."""

    def __init__(self, paths: Paths, keyring: MemoryKeyring | None = None) -> None:
        self.paths = paths
        self.keyring = keyring or MemoryKeyring()
        self.stages: list[tuple[str, float]] = []
        self.cancelled = threading.Event()
        self._begin()

    @property
    def database(self) -> Path:
        return self.paths.database(PROFILE)

    def open(self) -> Profile:
        return self.profiles.open(PROFILE)

    def is_locked(self) -> bool:
        try:
            self.open()
        except DatabaseLocked:
            return True
        return False

    def restart(self) -> None:
        """What a daemon that ends and is started again knows: only what is on disk and in the keyring."""
        self.profiles.close()
        self._begin()

    def fill(self, count: int = 30) -> None:
        def fill(connection: apsw.Connection) -> None:
            for number in range(count):
                add_page(connection, f"https://{number}.example/", f"{WORD} " * 300, WORD)

        self.open().database.write(fill)

    def count(self) -> int:
        return self.open().database.read(count_pages)

    def enable(self, passphrase: str | None = None, present: str | None = None) -> Converted:
        return self.encryption.enable(self.open(), passphrase, self._note, self.cancelled, present=present)

    def disable(self, passphrase: str | None = None) -> Converted:
        return self.encryption.disable(self.open(), passphrase, self._note, self.cancelled)

    def add_backup(self, name: str = "history-20240101-000000-asked.db", key: bytes | None = None) -> Path:
        """A copy of the database among its backups."""
        folder = self.database.parent / "backups"
        folder.mkdir(exist_ok=True)
        write_copy(self.database, self.open().database.key, folder / name, key)
        return folder / name

    def find_word(self) -> list[str]:
        """The files of the home that hold a marked word."""
        marks = [mark.encode(coding) for mark in (WORD, WORD.lower()) for coding in ("utf-8", "utf-16-le")]
        return sorted(
            file.name
            for file in self.paths.data.rglob("*")
            if file.is_file() and any(mark in file.read_bytes() for mark in marks)
        )

    def close(self) -> None:
        self.profiles.close()

    def _begin(self) -> None:
        self.keys = Keys(self.keyring, ask_again_s=0.0, work=QUICK)
        self.profiles = Profiles(self.paths, find_key=self.keys.find)
        self.encryption = Encryption(self.profiles, self.keys)

    def _note(self, stage: str, share: float) -> None:
        self.stages.append((stage, share))
