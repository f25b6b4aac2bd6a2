"""`jobs.*` and `store.*`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from host.protocol.upkeep_messages import (
    Derived,
    JobItem,
    JobsResult,
    RebuildParams,
    RebuildResult,
    RetryResult,
    StatsResult,
)
from host.storage.cancelling import cancellable
from host.storage.fulltext import rebuild_index
from host.storage.jobs import count_jobs, retry_failed_jobs
from host.storage.page_categories import forget_categories
from host.storage.statistics import count_rows
from host.storage.summaries import forget_summaries

if TYPE_CHECKING:
    import apsw

    from host.history.indexing import Indexer
    from host.history.profiles import Profile
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def list_jobs(_: Empty, call: Call) -> JobsResult:
        return _list(services.profile(call))

    def pause(_: Empty, call: Call) -> JobsResult:
        profile = services.profile(call)
        profile.paused = True
        return _list(profile)

    def resume(_: Empty, call: Call) -> JobsResult:
        profile = services.profile(call)
        profile.paused = False
        services.indexer.wake()
        return _list(profile)

    def retry(_: Empty, call: Call) -> RetryResult:
        retried = services.profile(call).database.write(retry_failed_jobs)
        services.indexer.wake()
        return RetryResult(retried=retried)

    def stats(_: Empty, call: Call) -> StatsResult:
        profile = services.profile(call)
        counts = profile.database.read(lambda connection: count_rows(connection, profile.database.path))
        return StatsResult(**asdict(counts), profile_id=profile.id)

    def rebuild(params: RebuildParams, call: Call) -> RebuildResult:
        rebuilt = _rebuild(services.profile(call), params, services.indexer, call)
        return RebuildResult(rebuilt=rebuilt)

    return {
        "store.rebuild": rebuild,
        "jobs.list": list_jobs,
        "jobs.pause": pause,
        "jobs.resume": resume,
        "jobs.retry": retry,
        "store.stats": stats,
    }


def _rebuild(profile: Profile, params: RebuildParams, indexer: Indexer, call: Call) -> list[Derived]:
    """Make anew what is asked for, or begin to; returns what that is."""
    rebuilt: list[Derived] = []
    if params.fulltext and profile.database.features.fulltext:
        call.progress({"stage": "full text"})

        def make_anew(connection: apsw.Connection) -> None:
            # Taken back, the index is as it was.
            with cancellable(connection, call.cancelled.is_set):
                rebuild_index(connection)

        profile.database.write(make_anew)
        rebuilt.append("fulltext")
    if params.vectors and indexer.prepare(profile, anew=True):
        rebuilt.append("vectors")
    if params.summaries:
        profile.database.write(forget_summaries)
        rebuilt.append("summaries")
    if params.categories:
        profile.database.write(forget_categories)
        rebuilt.append("categories")
    indexer.wake()
    return rebuilt


def _list(profile: Profile) -> JobsResult:
    counts = profile.database.read(count_jobs)
    return JobsResult(jobs=[JobItem(**count.__dict__) for count in counts], paused=profile.paused)
