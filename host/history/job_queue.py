"""Taking jobs of a profile from its queue, and saying what became of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import NotReady
from host.storage import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.history.profiles import Profile
    from host.storage.jobs import Job


def take(profile: Profile, kind: str, limit: int) -> list[Job]:
    """Up to `limit` jobs of a kind that are due; they are running from now on."""
    database = profile.database
    # Looked at by reading first: an idle round must not write.
    if not database.read(lambda connection: jobs.has_due_job(connection, kind, now_ms())):
        return []
    return database.write(
        lambda connection: jobs.take_jobs(connection, kind, limit, now_ms()), background=True
    )


def fail(profile: Profile, job: Job, kind: str) -> None:
    """Note a failure by its kind: the job is tried again later, or given up."""
    profile.database.write(lambda connection: jobs.fail_job(connection, job, kind, now_ms()), background=True)


def put_back(profile: Profile, taken: Sequence[Job]) -> None:
    """Queue jobs again that were not done."""
    # When the database is closing the rows stay "running", which opening it sets right.
    with contextlib.suppress(NotReady):
        profile.database.write(lambda connection: jobs.put_back_jobs(connection, taken), background=True)
