"""Summaries that are made by themselves, while nothing else is to be done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from host.core.errors import AppError, Cancelled, ModelUnavailable, NotReady, StorageError
from host.history import job_queue
from host.storage import jobs, summaries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw

    from host.chat.summaries import Summaries
    from host.history.profiles import Profile
    from host.storage.jobs import Job

# Pages that get a job at once; the others are looked for when these are done.
QUEUED_AT_ONCE = 200


class IdleSummaries:
    """The indexer's work for idle times; see `host.history.indexing.IdleWork`."""

    def __init__(self, made_by: Summaries, is_calm: Callable[[], bool] = lambda: True) -> None:
        """Wire it.

        Args:
            made_by: makes them.
            is_calm: whether nobody has asked for anything for a while.
        """
        self._summaries = made_by
        self._is_calm = is_calm
        self._interrupted = threading.Event()
        self._closed = False

    def advance(self, profile: Profile) -> bool:
        """Summarise one page that waits, or look for some that do.

        Returns:
            whether there was anything to do.

        Raises:
            NotReady, StorageError: the database does not take it.
        """
        # Before the look whether all is calm, so that no interruption is missed.
        self._interrupted.clear()
        if self._closed or profile.settings.summaries_when != "idle" or not self._is_calm():
            return False
        # Without a model a summary would be worse than one that comes later.
        if not self._summaries.has_model:
            return False
        taken = job_queue.take(profile, jobs.SUMMARISE, 1)
        if not taken:
            return _queue_some(profile)
        try:
            self._summaries.make(profile, taken[0].page_id, self._interrupted)
        except (Cancelled, ModelUnavailable):
            # A person came, or the model is away; the page is not to blame.
            job_queue.put_back(profile, taken)
            return False
        except (StorageError, NotReady):
            raise
        except AppError as error:
            job_queue.fail(profile, taken[0], error.kind)
        else:
            _finish(profile, taken)
        return True

    def interrupt(self) -> None:
        """Give up the page under way; it is taken up again later."""
        self._interrupted.set()

    def close(self) -> None:
        """Give it up, and begin no other."""
        self._closed = True
        self.interrupt()


def _finish(profile: Profile, done: Sequence[Job]) -> None:
    # A page that says something else by now is found again, as one that was not looked at.
    profile.database.write(lambda connection: jobs.finish_jobs(connection, done), background=True)


def _queue_some(profile: Profile) -> bool:
    """Give some pages without a summary a job. Returns whether there were any."""

    def find(connection: apsw.Connection) -> list[int]:
        return summaries.find_unsummarised(connection, QUEUED_AT_ONCE)

    found = profile.database.read(find)
    if found:
        profile.database.write(
            lambda connection: jobs.queue_pages(connection, jobs.SUMMARISE, found), background=True
        )
    return bool(found)
