"""The backups of a history that is encrypted, or written in clear: all of them follow it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from host.core.errors import AppError, DatabaseCorrupt, DatabaseLocked
from host.core.log import describe_exception, get_logger
from host.storage.encryption import is_clear
from host.storage.erasing import make_workspace
from host.storage.reencryption import write_copy
from host.storage.replacement import put_in_place, translate_file_errors
from host.upkeep.backups import find_backups

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from host.history.profiles import Profile

Stage = Literal["copying", "backups"]
_log = get_logger("encrypted backups")


@dataclass
class Rewritten:
    """What became of backups.

    Attributes:
        done: how many were written anew.
        left: names of those that are as they were.
        why: a sentence about the first of those.
    """

    done: int = 0
    left: list[str] = field(default_factory=list)
    why: str | None = None

    def leave(self, name: str, error: Exception) -> None:
        """Note one that is left."""
        self.left.append(name)
        if self.why is None:
            refused = f"The system refused: {getattr(error, 'strerror', None) or type(error).__name__}."
            self.why = error.message if isinstance(error, AppError) else refused


def encrypt_backups(
    profile: Profile,
    key: bytes,
    backups: Rewritten,
    on_progress: Callable[[Stage, float], None],
    cancelled: threading.Event,
) -> None:
    """Write those in clear anew. What fails is noted, not raised: the database is encrypted already."""
    waiting = [backup.path for backup in find_backups(profile) if is_clear(backup.path)]
    for number, backup in enumerate(waiting):
        on_progress("backups", number / len(waiting))
        try:
            with make_workspace(profile.database.path) as folder, translate_file_errors():
                made = _copy_backup(backup, None, folder / "copy.db", key, cancelled)
                put_in_place(made, backup)
            backups.done += 1
        except (AppError, OSError) as error:
            _log.error("a backup was not encrypted: %s", describe_exception(error))
            backups.leave(backup.name, error)


@dataclass
class Exchange:
    """A backup, and what takes its place.

    Attributes:
        copy: what comes.
        backup: the backup.
        former: what it was, once it was exchanged.
    """

    copy: Path
    backup: Path
    former: Path

    def do(self) -> None:
        """Put the copy in the backup's place."""
        put_in_place(self.copy, self.backup, self.former)

    def take_back(self) -> None:
        """Put the backup back, if the copy is in its place."""
        if self.former.exists():
            try:
                self.former.replace(self.backup)
            except OSError as error:
                _log.error("a backup stays in clear: %s", describe_exception(error))


def copy_in_clear(
    profile: Profile,
    key: bytes,
    folder: Path,
    backups: Rewritten,
    on_progress: Callable[[Stage, float], None],
    cancelled: threading.Event,
) -> list[Exchange]:
    """Copy the encrypted backups, to be exchanged later; those that are damaged are noted and left.

    Raises:
        Cancelled, DiskFull, StorageError.
    """
    waiting = [backup.path for backup in find_backups(profile) if not is_clear(backup.path)]
    exchanges = []
    for number, backup in enumerate(waiting):
        on_progress("backups", number / len(waiting))
        try:
            with translate_file_errors():
                made = _copy_backup(backup, key, folder / f"copy-{number}.db", None, cancelled)
        except (DatabaseCorrupt, DatabaseLocked) as error:
            backups.leave(backup.name, error)
            continue
        exchanges.append(Exchange(made, backup, folder / f"former-{number}.db"))
    backups.done = len(exchanges)
    return exchanges


def _copy_backup(
    backup: Path, old: bytes | None, copy: Path, new: bytes | None, cancelled: threading.Event
) -> Path:
    """Copy a backup with another key; the copy is as old as it is."""
    times = backup.stat()
    write_copy(backup, old, copy, new, cancelled=cancelled.is_set)
    os.utime(copy, ns=(times.st_atime_ns, times.st_mtime_ns))
    return copy
