"""The small file beside an encrypted database that says where its key is. It holds no secret in clear."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from host.storage.replacement import sync_folder
from host.upkeep.passphrases import BLOCK, WrappedKey

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1


@dataclass(frozen=True)
class KeyRecord:
    """Where a database's key is kept.

    Attributes:
        check: a mark by which the key is known again.
        account: under which the keyring has it, None when a passphrase wraps it.
        wrapped: the key that a passphrase opens, None when the keyring has it.
    """

    check: str
    account: str | None = None
    wrapped: WrappedKey | None = None

    @property
    def kept_in(self) -> Literal["keyring", "passphrase"]:
        """What opens it."""
        return "passphrase" if self.wrapped else "keyring"


def record_path(database: Path) -> Path:
    """The file's place beside a database."""
    return database.with_name(f"{database.stem}.key.json")


def read_record(database: Path) -> KeyRecord | None:
    """What is known of the key of `database`; None when there is no such file, or it cannot be read."""
    try:
        values: dict[str, Any] = json.loads(record_path(database).read_text(encoding="utf-8"))
        wrapped = None
        if values["kept_in"] == "passphrase":
            kdf, sealed = values["kdf"], values["sealed"]
            wrapped = WrappedKey(
                bytes.fromhex(kdf["salt"]),
                int(kdf["n"]),
                bytes.fromhex(sealed["nonce"]),
                bytes.fromhex(sealed["key"]),
            )
        return KeyRecord(str(values["check"]), values.get("account"), wrapped)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(database: Path, record: KeyRecord) -> None:
    """Keep a record, durably and in one step."""
    values: dict[str, Any] = {"version": VERSION, "kept_in": record.kept_in, "check": record.check}
    if record.account is not None:
        values["account"] = record.account
    if record.wrapped is not None:
        wrapped = record.wrapped
        kdf = {"name": "scrypt", "n": wrapped.work, "r": BLOCK, "p": 1, "salt": wrapped.salt.hex()}
        values["kdf"] = kdf
        values["sealed"] = {
            "name": "AES-256-GCM",
            "nonce": wrapped.nonce.hex(),
            "key": wrapped.sealed.hex(),
        }
    place = record_path(database)
    part = place.with_name(place.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)
    with contextlib.suppress(OSError):
        sync_folder(place.parent)


def drop_record(database: Path) -> None:
    """Forget where the key was."""
    record_path(database).unlink(missing_ok=True)
