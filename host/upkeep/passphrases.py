"""A key wrapped with a passphrase, and a key as words to write down.

The wrapping key comes of the passphrase by scrypt (RFC 7914), which makes each guess cost memory and time.
The wrapping is AES-256-GCM, so a wrong passphrase is told from a right one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import unicodedata
from dataclasses import dataclass

from host.core.errors import InvalidInput

# 128 MiB and a third of a second for each guess; asked once each time the daemon starts.
WORK = 1 << 17
BLOCK = 8
# What a file may ask for at most, so that a forged one cannot take all memory.
MOST_WORK = 1 << 20
_SALT_BYTES = 16
_NONCE_BYTES = 12
_KEY_BYTES = 32
_LABEL = b"ai-history data key"
_GROUP = 4


@dataclass(frozen=True)
class WrappedKey:
    """A key that a passphrase opens; nothing in here is secret.

    Attributes:
        salt: of the derivation.
        work: scrypt's N, a power of two.
        nonce: of the wrapping.
        sealed: the key, encrypted, with its tag.
    """

    salt: bytes
    work: int
    nonce: bytes
    sealed: bytes


def wrap_key(key: bytes, passphrase: str, work: int = WORK) -> WrappedKey:
    """Wrap `key` (32 bytes) with a passphrase.

    Args:
        key: what is protected.
        passphrase: in any spelling that Unicode takes for the same.
        work: scrypt's N.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_derive(passphrase, salt, work)).encrypt(nonce, key, _LABEL)
    return WrappedKey(salt, work, nonce, sealed)


def unwrap_key(wrapped: WrappedKey, passphrase: str) -> bytes | None:
    """The key, or None when the passphrase is not the one it was wrapped with.

    Raises:
        InvalidInput: what is stored cannot have been made here.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not 1 < wrapped.work <= MOST_WORK or wrapped.work & (wrapped.work - 1):
        message = "The file with the key is damaged."
        raise InvalidInput(message, fix="Unlock with the recovery key, or put the file back from a backup.")
    try:
        kek = _derive(passphrase, wrapped.salt, wrapped.work)
        return AESGCM(kek).decrypt(wrapped.nonce, wrapped.sealed, _LABEL)
    except InvalidTag:
        return None


def make_check(key: bytes) -> str:
    """A mark by which a key is known again, and from which it cannot be found."""
    return hmac.new(key, b"ai-history key check", hashlib.sha256).hexdigest()[:32]


def is_checked(key: bytes, check: str) -> bool:
    """Whether `check` was made of this key."""
    return hmac.compare_digest(make_check(key), check)


def spell_key(key: bytes) -> str:
    """A key to write down: 52 letters and digits in groups of four."""
    letters = base64.b32encode(key).decode("ascii").rstrip("=")
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def read_spelled_key(text: str) -> bytes | None:
    """The key that was written down, however it is grouped; None when it is no such thing."""
    # 0, 1 and 8 do not occur, and are what O, I and B are misread as.
    letters = "".join(text.upper().translate(str.maketrans("018", "OIB")).replace("-", " ").split())
    try:
        key = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == _KEY_BYTES else None


def _derive(passphrase: str, salt: bytes, work: int) -> bytes:
    # The same words typed on another keyboard may come in another normal form.
    words = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    room = 2 * 128 * BLOCK * work
    return hashlib.scrypt(words, salt=salt, n=work, r=BLOCK, p=1, maxmem=room, dklen=_KEY_BYTES)
