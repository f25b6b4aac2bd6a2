"""Dropping everything that a profile remembers, and beginning anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.storage.emptying import build_empty
from host.storage.recovery import delete_set_aside
from host.storage.replacement import make_workspace
from host.storage.statistics import count_conversations, count_pages
from host.upkeep.backups import find_backups, hold_copies, remove_backup
from host.upkeep.cleaning import delete_backups_set_aside
from host.upkeep.uploads import drop_uploads

if TYPE_CHECKING:
    import apsw

    from host.history.profiles import Profile


@dataclass(frozen=True)
class Clearing:
    """What is gone, and what is still there.

    Attributes:
        pages: that were remembered.
        conversations: that were kept.
        freed_bytes: of the database and of backups.
        backups: how many are left.
    """

    pages: int
    conversations: int
    freed_bytes: int
    backups: int


def clear_profile(profile: Profile, *, keep_settings: bool, with_backups: bool) -> Clearing:
    """Put an empty database in the place of a profile's; the former one is overwritten and deleted.

    Files that the browser handed over to be taken in go as well.

    Args:
        profile: whose history.
        keep_settings: settings, categories and saved statements stay.
        with_backups: the backups go, too.

    Raises:
        NotReady: a copy is being made, or the history is being read and that does not end.
        DiskFull, StorageError: nothing has changed.
    """
    database = profile.database

    def count(connection: apsw.Connection) -> tuple[int, int]:
        return count_pages(connection), count_conversations(connection)

    with hold_copies(profile):
        pages, conversations = database.read(count)
        freed = database.path.stat().st_size
        with make_workspace(database.path) as folder:
            empty = folder / "empty.db"
            build_empty(database, empty, keep_settings=keep_settings)
            database.replace(empty, key=database.key)
        delete_set_aside(database.path)
        delete_backups_set_aside(profile)
        drop_uploads(profile)
        for backup in find_backups(profile) if with_backups else []:
            freed += backup.bytes
            remove_backup(backup.path)
        left = len(find_backups(profile))
    return Clearing(pages, conversations, max(0, freed - database.path.stat().st_size), left)
