"""Encryption at rest: which cipher, how a connection gets its key, how a file shows that it is encrypted.

SQLite3 Multiple Ciphers encrypts each page of the file, its journal and its write-ahead log. A page has a
nonce and an authentication tag of its own in 32 bytes at its end.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import apsw

from host.core.errors import DatabaseLocked

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
CIPHER = "chacha20"

_MAGIC = b"SQLite format 3\0"
# What is in clear in an encrypted file too: page size, versions, room for the cipher, fixed fractions.
_FIXED = slice(16, 24)
_ROOM_AND_FRACTIONS = bytes((32, 64, 32, 32))
# How pages in clear begin (https://sqlite.org/fileformat.html): trees, and lists of pages.
_PAGE_KINDS = frozenset((0, 2, 5, 10, 13))
_SAMPLED_PAGES = 64


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
    return _read(path, 0, len(_MAGIC)) == _MAGIC


def looks_encrypted(path: Path) -> bool:
    """Whether the file looks like one of ours that is encrypted, and not like one in clear that is damaged.

    The first 16 bytes are random then, and the next eight as SQLite writes them, with room at the end of each
    page. The pages after the first do not begin as pages of SQLite do.
    """
    start = _read(path, 0, _FIXED.stop)
    fixed = start[_FIXED]
    if len(fixed) < 8 or start[: len(_MAGIC)] == _MAGIC or fixed[4:] != _ROOM_AND_FRACTIONS:
        return False
    page_size = int.from_bytes(fixed[:2], "big")
    firsts = [_read(path, number * page_size, 1) for number in range(1, _SAMPLED_PAGES)]
    kinds = [first[0] in _PAGE_KINDS for first in firsts if first]
    return 2 * sum(kinds) < len(kinds)


def opens_with(path: Path, key: bytes) -> bool:
    """Whether `key` (32 bytes) is the one of the encrypted database at `path`."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        give_key(connection, key)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except apsw.Error:
        return False
    finally:
        connection.close()
    return True


def make_locked_error() -> DatabaseLocked:
    """The error for a database whose key is not at hand."""
    message = "The history is encrypted and locked."
    fix = "Unlock it in the settings under Encryption, or with: ai-history encryption unlock"
    return DatabaseLocked(message, fix=fix)


def _spell(key: bytes) -> str:
    if len(key) != KEY_BYTES:
        message = f"a key has {KEY_BYTES} bytes, not {len(key)}"
        raise ValueError(message)
    # "raw:" spares the derivation that a passphrase needs, 40 ms for each connection: the key is random.
    return (b"raw:" + key).hex()


def _read(path: Path, start: int, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(length)
    except OSError:
        return b""
