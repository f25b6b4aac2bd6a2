"""What is forgotten while a database is taken in: it does not come back with the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import NotReady
from host.upkeep.backups import find_backups
from host.upkeep.cleaning import clean_backup
from host.upkeep.notes import list_notes, read_notes

if TYPE_CHECKING:
    from pathlib import Path

    from host.history.profiles import Profile


class ForgottenMeanwhile:
    """Takes out of a file what was forgotten since it was read.

    A deletion writes its note on the write lane, before it commits. So whoever is on that lane and sees no
    further note knows that there is none.
    """

    def __init__(self, profile: Profile, source: Path) -> None:
        """Begin; the caller holds copies, so that no note is dropped as done.

        Args:
            profile: whose history is replaced.
            source: the file that is taken in. One of the profile's backups may lack what notes ask for, too,
                that were there before.
        """
        self._folder = profile.database.path.parent
        self._before = frozenset(list_notes(self._folder))
        self._made_at = next(
            (backup.made_at for backup in find_backups(profile) if backup.path.samefile(source)), None
        )
        self._done: set[Path] = set()

    def take_out(self, file: Path, key: bytes | None) -> None:
        """Forget in `file`, which is to be put in the history's place, what notes ask for by now.

        Args:
            file: a closed database.
            key: of it.

        Raises:
            NotReady: a note cannot be read.
            StorageError: it was not done.
        """
        wanted = {path for path in list_notes(self._folder) if path not in self._done}
        notes = [note for note in read_notes(self._folder) if note.path in wanted]
        unread = wanted - {note.path for note in notes} - self._before
        due = [
            note
            for note in notes
            if note.path not in self._before or (self._made_at is not None and note.concerns(self._made_at))
        ]
        if any(note.damaged for note in due) or any(path.exists() for path in unread):
            message = "Something was forgotten meanwhile, and it cannot be read what it was."
            raise NotReady(message, fix="Try again in a minute; nothing was replaced.")
        if due:
            clean_backup(file, key, due)
        self._done.update(note.path for note in due)
