"""Forgetting for good: what leaves the database of a profile leaves its backups, too.

A note says what is still to be taken out of backups before the database has committed, so that a process
which is killed goes on where it was.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import NotReady
from host.history.forgetting import forget
from host.storage.deletion import Deleted, Selection
from host.upkeep.backups import find_backups
from host.upkeep.cleaning import COPY_S, Cleaner, delete_backups_set_aside
from host.upkeep.notes import has_notes, may_hold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.history.profiles import Profile
    from host.upkeep.cleaning import Ticket
    from host.upkeep.notes import Note

# A person is told after so long, also when backups are not done yet.
PATIENCE_S = 5.0


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten, and where.

    Attributes:
        deleted: out of the database.
        cleaned: backups that it was taken out of.
        removed: backups that are gone, because they could not be cleaned.
        waiting: backups that it is still to be taken out of.
    """

    deleted: Deleted
    cleaned: int = 0
    removed: int = 0
    waiting: int = 0


class Forgetting:
    """Forgets, in the open database and in its backups."""

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        """Do nothing yet.

        Args:
            patience_s: how long a caller waits for backups, in seconds.
        """
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._cleaners: dict[Path, Cleaner] = {}

    def forget(
        self,
        profile: Profile,
        selection: Selection,
        *,
        background: bool = False,
        on_deleted: Callable[[], None] = lambda: None,
    ) -> Forgotten:
        """Forget what is selected; see `host.history.forgetting.forget`.

        Raises:
            StorageError: nothing was forgotten; or it was, and its traces in the write-ahead log are left
                until the daemon has folded it. Backups are cleaned then all the same.
        """
        cleaner = self._find_cleaner(profile)
        notes: list[Note] = []
        committed = False

        def note(deleted: Deleted) -> None:
            if (deleted.anything or not background) and _may_backups_hold(profile, selection):
                folder = profile.database.path.parent
                notes.append(cleaner.write(folder, selection, deleted.addresses, now_ms()))

        def go_on() -> None:
            nonlocal committed
            committed = True
            on_deleted()

        try:
            deleted = forget(profile, selection, background=background, on_deleted=go_on, before_commit=note)
            if not background:
                delete_backups_set_aside(profile)
            if deleted.anything and not notes:
                # A copy may have begun after it was looked, and before this was committed.
                note(deleted)
        except Exception:
            for each in notes:
                if committed:
                    cleaner.begin(profile, each)
                else:
                    cleaner.drop(each)
            raise
        tickets = [cleaner.begin(profile, each) for each in notes]
        return self._describe(profile, Forgotten(deleted), tickets, 0.0 if background else self._patience_s)

    def _describe(
        self, profile: Profile, found: Forgotten, tickets: list[Ticket], wait_s: float
    ) -> Forgotten:
        for ticket in tickets:
            done = ticket.done.wait(wait_s)
            counts = ticket.counts
            found = replace(found, cleaned=counts["cleaned"], removed=counts["removed"])
            if ticket.note.path.exists():
                left = counts["waiting"] if done else len(find_backups(profile)) - found.cleaned
                found = replace(found, waiting=max(1, left))
        return found

    def resume(self, profile: Profile) -> None:
        """Go on with what is still to be forgotten in backups. Does not wait for it."""
        if has_notes(profile.database.path.parent):
            self._find_cleaner(profile).resume(profile)

    def finish(self, profile: Profile, timeout_s: float = COPY_S) -> None:
        """Wait until nothing is left to be forgotten in backups; before one of them is put to use.

        Raises:
            NotReady: something still is.
        """
        folder = profile.database.path.parent
        if has_notes(folder):
            self._find_cleaner(profile).resume(profile).join(timeout_s)
        if has_notes(folder):
            message = "Something is still being forgotten in the backups."
            raise NotReady(message, fix="Try again in a minute.")

    def close(self) -> None:
        """Wait for those at work, a little: what they have not come to is done by the next process."""
        with self._lock:
            cleaners = list(self._cleaners.values())
        for cleaner in cleaners:
            cleaner.close(self._patience_s)

    def _find_cleaner(self, profile: Profile) -> Cleaner:
        with self._lock:
            return self._cleaners.setdefault(profile.database.path.parent, Cleaner())


def _may_backups_hold(profile: Profile, selection: Selection) -> bool:
    """Whether a backup may have what is selected, also when the history does not have it any more.

    What is deleted otherwise, by hand or by restoring, stays in backups: an address that is not in the
    history may be in one of them. What was begun after a backup was not in it.
    """
    if selection == Selection():
        return False
    # A backup that is being made now has what is forgotten now.
    return profile.copying.locked() or any(
        may_hold(backup.made_at, selection) for backup in find_backups(profile)
    )
