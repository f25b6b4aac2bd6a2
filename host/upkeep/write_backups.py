"""The backups that take back changes of rows by hand."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.upkeep.backups import find_backups, make_backup

if TYPE_CHECKING:
    from pathlib import Path

    from host.history.profiles import Profile
    from host.upkeep.backups import Backup

# One is enough for a while of changing rows by hand, if nothing else is written.
EVERY_MS = 600_000


class WriteBackups:
    """Makes sure that there is a backup which has all that the history had before a change by hand.

    That of a moment ago is enough when only such changes came since: they are what a person wants to take
    back. It is not once a page was captured, a question asked or the database replaced: those would be taken
    back with it. What is made from pages in the background does not count.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By database: the name of the backup, and what the database was when it was begun.
        self._made: dict[Path, tuple[str, tuple[int, int]]] = {}

    def make(self, profile: Profile, at_ms: int | None = None) -> Backup:
        """The backup that takes back a change: a fresh one, or that of a moment ago.

        Args:
            profile: whose history.
            at_ms: now, UTC milliseconds.

        Raises:
            NotReady: another copy is being made.
            DiskFull, StorageError: there is none.
        """
        at_ms = now_ms() if at_ms is None else at_ms
        with self._lock:
            state = profile.database.read_state()
            name, made_of = self._made.get(profile.database.path, ("", None))
            if made_of == state:
                for backup in find_backups(profile):
                    if backup.name == name and 0 <= at_ms - backup.made_at < EVERY_MS:
                        return backup
            made = make_backup(profile, "write", at_ms)
            self._made[profile.database.path] = (made.name, state)
            return made
