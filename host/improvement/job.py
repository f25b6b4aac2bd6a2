"""The one training in the background, and the file that remembers it."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from host.models.json_files import is_count, is_text, read_object, write_object

JobState = Literal["none", "waiting", "running", "paused", "deployed", "refused", "failed", "cancelled"]
STATES: tuple[JobState, ...] = get_args(JobState)
ACTIVE: frozenset[JobState] = frozenset({"waiting", "running", "paused"})


@dataclass(frozen=True)
class Job:
    """A training.

    Attributes:
        state: waiting: not begun; paused: begun, and it goes on later; deployed: the model that came of it is
            in use; refused: it was not better; none: there never was one.
        text: why it waits, or what came of it; for a person.
        stage: what is being done.
        share: of the whole that is done, 0 to 1.
        remaining_s: seconds.
        report: path of its report.
        started_at: when it was asked for, UTC milliseconds.
        ended_at: the same.
        folder: where it works; None when there is nothing to go on with.
        base: id of the model that is trained.
        profile: whose corrections it learns from.
        now: asked to wait for nothing.
        begun: whether something lies in its folder.
        deaths: how often its process has died.
        failures: how often it has failed in its folder.
        kept: folder of the last training before it that came to its end; its report is there.
    """

    state: JobState = "none"
    text: str = ""
    stage: str | None = None
    share: float | None = None
    remaining_s: float | None = None
    report: str | None = None
    started_at: int | None = None
    ended_at: int | None = None
    folder: str | None = None
    base: str = ""
    profile: str = ""
    now: bool = False
    begun: bool = False
    deaths: int = 0
    failures: int = 0
    kept: str | None = None

    @property
    def active(self) -> bool:
        """Whether it is still to come to its end."""
        return self.state in ACTIVE


def end_job(job: Job, state: JobState, text: str, at_ms: int) -> Job:
    """A job that has come to its end.

    Args:
        job: as it was.
        state: how it ended.
        text: what came of it, for a person.
        at_ms: when, UTC milliseconds.
    """
    return replace(job, state=state, text=text, stage=None, remaining_s=None, now=False, ended_at=at_ms)


def can_go_on(before: Job, job: Job) -> bool:
    """Whether a new job may use what one that failed has left in its folder."""
    return (
        before.state == "failed"
        and (before.base, before.profile) == (job.base, job.profile)
        and before.folder is not None
        and Path(before.folder).is_dir()
    )


class JobFile:
    """The job on the disk. A file that cannot be read is as if there were none."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is not read yet."""
        self._path = path

    def read(self) -> Job:
        """The job as it was left."""
        read = _read(read_object(self._path) or {})
        return read if read is not None else Job()

    def write(self, job: Job) -> None:
        """Remember a job; where nothing can be written it is forgotten with the process."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_object(self._path, asdict(job))


def _read(item: dict[str, Any]) -> Job | None:
    known = {field.name for field in fields(Job)}
    try:
        job = Job(**{key: value for key, value in item.items() if key in known})
    except TypeError:
        return None
    texts = (job.text, job.base, job.profile)
    maybe = (job.stage, job.report, job.folder, job.kept)
    times = (job.started_at, job.ended_at)
    numbers = (job.share, job.remaining_s)
    right = (
        job.state in STATES
        and all(is_text(one) for one in texts)
        and all(one is None or is_text(one) for one in maybe)
        and all(one is None or is_count(one) for one in times)
        and all(one is None or (isinstance(one, int | float) and one >= 0) for one in numbers)
        and isinstance(job.now, bool)
        and isinstance(job.begun, bool)
        and is_count(job.deaths)
        and is_count(job.failures)
        and not (job.active and not (job.folder and job.base))
    )
    return job if right else None
