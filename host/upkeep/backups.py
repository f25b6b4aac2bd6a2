"""Backups of a profile's database: beside it, made on request, on a schedule, and before something drastic.

They have the key of the database. What a person forgets is forgotten in them, too.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from calendar import timegm
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from host.core.clock import now_ms
from host.core.errors import NotFound, NotReady
from host.storage.cancelling import never
from host.storage.copying import copy_database, finish_file, measure_content, tell_nobody
from host.storage.recovery import suspicion_path
from host.storage.replacement import erase
from host.storage.statistics import count_pages
from host.upkeep.places import find_free, part_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.history.profiles import Profile
    from host.storage.cancelling import Cancelling
    from host.storage.copying import OnProgress

Reason = Literal["asked", "schedule", "write", "replace"]

# Of those that nobody asked for; `backup.keep` says how many of the schedule stay.
KEPT = {"write": 2, "replace": 2}
# The schedule makes none where it would take more than this share of what is free.
_SCHEDULE_SHARE = 0.1
_DAY_MS = 86_400_000
_PATIENCE_S = 10.0
_NAME = re.compile(rf"history-(\d{{8}}-\d{{6}})-({'|'.join(get_args(Reason))})(-\d+)?\.db")


@dataclass(frozen=True)
class Backup:
    """A backup of a profile.

    Attributes:
        name: of the file.
        path: of the file.
        bytes: how large it is.
        made_at: UTC milliseconds, to the second.
        reason: `asked` for, by the `schedule`, before a `write` of the explorer, or before a `replace`.
    """

    name: str
    path: Path
    bytes: int
    made_at: int
    reason: Reason


def find_folder(profile: Profile) -> Path:
    """Where the backups of a profile lie; it may not be there yet."""
    return profile.database.path.parent / "backups"


def find_backups(profile: Profile) -> list[Backup]:
    """The backups of a profile, the latest first."""
    found = []
    for path in find_folder(profile).glob("history-*.db"):
        match = _NAME.fullmatch(path.name)
        # One may be dropped meanwhile; and one that was being kept when a kill came is the database itself.
        with contextlib.suppress(FileNotFoundError):
            if match and not path.samefile(profile.database.path):
                made_at = timegm(time.strptime(match[1], "%Y%m%d-%H%M%S")) * 1000
                reason = next(each for each in get_args(Reason) if each == match[2])
                found.append(Backup(path.name, path, path.stat().st_size, made_at, reason))
    return sorted(found, key=lambda backup: (backup.made_at, backup.name), reverse=True)


def get_backup(profile: Profile, name: str) -> Backup:
    """The backup of that name.

    Raises:
        NotFound: there is none.
    """
    for backup in find_backups(profile):
        if backup.name == name:
            return backup
    message = "There is no backup of that name."
    raise NotFound(message, fix="The names of those that there are: ai-history backup --list")


def plan_backup(profile: Profile, reason: Reason, at_ms: int) -> Path:
    """A free name for a backup; its folder is there."""
    folder = find_folder(profile)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(at_ms / 1000))
    return find_free(folder / f"history-{stamp}-{reason}.db")


def make_backup(
    profile: Profile,
    reason: Reason,
    at_ms: int | None = None,
    *,
    on_progress: OnProgress = tell_nobody,
    cancelled: Cancelling = never,
) -> Backup:
    """Make a backup, and drop the oldest of its kind that are too many.

    Raises:
        NotReady: another copy is being made.
        Cancelled, DiskFull, StorageError: there is none.
    """
    with hold_copies(profile):
        target = plan_backup(profile, reason, now_ms() if at_ms is None else at_ms)
        part = part_of(target)
        try:
            copy_database(profile.database, part, on_progress=on_progress, cancelled=cancelled)
            finish_file(part, target)
        finally:
            part.unlink(missing_ok=True)
        rotate_backups(profile, target)
    return get_backup(profile, target.name)


def drop_backup(profile: Profile, name: str) -> None:
    """Delete a backup.

    Raises:
        NotFound: there is none of that name.
        NotReady: a copy is being made.
    """
    with hold_copies(profile, wait_s=_PATIENCE_S):
        remove_backup(get_backup(profile, name).path)


def remove_backup(path: Path) -> None:
    """Delete a backup and what lies beside it, overwritten first.

    Killed meanwhile, it is none any more, and what is left of it is swept.
    """
    half = part_of(path)
    path.replace(half)
    for file in (half, *_list_beside(path)):
        erase(file)


def rotate_backups(profile: Profile, made: Path | None = None) -> list[str]:
    """Delete backups of a kind that are too many, the oldest first; those that were asked for stay.

    The caller holds copies.

    Args:
        profile: whose.
        made: the one that was made just now. It stays, also when others claim to be later: a clock may have
            been set back.

    Returns:
        the names of those that are gone.
    """
    kept = {**KEPT, "schedule": profile.settings.backup_keep}
    dropped = []
    for backup in sorted(find_backups(profile), key=lambda each: each.path != made):
        if backup.reason in kept:
            kept[backup.reason] -= 1
            if kept[backup.reason] < 0:
                remove_backup(backup.path)
                dropped.append(backup.name)
    return dropped


def find_next(profile: Profile, at_ms: int) -> int | None:
    """When the schedule makes the next backup, UTC milliseconds; None when it is switched off."""
    days = profile.settings.backup_every_days
    if not days:
        return None
    # One from the future, before a clock was set back, must not put it off for ever.
    last = next(
        (
            each.made_at
            for each in find_backups(profile)
            if each.reason in ("asked", "schedule") and each.made_at <= at_ms
        ),
        None,
    )
    return at_ms if last is None else last + days * _DAY_MS


def back_up_on_schedule(profile: Profile, at_ms: int, *, cancelled: Cancelling = never) -> Backup | None:
    """Make the backup that is due, if one is, there is anything to lose, and there is plenty of room.

    Raises:
        Cancelled, DiskFull, StorageError: it is tried again later.
    """
    due = find_next(profile, at_ms)
    if due is None or at_ms < due or not profile.database.read(count_pages):
        return None
    folder = profile.database.path.parent
    if profile.database.read(measure_content) > _SCHEDULE_SHARE * shutil.disk_usage(folder).free:
        return None
    return make_backup(profile, "schedule", at_ms, cancelled=cancelled)


def sweep_backups(profile: Profile) -> None:
    """Remove what a kill has left: halves, second names of the database itself, and logs without a backup.

    Raises:
        NotReady: a copy is being made.
    """
    with hold_copies(profile):
        folder = find_folder(profile)
        for part in folder.glob("*.part*"):
            erase(part)
        for file in folder.glob("history-*.db"):
            if file.samefile(profile.database.path):
                file.unlink()
        for file in folder.glob("history-*.db-*"):
            backup = file.with_name(file.name.rpartition("-")[0])
            if file in _list_beside(backup) and not backup.exists():
                erase(file)


def _list_beside(path: Path) -> list[Path]:
    """What may lie beside a backup that was opened to clean it."""
    return [*(path.with_name(path.name + ending) for ending in ("-wal", "-shm")), suspicion_path(path)]


@contextmanager
def hold_copies(profile: Profile, *, wait_s: float = 0.0) -> Iterator[None]:
    """Let no other copy of a profile's database be made, or its backups be changed, while the block lasts.

    Raises:
        NotReady: another one is at it, also after `wait_s` seconds.
    """
    if not profile.copying.acquire(timeout=wait_s):
        message = "Another copy of this history is being made or taken in."
        raise NotReady(message, fix="Wait until it has ended, or cancel it.")
    try:
        yield
    finally:
        profile.copying.release()
