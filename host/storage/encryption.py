"""Encryption at rest: which cipher, how a connection gets its key, how a file shows that it is encrypted.

SQLite3 Multiple Ciphers encrypts each page of the file, its journal and its write-ahead log. A page has a
nonce and an authentication tag of its own in 32 bytes at its end.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from host.core.errors import DatabaseLocked

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

KEY_BYTES = 32
CIPHER = "chacha20"

_MAGIC = b"SQLite format 3\0"
# What is in clear in an encrypted file too: page size, versions, reserved bytes, fixed fractions.
_FIXED = slice(16, 24)
_RESERVED = 4
_RESERVED_BYTES = 32
_FRACTIONS = bytes((64, 32, 32))


def make_key() -> bytes:
    """A new random key, 32 bytes."""
    return os.urandom(KEY_BYTES)


def give_key(connection: apsw.Connection, key: bytes, *, authenticated: bool = True) -> None:
    """Have a connection that was just opened read and write with `key`.

    Args:
        connection: nothing has been read through it yet.
        key: 32 bytes.
        authenticated: whether damaged pages are refused; only a repair reads them all the same.
    """
    connection.execute(f"PRAGMA cipher='{CIPHER}'")
    if not authenticated:
        connection.execute("PRAGMA hmac_check=0")
    connection.execute(f"PRAGMA hexkey='{_spell(key)}'")


def name_copy(target: Path, key: bytes | None) -> str:
    """The address under which `VACUUM INTO` writes `target` with `key`, or in clear.

    It holds the key: bind it, and never put it into a message. The connection must be opened with
    `SQLITE_OPEN_URI`.
    """
    how = f"cipher={CIPHER}&hexkey={_spell(key)}" if key is not None else "key="
    # As https://sqlite.org/uri.html has it for Windows: forward slashes, and one before the drive.
    path = target.absolute().as_posix()
    rooted = path if path.startswith("/") else f"/{path}"
    return f"file:{quote(rooted, safe='/:')}?{how}"


def is_clear(path: Path) -> bool:
    """Whether the file begins as a SQLite database in clear does."""
    return _read_start(path)[: len(_MAGIC)] == _MAGIC


def looks_encrypted(path: Path) -> bool:
    """Whether the file looks like one of ours that is encrypted.

    The first 16 bytes are random there, and the next eight are as SQLite writes them, with room at the end of
    each page. A file in clear whose beginning was overwritten has that only if it was encrypted once.
    """
    start = _read_start(path)
    fixed = start[_FIXED]
    return (
        len(fixed) == 8
        and start[: len(_MAGIC)] != _MAGIC
        and fixed[_RESERVED] == _RESERVED_BYTES
        and fixed[5:] == _FRACTIONS
    )


def make_locked_error() -> DatabaseLocked:
    """The error for a database whose key is not at hand."""
    message = "The history is encrypted, and its key is not at hand."
    return DatabaseLocked(message, fix="Unlock it in the settings under Encryption: ai-history encryption unlock")


def _spell(key: bytes) -> str:
    if len(key) != KEY_BYTES:
        message = f"a key has {KEY_BYTES} bytes, not {len(key)}"
        raise ValueError(message)
    # "raw:" spares the derivation that a passphrase needs, 40 ms for each connection: the key is random.
    return (b"raw:" + key).hex()


def _read_start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(24)
    except OSError:
        return b""
