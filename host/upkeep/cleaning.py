"""Taking what was forgotten out of backups.

There is one thread for each profile, which opens each backup once for all notes that wait.
A backup that can never be cleaned is deleted. One that cannot be cleaned now is tried again later.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from host.core.errors import AppError, DatabaseCorrupt
from host.core.log import describe_exception, get_logger
from host.storage.database import Database, fold_log
from host.storage.deletion import delete_selected
from host.storage.faults import is_passing
from host.storage.replacement import erase
from host.upkeep.backups import find_backups, find_folder, hold_copies, remove_backup
from host.upkeep.notes import name_note, read_notes, write_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import apsw

    from host.history.profiles import Profile
    from host.storage.deletion import Selection
    from host.upkeep.notes import Note

# A copy of a large database that is under way takes minutes.
COPY_S = 3600.0
# Within the folder of backups: those of which nobody can say what was to be forgotten in them.
SET_ASIDE = "set-aside"
Outcome = Literal["cleaned", "removed", "waiting"]
_log = get_logger("forgetting")


@dataclass
class Ticket:
    """What became of one note.

    Attributes:
        note: which.
        done: set when it was worked on; it is still there when something is left to be done.
        counts: backups by what became of them.
    """

    note: Note
    done: threading.Event = field(default_factory=threading.Event)
    counts: Counter[Outcome] = field(default_factory=Counter)


class Cleaner:
    """Works on the notes of a profile, in a thread that is there while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._wanted: Profile | None = None
        self._tickets: dict[Path, Ticket] = {}
        # Notes whose deletion has not been committed.
        self._pending: set[Path] = set()

    def write(self, folder: Path, selection: Selection, addresses: Iterable[str], at_ms: int) -> Note:
        """Write a note of what is about to be deleted; nothing is cleaned before `begin` or `resume`.

        Raises:
            OSError: it cannot be written.
        """
        path = name_note(folder, at_ms)
        with self._lock:
            self._pending.add(path)
        return write_note(path, selection, addresses, at_ms)

    def drop(self, note: Note) -> None:
        """Nothing was deleted."""
        note.drop()
        with self._lock:
            self._pending.discard(note.path)

    def begin(self, profile: Profile, note: Note) -> Ticket:
        """The deletion was committed: clean the backups."""
        ticket = Ticket(note)
        with self._lock:
            self._pending.discard(note.path)
            self._tickets[note.path] = ticket
        self.resume(profile)
        return ticket

    def resume(self, profile: Profile) -> threading.Thread:
        """Work on whatever waits. Returns the thread that does."""
        with self._lock:
            self._wanted = profile
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="forgetting", daemon=True)
                self._thread.start()
            return self._thread

    def close(self, patience_s: float) -> None:
        """End after the backup that is being cleaned; what is left is done by the next process."""
        self._stopping.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(patience_s)

    def _run(self) -> None:
        while True:
            with self._lock:
                profile, self._wanted = self._wanted, None
                if profile is None or self._stopping.is_set():
                    self._thread = None
                    return
                asked = dict(self._tickets)
            try:
                self._work(profile, asked)
            except Exception as error:  # noqa: BLE001 - the next wish needs a thread, too
                # The notes stay, and with them the wish.
                _log.error("backups were not cleaned, later again: %s", describe_exception(error))
            finally:
                with self._lock:
                    for path, ticket in asked.items():
                        self._tickets.pop(path, None)
                        ticket.done.set()

    def _work(self, profile: Profile, asked: dict[Path, Ticket]) -> None:
        """Clean each backup once, of all that waits when copies can be held."""
        with hold_copies(profile, wait_s=COPY_S):
            found = read_notes(profile.database.path.parent)
            with self._lock:
                found = [note for note in found if note.path not in self._pending]
            tickets = {note.path: asked.get(note.path) or Ticket(note) for note in found}
            for backup in find_backups(profile) if tickets else ():
                due = [one for one in tickets.values() if one.note.concerns(backup.made_at)]
                if not due:
                    continue
                outcome = _clean(backup.path, profile, [one.note for one in due], self._stopping)
                for one in due:
                    one.counts[outcome] += 1
            for one in tickets.values():
                if not one.counts["waiting"]:
                    one.note.drop()


def _clean(path: Path, profile: Profile, notes: Sequence[Note], stopping: threading.Event) -> Outcome:
    if stopping.is_set():
        return "waiting"
    if any(note.selection.everything for note in notes):
        remove_backup(path)
        return "removed"
    if any(note.damaged for note in notes):
        _log.warning("a note is damaged: a backup was set aside")
        set_aside(path, find_folder(profile) / SET_ASIDE)
        return "removed"
    try:
        clean_backup(path, profile.database.key, notes)
    except (AppError, OSError) as error:
        if is_passing(error):
            _log.error("a backup was not cleaned, later again: %s", describe_exception(error))
            return "waiting"
        _log.warning("a backup could not be cleaned and was deleted: %s", describe_exception(error))
        remove_backup(path)
        return "removed"
    return "cleaned"


def clean_backup(path: Path, key: bytes | None, notes: Sequence[Note]) -> None:
    """Take what notes name out of a backup, which gets this version's schema first.

    Args:
        path: of the backup.
        key: of the profile's database; a backup may be from before it was encrypted.
        notes: say what.

    Raises:
        StorageError: it was not done; `is_passing` says whether it may go well later.
    """
    try:
        backup = Database(path, key=key)
    except DatabaseCorrupt:
        if key is None:
            raise
        backup = Database(path)
    with backup:
        features = backup.features

        def delete(connection: apsw.Connection) -> bool:
            deleted = [delete_selected(connection, features, note.resolve(connection)) for note in notes]
            return any(one.anything for one in deleted)

        if backup.write(delete):
            fold_log(backup)


def set_aside(path: Path, folder: Path) -> None:
    """Put a backup where it is offered no more."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in _list_files(path):
        if file.exists():
            file.replace(folder / file.name)


def delete_backups_set_aside(profile: Profile) -> None:
    """Delete backups that were set aside: they hold what somebody has wanted forgotten."""
    for file in (find_folder(profile) / SET_ASIDE).glob("*"):
        erase(file)


def _list_files(path: Path) -> list[Path]:
    return [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]
