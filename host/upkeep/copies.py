"""The whole database out as one file, and a whole database in, in the place of this one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from host.core.clock import now_ms
from host.storage.connection import open_connection
from host.storage.copying import copy_database, make_part
from host.storage.incoming import take_in
from host.storage.recovery import delete_set_aside
from host.storage.reencryption import write_copy
from host.storage.replacement import make_workspace
from host.storage.statistics import count_tables
from host.upkeep.backups import hold_copies, plan_backup, rotate_backups
from host.upkeep.guards import keep_guards
from host.upkeep.meanwhile import ForgottenMeanwhile
from host.upkeep.places import finish_part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.history.profiles import Profile
    from host.storage.cancelling import Cancelling
    from host.storage.copying import OnProgress

    # Told what is being done ("copying", "replacing"), and the share of it that is done.
    OnStage = Callable[[str, float], None]

Format = Literal["sqlite", "jsonl"]


@dataclass(frozen=True)
class Exported:
    """A file that was written.

    Attributes:
        path: where it is.
        bytes: how large.
        rows: how many of each kind.
        took_ms: how long that took.
    """

    path: Path
    bytes: int
    rows: dict[str, int]
    took_ms: float


@dataclass(frozen=True)
class Imported:
    """What was taken in, by table or kind of record.

    Attributes:
        mode: whether it replaced what was there.
        format: of the file.
        added: that were not there.
        updated: that were there, and are different now.
        skipped: that were there already, or cannot be used.
        backup: where the backup lies that has what was there before.
        kept_settings: that are as they were here, because the file would permit more; see `keep_guards`.
    """

    mode: Literal["merge", "replace"]
    format: Format
    added: dict[str, int]
    updated: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    backup: str | None = None
    kept_settings: tuple[str, ...] = ()


def export_database(
    profile: Profile, target: Path, *, on_progress: OnProgress, cancelled: Cancelling
) -> Exported:
    """Write the whole database to the new file `target`; what was deleted from it is not in there.

    Where that name is taken meanwhile, the file gets a number.

    An export is in clear, also that of an encrypted database: its key may be gone when it is taken in again.

    Raises:
        NotReady: another copy is being made.
        Cancelled, DiskFull, StorageError: there is no such file.
    """
    began = time.perf_counter()
    with hold_copies(profile):
        part = make_part(target)
        try:
            database = profile.database
            if database.key is None:
                copy_database(database, part, on_progress=on_progress, cancelled=cancelled)
            else:
                write_copy(
                    database.path, database.key, part, None, on_progress=on_progress, cancelled=cancelled
                )
            connection = open_connection(part, read_only=True)
            try:
                rows = count_tables(connection)
            finally:
                connection.close()
            made = finish_part(part, target)
        finally:
            part.unlink(missing_ok=True)
    return Exported(made, made.stat().st_size, rows, (time.perf_counter() - began) * 1000)


def replace_by_copy(profile: Profile, file: Path, *, on_stage: OnStage, cancelled: Cancelling) -> Imported:
    """Take a database file in, in the place of the profile's, which becomes a backup.

    Args:
        profile: whose history.
        file: from elsewhere, or a backup; it is not touched.
        on_stage: told what is being done, and the share.
        cancelled: looked at until the files are exchanged.

    Returns:
        what is there now, and the backup.

    Raises:
        InvalidInput, DatabaseTooNew, DatabaseCorrupt, DatabaseLocked: the file cannot be used.
        NotReady, Cancelled, DiskFull, StorageError: nothing has changed.
    """
    database = profile.database

    def tell(share: float, _written: int) -> None:
        on_stage("copying", share)

    with hold_copies(profile), make_workspace(database.path) as folder:
        forgotten = ForgottenMeanwhile(profile, file)
        on_stage("copying", 0.0)
        taken = take_in(
            file,
            folder,
            key=database.key,
            on_progress=tell,
            on_check=lambda: on_stage("checking", 1.0),
            cancelled=cancelled,
        )
        return put_in(profile, taken, "sqlite", forgotten, on_stage=on_stage)


def put_in(
    profile: Profile, made: Path, made_of: Format, forgotten: ForgottenMeanwhile, *, on_stage: OnStage
) -> Imported:
    """Put a database that is whole, and has the profile's key, in the place of the profile's.

    Args:
        profile: whose; the caller holds copies.
        made: the database.
        made_of: what it was made of.
        forgotten: takes out of it what was forgotten since.
        on_stage: told what is being done, and the share.

    Returns:
        what is there now; the former database has become a backup.
    """
    database = profile.database
    on_stage("replacing", 1.0)
    guarded = keep_guards(profile, made)
    kept = plan_backup(profile, "replace", now_ms())
    key = database.key
    forgotten.take_out(made, key)
    # What is forgotten from now on waits for the write lane; what was until then has left its note.
    database.replace(made, key=key, keep_old=kept, before=lambda: forgotten.take_out(made, key))
    delete_set_aside(database.path)
    rotate_backups(profile, kept)
    return Imported("replace", made_of, database.read(count_tables), backup=str(kept), kept_settings=guarded)
