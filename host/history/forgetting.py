"""Forgetting: what a person names, and what has grown too old, out of the open database of a profile.

Backups are the affair of `host.upkeep.forgetting`, which is told by the selection what to take out of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import InvalidInput
from host.core.urls import canonicalize_url, normalize_site
from host.storage.database import fold_log
from host.storage.deletion import Deleted, Selection, delete_selected
from host.storage.recovery import delete_set_aside
from host.storage.time_range import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import apsw

    from host.history.profiles import Profile

_DAY_MS = 86_400_000


def select(
    *,
    urls: Iterable[str] = (),
    domain: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    everything: bool = False,
    questions: bool | None = None,
) -> Selection:
    """What a person names.

    Args:
        urls: pages by address; the canonical form of each counts too.
        domain: a site with those below it.
        from_ms: what was done at or after, UTC milliseconds.
        to_ms: and before.
        everything: all pages.
        questions: whether what was asked in chat in that time goes, too; by default it does.

    Raises:
        InvalidInput: nothing is named.
    """
    if not (urls or domain or everything or from_ms is not None or to_ms is not None):
        message = "Say what to delete: urls, domain, from and to, or all."
        raise InvalidInput(message)
    span = None
    if from_ms is not None or to_ms is not None:
        whole = Span()
        span = Span(whole.begin if from_ms is None else from_ms, whole.end if to_ms is None else to_ms)
    return Selection(
        urls=frozenset(address for url in urls for address in (url, canonicalize_url(url))),
        site=normalize_site(domain) if domain else None,
        span=span,
        questions=span is not None and questions is not False,
        everything=everything,
    )


def select_old(profile: Profile, at_ms: int) -> Selection | None:
    """What is older than `retention.max_age_days`; None where nothing is too old."""
    days = profile.settings.max_age_days
    return Selection(before=at_ms - days * _DAY_MS) if days else None


def forget(
    profile: Profile,
    selection: Selection,
    *,
    background: bool = False,
    on_deleted: Callable[[], None] = lambda: None,
    before_commit: Callable[[Deleted], None] = lambda _deleted: None,
) -> Deleted:
    """Forget what is selected, so that neither the database file nor its log holds it any more.

    Args:
        profile: whose history.
        selection: what to forget.
        background: nobody waits for it.
        on_deleted: called once the rows are gone (caches forget what they held).
        before_commit: called with what is about to be gone; when it raises, nothing is.
    """

    def delete(connection: apsw.Connection) -> Deleted:
        deleted = delete_selected(connection, profile.database.features, selection)
        before_commit(deleted)
        return deleted

    deleted = profile.database.write(delete, background=background)
    if background and not deleted.anything:
        return deleted
    on_deleted()
    fold_log(profile.database)
    delete_set_aside(profile.database.path)
    return deleted
