"""Retention: what was not visited for too long goes, and what is too much for the room that it may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.history.forgetting import select_old
from host.storage.copying import measure_content
from host.storage.database import fold_log
from host.storage.deletion import Selection
from host.storage.fulltext import compact_index
from host.storage.pages import find_oldest_after
from host.storage.statistics import count_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

    from host.history.profiles import Profile
    from host.upkeep.forgetting import Forgetting

MEGABYTE = 1_000_000
# Pages that go in one transaction: a person's writes wait behind it.
AT_ONCE = 50
# Of the pages that seem to be too many those that go at once; and of all pages, at least.
_SHARE = 0.8
_LEAST = 0.005


def retain_by_age(
    profile: Profile,
    forgetting: Forgetting,
    at_ms: int,
    *,
    on_deleted: Callable[[], None] = lambda: None,
) -> int:
    """Forget what was not visited for longer than `retention.max_age_days`, in the backups, too.

    Args:
        profile: whose history.
        forgetting: does it.
        at_ms: now, UTC milliseconds.
        on_deleted: called when something is gone.

    Returns:
        how many pages were forgotten.
    """
    old = select_old(profile, at_ms)
    return _forget(profile, forgetting, old, on_deleted) if old is not None else 0


def retain_by_size(
    profile: Profile,
    forgetting: Forgetting,
    *,
    on_deleted: Callable[[], None] = lambda: None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Forget the pages visited longest ago until the others fit into `retention.max_size_mb`.

    Args:
        profile: whose history.
        forgetting: does it.
        on_deleted: called each time something is gone.
        is_stopping: asked between two steps; the rest is for the next time.

    Returns:
        how many pages were forgotten.
    """
    forgotten = 0
    limit = profile.settings.max_size_mb * MEGABYTE
    # Each round takes at least one page, and there are only so many.
    while limit and (excess := profile.database.read(lambda connection: _count_excess(connection, limit))):
        gone = 0
        while gone < excess and not is_stopping():
            step = _forget_oldest(profile, forgetting, min(AT_ONCE, excess - gone), on_deleted)
            gone += step
            if not step:
                break
        forgotten += gone
        if not gone or is_stopping():
            break
        # What is deleted leaves room in the index of words, which only then is free.
        _compact(profile)
    return forgotten


def _forget(
    profile: Profile, forgetting: Forgetting, selection: Selection, on_deleted: Callable[[], None]
) -> int:
    return forgetting.forget(profile, selection, background=True, on_deleted=on_deleted).deleted.pages


def _forget_oldest(
    profile: Profile, forgetting: Forgetting, count: int, on_deleted: Callable[[], None]
) -> int:
    before = profile.database.read(lambda connection: find_oldest_after(connection, count))
    return _forget(profile, forgetting, Selection(before=before), on_deleted)


def _count_excess(connection: apsw.Connection, limit: int) -> int:
    """How many pages to forget before it is looked again; 0 when all fit or none is left."""
    used, pages = measure_content(connection), count_pages(connection)
    if used <= limit or not pages:
        return 0
    # A page takes its share of the whole, about: somewhat fewer, so that not more go than have to, and not so
    # few that it takes many rounds.
    seeming = pages * (used - limit) / used
    return max(1, int(seeming * _SHARE), int(pages * _LEAST))


def _compact(profile: Profile) -> None:
    if not profile.database.features.fulltext:
        return
    write = profile.database.write
    more = write(lambda connection: compact_index(connection, begin=True), background=True)
    while more:
        more = write(lambda connection: compact_index(connection, begin=False), background=True)
    fold_log(profile.database)
