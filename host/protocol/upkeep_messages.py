"""The shapes of what looks after the host itself: settings, queue, checks, the daemon."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from host.protocol.messages import ModelState, Params, Result

Derived = Literal["fulltext", "vectors", "summaries", "categories"]


class SettingItem(Result):
    """One setting."""

    key: str
    value: Any
    default: Any
    description: str
    type: str
    choices: list[str] | None = None
    minimum: float | None = None
    maximum: float | None = None


class SettingsResult(Result):
    """Every setting."""

    settings: list[SettingItem]


class SettingsParams(Params):
    """Settings to change, by key."""

    values: dict[str, Any]


class ReindexingItem(Result):
    """Vectors that are being made with another model, while those of the former one serve."""

    model: str
    done: int = Field(description="passages and pages that have a vector")
    total: int = Field(description="passages and pages")


class StatsResult(Result):
    """Counts and sizes of the profile's database."""

    pages: int
    visits: int
    chunks: int
    embedded_chunks: int
    pending_jobs: int = Field(description="summaries left out: pages are found without them")
    failed_jobs: int
    database_bytes: int
    profile_id: str
    vector_model: str | None = Field(None, description="that made the vectors which are searched")
    reindexing: ReindexingItem | None = None
    categorised_pages: int = Field(0, description="pages that were looked at for a category")
    categories: dict[str, int] = Field(
        default_factory=dict, description="how many pages have which category, by its name"
    )


class RebuildParams(Params):
    """Which derived data to make anew."""

    fulltext: bool = True
    vectors: bool = Field(
        False, description="every vector, in the background; search by words goes on meanwhile"
    )
    summaries: bool = Field(False, description="every summary, while nothing else is to be done")
    categories: bool = Field(False, description="every page's category, in the background")


class RebuildResult(Result):
    """What was made anew, or begun."""

    rebuilt: list[Derived]


class JobItem(Result):
    """Jobs of one kind in one state."""

    kind: str
    state: str
    count: int
    error: str | None = None


class JobsResult(Result):
    """The queue."""

    jobs: list[JobItem]
    paused: bool


class RetryResult(Result):
    """How many jobs were queued again."""

    retried: int


class ActionItem(Result):
    """A request that does something about a failure; a page can offer it as a button."""

    label: str
    method: str
    params: dict[str, Any] = Field(default_factory=dict)


class CheckItem(Result):
    """One check of the doctor."""

    name: str
    ok: bool
    detail: str
    fix: str | None = None
    action: ActionItem | None = Field(None, description="does what `fix` says, where a request can")


class DoctorResult(Result):
    """Every check."""

    checks: list[CheckItem]


class StopParams(Params):
    """Why the daemon should end."""

    reason: str = Field("", max_length=200)


class StopResult(Result):
    """It is on its way."""

    stopping: bool


class ProcessItem(Result):
    """A process that the daemon has started."""

    name: str = Field(description="what it does")
    module: str
    pid: int
    memory_bytes: int = Field(description="resident, what it shares with others included")
    started_at: int = Field(description="milliseconds since 1970")


class DaemonStatusResult(Result):
    """The daemon process; memory in bytes."""

    version: str
    pid: int
    started_at: int
    connections: int
    profiles: list[str]
    memory_bytes: int
    workers: list[ModelState]
    processes: list[ProcessItem] = Field(default_factory=list, description="the oldest first")
