"""Keyrings at the edge of the `keyring` library: what the system's own would be."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend

FILE_VARIABLE = "AI_HISTORY_TEST_KEYRING"


class FileBackend(KeyringBackend):
    """Keeps passwords in the file that a variable names, so that processes that follow each other share it.

    Chosen with PYTHON_KEYRING_BACKEND=tests.upkeep.keyring_backends.FileBackend.
    """

    priority = 9
    # The library looks for backends among all subclasses, and this one is for processes that were told to.
    viable = FILE_VARIABLE in os.environ
    name = "Test keyring"

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write(self._read() | {f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._read()
        del kept[f"{service}/{username}"]
        self._write(kept)

    def _read(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def _write(self, kept: dict[str, str]) -> None:
        self._file.write_text(json.dumps(kept), encoding="utf-8")

    @property
    def _file(self) -> Path:
        return Path(os.environ[FILE_VARIABLE])


class MemoryBackend(KeyringBackend):
    """Keeps passwords in memory; can be made to fail, and to wait until a test lets it go on."""

    priority = 9
    name = "Test keyring"
    # The library looks for backends among all subclasses.
    viable = False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.questions = 0
        self.forgets = False
        self.refuses = False
        self.answers = threading.Event()
        self.answers.set()

    def get_password(self, service: str, username: str) -> str | None:
        self._take_time()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._take_time()
        if not self.forgets:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._take_time()
        del self.kept[service, username]

    def _take_time(self) -> None:
        self.questions += 1
        self.answers.wait(30)
        if self.refuses:
            message = "no"
            raise OSError(message)
