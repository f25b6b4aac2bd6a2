"""Retention: what was not visited for too long goes, and what is too much for the room that it may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.log import get_logger
from host.history.forgetting import select_old
from host.storage.copying import measure_content
from host.storage.deletion import Selection
from host.storage.pages import find_oldest_after
from host.storage.statistics import count_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

    from host.history.profiles import Profile
    from host.upkeep.forgetting import Forgetting

MEGABYTE = 1_000_000
# Pages that go in one transaction: a person's writes wait behind it.
AT_ONCE = 200
_log = get_logger("retention")


def retain(
    profile: Profile,
    forgetting: Forgetting,
    at_ms: int,
    *,
    on_deleted: Callable[[], None] = lambda: None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Forget what is older than `retention.max_age_days`, and what is more than `retention.max_size_mb`.

    For the latter the pages visited longest ago go, until the others fit. Backups lose the same.

    Args:
        profile: whose history.
        forgetting: does it.
        at_ms: now, UTC milliseconds.
        on_deleted: called each time something is gone.
        is_stopping: asked between two steps; the rest is for the next time.

    Returns:
        how many pages were forgotten.
    """
    forgotten = 0
    old = select_old(profile, at_ms)
    if old is not None:
        forgotten += _forget(profile, forgetting, old, on_deleted)
    limit = profile.settings.max_size_mb * MEGABYTE
    # Each step takes at least one page, and there are only so many.
    while limit and not is_stopping():
        selection = profile.database.read(lambda connection: _select_excess(connection, limit))
        if selection is None:
            break
        gone = _forget(profile, forgetting, selection, on_deleted)
        forgotten += gone
        if not gone:
            _log.warning("the history takes more than it may, and not because of its pages")
            break
    return forgotten


def _forget(
    profile: Profile, forgetting: Forgetting, selection: Selection, on_deleted: Callable[[], None]
) -> int:
    return forgetting.forget(profile, selection, background=True, on_deleted=on_deleted).deleted.pages


def _select_excess(connection: apsw.Connection, limit: int) -> Selection | None:
    """Some of the pages that are too many, those visited longest ago; None when all fit or none is left."""
    used, pages = measure_content(connection), count_pages(connection)
    if used <= limit or not pages:
        return None
    # A page takes its share of the whole; half of what seems too much, so that not more goes than has to.
    excess = max(1, min(AT_ONCE, int(pages * (used - limit) / used / 2)))
    before = find_oldest_after(connection, excess)
    return Selection(before=before)
