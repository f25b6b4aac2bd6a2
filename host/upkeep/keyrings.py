"""The system's keyring: where a key lies that no passphrase guards but the log-in.

A keyring may ask its owner something, or hang. So it is asked by a thread of its own that is waited for only
so long; what it finds later is there for the next question.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from host.core.errors import StorageError
from host.core.log import describe_exception, get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SERVICE = "ai-history database"
# `hello` waits for this, and the extension waits 20 seconds for `hello`.
READ_S = 6.0
# Storing may ask for the keyring's password, which takes a person a while.
STORE_S = 90.0
_log = get_logger("keyrings")


class Keyring(Protocol):
    """Where keys are kept, by account."""

    def find_name(self) -> str | None:
        """What it is called, None when there is none that can be used."""

    def read(self, account: str) -> bytes | None:
        """The key, None when it has none, or did not answer in time."""

    def store(self, account: str, key: bytes) -> None:
        """Keep a key.

        Raises:
            StorageError: it was not kept.
        """

    def drop(self, account: str) -> None:
        """Forget a key, if there is one."""


class SystemKeyring:
    """The keyring of the operating system, by the `keyring` library."""

    def __init__(self, *, read_s: float = READ_S, store_s: float = STORE_S) -> None:
        """Ask nothing yet.

        Args:
            read_s: how long an answer is waited for.
            store_s: the same for storing.
        """
        self._read_s = read_s
        self._store_s = store_s
        self._asked: dict[str, _Question] = {}
        self._lock = threading.Lock()

    def find_name(self) -> str | None:
        """Its name; keyrings that keep nothing, or keep it in clear, do not count."""
        found = self._ask("name", _find_backend, self._read_s)
        return str(found.name) if found is not None else None

    def read(self, account: str) -> bytes | None:
        """The key, None when it has none, or does not answer in time."""

        def ask() -> str:
            backend = _find_backend()
            return (backend.get_password(SERVICE, account) if backend else None) or ""

        try:
            return bytes.fromhex(self._ask(f"read {account}", ask, self._read_s) or "") or None
        except ValueError:
            return None

    def store(self, account: str, key: bytes) -> None:
        """Keep a key, and see that it is kept.

        Raises:
            StorageError: there is no keyring, it refused, or it did not answer in time.
        """

        def ask() -> bool:
            backend = _find_backend()
            if backend is None:
                return False
            backend.set_password(SERVICE, account, key.hex())
            return bool(backend.get_password(SERVICE, account) == key.hex())

        if not self._ask(f"store {account}", ask, self._store_s):
            message = "The system's keyring did not take the key."
            raise StorageError(message, fix="Unlock the keyring and try again, or use a passphrase.")

    def drop(self, account: str) -> None:
        """Forget a key, if there is one."""

        def ask() -> bool:
            backend = _find_backend()
            if backend is not None and backend.get_password(SERVICE, account) is not None:
                backend.delete_password(SERVICE, account)
            return True

        self._ask(f"drop {account}", ask, self._store_s)

    def _ask(self, what: str, function: Callable[[], T], limit_s: float) -> T | None:
        with self._lock:
            question = self._asked.get(what)
            if question is None:
                # A question that is still open is waited for again, so that nobody is asked twice.
                question = self._asked[what] = _Question(function)
        if not question.done.wait(limit_s):
            _log.error("the keyring did not answer in time")
            return None
        with self._lock:
            self._asked.pop(what, None)
        answer: T | None = question.answer
        return answer


class _Question:
    """What a thread of its own asks the keyring."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.answer: Any = None
        self.done = threading.Event()
        self._function = function
        threading.Thread(target=self._run, name="keyring", daemon=True).start()

    def _run(self) -> None:
        try:
            self.answer = self._function()
        except Exception as error:  # noqa: BLE001 - backends raise what their system's libraries raise
            _log.error("the keyring failed: %s", describe_exception(error))
        finally:
            self.done.set()


def _find_backend() -> Any | None:
    """The library's backend for this system, None when it is no real store.

    The library itself says which ones it recommends (a priority of 1 or more): those that keep nothing, and
    those that keep passwords in a file, are below that.
    """
    try:
        import keyring
        from keyring.backends.chainer import ChainerBackend
        from keyring.core import recommended
    except ImportError:
        return None
    chosen = keyring.get_keyring()
    every = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
    return next((backend for backend in every if recommended(backend)), None)
