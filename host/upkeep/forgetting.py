"""Forgetting for good: what leaves the database of a profile leaves its backups, too.

A note says what is still to be taken out of backups before the database has committed, so that a process
which is killed goes on where it was. A backup that cannot be cleaned is deleted.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import AppError, DatabaseCorrupt, DiskFull, NotReady
from host.core.log import describe_exception, get_logger
from host.history.forgetting import forget
from host.storage.database import Database, fold_log
from host.storage.deletion import Deleted, delete_selected
from host.storage.recovery import suspicion_path
from host.storage.replacement import erase
from host.upkeep.backups import find_backups, hold_copies
from host.upkeep.notes import Note, read_notes, write_note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import apsw

    from host.history.profiles import Profile
    from host.storage.deletion import Selection

# A person is told after so long, also when backups are not done yet.
PATIENCE_S = 5.0
# A copy of a large database that is under way takes minutes.
COPY_S = 3600.0
_log = get_logger("forgetting")


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten, and where.

    Attributes:
        deleted: out of the database.
        cleaned: backups that it was taken out of.
        removed: backups that are gone, because they could not be cleaned.
        waiting: backups that it is still being taken out of.
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
        # Notes that a thread is at.
        self._taken: dict[Path, _Cleaning] = {}

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
            StorageError: nothing was forgotten.
        """
        notes: list[Note] = []

        def note(deleted: Deleted) -> None:
            # A backup that is being made now has what is forgotten now.
            if (deleted.anything or not background) and (profile.copying.locked() or find_backups(profile)):
                notes.append(write_note(profile.database.path.parent, selection, deleted.addresses, now_ms()))

        try:
            deleted = forget(
                profile, selection, background=background, on_deleted=on_deleted, before_commit=note
            )
        except BaseException:
            for each in notes:
                each.drop()
            raise
        found = Forgotten(deleted)
        for each in notes:
            cleaning = self._begin(profile, each)
            if not background:
                cleaning.thread.join(self._patience_s)
            found = replace(found, cleaned=cleaning.cleaned, removed=cleaning.removed)
            if cleaning.thread.is_alive():
                left = len(find_backups(profile)) - cleaning.cleaned
                found = replace(found, waiting=max(1, left))
        return found

    def resume(self, profile: Profile) -> None:
        """Go on with what is still to be forgotten in backups. Does not wait for it."""
        for note in read_notes(profile.database.path.parent):
            self._begin(profile, note)

    def finish(self, profile: Profile, timeout_s: float = COPY_S) -> None:
        """Wait until nothing is left to be forgotten in backups; before one of them is put to use.

        Raises:
            NotReady: something still is.
        """
        for note in read_notes(profile.database.path.parent):
            self._begin(profile, note).thread.join(timeout_s)
        if read_notes(profile.database.path.parent):
            message = "Something is still being forgotten in the backups."
            raise NotReady(message, fix="Try again in a minute.")

    def close(self) -> None:
        """Wait for those at work, a little: what they have not come to is done by the next process."""
        with self._lock:
            taken = list(self._taken.values())
        for cleaning in taken:
            cleaning.stop.set()
            cleaning.thread.join(self._patience_s)

    def _begin(self, profile: Profile, note: Note) -> _Cleaning:
        with self._lock:
            found = self._taken.get(note.path)
            if found is None:
                found = _Cleaning(profile, note, self._release)
                self._taken[note.path] = found
                found.thread.start()
            return found

    def _release(self, note: Note) -> None:
        with self._lock:
            self._taken.pop(note.path, None)


class _Cleaning:
    """One note that is being done."""

    def __init__(self, profile: Profile, note: Note, on_end: Callable[[Note], None]) -> None:
        self.cleaned = self.removed = 0
        self.stop = threading.Event()
        self._profile = profile
        self._note = note
        self._on_end = on_end
        self.thread = threading.Thread(target=self._run, name="forgetting", daemon=True)

    def _run(self) -> None:
        try:
            with hold_copies(self._profile, wait_s=COPY_S):
                for backup in find_backups(self._profile):
                    if self.stop.is_set():
                        return
                    if backup.made_at <= self._note.made_at:
                        self._clean(backup.path)
                if self._note.path.exists():
                    self._note.drop()
        except (AppError, OSError) as error:
            # The note stays, and with it the wish.
            _log.error("a backup was not cleaned, later again: %s", describe_exception(error))
        finally:
            self._on_end(self._note)

    def _clean(self, path: Path) -> None:
        if self._note.selection.everything:
            erase(path)
            self.removed += 1
            return
        try:
            clean_backup(path, self._profile.database.key, self._note)
        except (DiskFull, NotReady):
            raise
        except AppError as error:
            _log.warning("a backup could not be cleaned and was deleted: %s", error.kind)
            erase_backup(path)
            self.removed += 1
        else:
            self.cleaned += 1


def clean_backup(path: Path, key: bytes | None, note: Note) -> Deleted:
    """Take what a note names out of a backup, which gets this version's schema first.

    Args:
        path: of the backup.
        key: of the profile's database; a backup may be from before it was encrypted.
        note: says what.

    Raises:
        DiskFull: it can be tried again.
        StorageError: it cannot be read, is of a newer version, or has another key.
    """
    try:
        backup = Database(path, key=key)
    except DatabaseCorrupt:
        if key is None:
            raise
        backup = Database(path)
    with backup:
        features = backup.features

        def delete(connection: apsw.Connection) -> Deleted:
            return delete_selected(connection, features, note.resolve(connection))

        deleted = backup.write(delete)
        fold_log(backup)
    return deleted


def erase_backup(path: Path) -> None:
    """Delete a backup with what may lie beside it."""
    for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        erase(file)
    suspicion_path(path).unlink(missing_ok=True)
