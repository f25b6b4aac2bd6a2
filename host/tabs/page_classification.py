"""Categories of remembered pages, found by themselves once their vectors are made.

Pages visited last come first. A page is looked at once for each stamp, which stands for the categories and
the model; it is looked at again when it says something else, and when a person corrects a tab of its site.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from host.core.errors import AppError, Cancelled, ModelUnavailable, NotReady, StorageError
from host.core.log import get_logger
from host.core.urls import split_domain
from host.storage import page_categories
from host.storage.page_categories import PageCategory
from host.tabs.exchange import Tab

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw

    from host.history.profiles import Profile
    from host.storage.page_categories import PageLead
    from host.tabs.exchange import Verdict

    # Where tabs of a profile belong, in their order; the event is set when it is to be given up.
    Categorise = Callable[[Profile, Sequence[Tab], threading.Event], Sequence[Verdict]]

# So many at a time: short enough that nobody waits for it.
BATCH = 32
_log = get_logger("page_classification")


class PageClassification:
    """The indexer's light work; see `host.history.indexing.LightWork`."""

    def __init__(self, categorise: Categorise, current_stamp: Callable[[Profile], str | None]) -> None:
        """Wire it.

        Args:
            categorise: says where tabs belong.
            current_stamp: what stands for the categories, the model and all else that an answer depends on,
                short; None without a model. Pages with another stamp are looked at again.
        """
        self._categorise = categorise
        self._current_stamp = current_stamp
        self._interrupted = threading.Event()
        self._closed = False
        self._size = BATCH
        # Pages that a model failed at, by profile; they are tried again when the program starts anew.
        self._failed: dict[str, set[int]] = {}

    def is_waiting(self, profile: Profile) -> bool:
        """Whether there are pages that were not looked at with the current stamp."""
        stamp = self._find_stamp(profile)
        return stamp is not None and bool(self._find(profile, stamp))

    def advance(self, profile: Profile) -> bool:
        """Look at some pages that were not looked at with the current stamp.

        Returns:
            whether there was anything to do.

        Raises:
            NotReady, StorageError: the database does not take it.
        """
        self._interrupted.clear()
        stamp = self._find_stamp(profile)
        ids = self._find(profile, stamp) if stamp is not None else []
        if stamp is None or not ids:
            return False
        leads = profile.database.read(lambda connection: page_categories.read_leads(connection, ids))
        tabs = [Tab(lead.id, lead.url, lead.title, lead.text) for lead in leads]
        try:
            verdicts = self._categorise(profile, tabs, self._interrupted)
        except (Cancelled, ModelUnavailable):
            # A person came, or the model is away; the pages are not to blame.
            return False
        except (StorageError, NotReady):
            raise
        except AppError as error:
            return self._narrow(profile, leads, error)
        self._size = min(BATCH, 2 * self._size)
        found = [
            PageCategory(lead, verdict.category, verdict.confidence)
            for lead, verdict in zip(leads, verdicts, strict=True)
        ]

        def store(connection: apsw.Connection) -> int:
            return page_categories.store_categories(connection, found, stamp)

        profile.database.write(store, background=True)
        return True

    def reconsider_site(self, profile: Profile, url: str) -> int:
        """Let the latest pages of an address's host be looked at again: a person has corrected a tab of it.

        Returns:
            how many there are.
        """
        host = split_domain(url)

        def mark(connection: apsw.Connection) -> int:
            return page_categories.mark_sites_outdated(connection, [host])

        return profile.database.write(mark) if host else 0

    def interrupt(self) -> None:
        """Give up the pages under way; they are taken up again later."""
        self._interrupted.set()

    def close(self) -> None:
        """Give them up, and begin no others."""
        self._closed = True
        self.interrupt()

    def _find_stamp(self, profile: Profile) -> str | None:
        """The current stamp; None where nothing is to be done."""
        if self._closed or not profile.settings.pages_categorize:
            return None
        return self._current_stamp(profile)

    def _find(self, profile: Profile, stamp: str) -> list[int]:
        failed = self._failed.get(profile.id, set())

        def find(connection: apsw.Connection) -> list[int]:
            return page_categories.find_uncategorised(connection, stamp, self._size + len(failed))

        found = profile.database.read(find)
        return [page_id for page_id in found if page_id not in failed][: self._size]

    def _narrow(self, profile: Profile, leads: Sequence[PageLead], error: AppError) -> bool:
        """Look for the page that is too much for the model: by halves, and then leave it out.

        Returns:
            whether to go on at once.
        """
        if len(leads) > 1:
            self._size = len(leads) // 2
            return True
        _log.warning("a page was given no category: %s", error.kind)
        self._failed.setdefault(profile.id, set()).add(leads[0].id)
        return False
