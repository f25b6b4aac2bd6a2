"""A keyring in memory, held to the same contract as the real one."""

from __future__ import annotations

from host.core.errors import StorageError


class MemoryKeyring:
    """Keeps keys for as long as it lives."""

    def __init__(self, name: str | None = "Memory") -> None:
        self.name = name
        self.kept: dict[str, bytes] = {}
        self.asked = 0

    def find_name(self) -> str | None:
        return self.name

    def read(self, account: str) -> bytes | None:
        self.asked += 1
        return self.kept.get(account) if self.name else None

    def store(self, account: str, key: bytes) -> None:
        if self.name is None:
            message = "The system's keyring did not take the key."
            raise StorageError(message, fix="Unlock the keyring and try again, or use a passphrase.")
        self.kept[account] = key

    def drop(self, account: str) -> None:
        if self.name is not None:
            self.kept.pop(account, None)
