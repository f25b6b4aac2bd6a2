"""What is known of each model of the encoder process, in memory or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from host.core.errors import AppError, WorkerDied

if TYPE_CHECKING:
    from pathlib import Path

    from host.workers.messages import Header

EncoderKind = Literal["embedding", "reranker", "nli"]

_FIRST_BACKOFF_S = 1.0
_LONGEST_BACKOFF_S = 60.0


@dataclass(frozen=True)
class EncoderSpec:
    """What is needed to load a model.

    Attributes:
        model_id: its name.
        folder: where its files lie.
        kind: what it computes.
        memory: bytes it needs; 0 when that is not known.
        max_tokens: the longest input that is wanted; the model's own window may be shorter.
        remote_code: whether its user has allowed the Python code that it brings.
    """

    model_id: str
    folder: Path
    kind: EncoderKind
    memory: int = 0
    max_tokens: int = 512
    remote_code: bool = False


@dataclass(frozen=True)
class LoadedEncoder:
    """A model in memory.

    Attributes:
        device: where it computes: cpu, cuda or mps.
        threads: of a computation on the processor.
        memory: bytes that its loading took, measured.
        max_tokens: the longest input it reads.
        dimensions: of a vector; None for other kinds.
        idle_s: seconds since it was last used.
    """

    model_id: str
    kind: EncoderKind
    device: str
    threads: int
    memory: int
    max_tokens: int
    dimensions: int | None
    idle_s: float


@dataclass
class EncoderPlace:
    """One model. Guarded by the lock of its process.

    Attributes:
        spec: how it was asked for last.
        last_used: on the clock of its process.
        users: requests under way.
        loading: whether it is on its way.
        wanted: whether someone wants it; if not, it goes as soon as its loading has ended.
        withdrawals: how often it was unloaded while it was loading.
        start: of the process that holds it, counted from 1; 0 for none. Another process has nothing of it.
        facts: what the process said when it was loaded.
        failure: why it could not be loaded when that was last tried.
        failures: how often in a row.
        not_before: on the clock, when it may be tried again.
    """

    spec: EncoderSpec
    last_used: float
    users: int = 0
    loading: bool = False
    wanted: bool = True
    withdrawals: int = 0
    start: int = 0
    facts: Header = field(default_factory=dict)
    failure: AppError | None = None
    failures: int = 0
    not_before: float = 0.0

    @property
    def coming(self) -> bool:
        """Whether it is on its way and wanted."""
        return self.loading and self.wanted

    def note_begun(self, spec: EncoderSpec) -> None:
        """It is on its way."""
        self.spec, self.loading, self.wanted = spec, True, True
        self.failure, self.start = None, 0

    def withdraw(self) -> None:
        """It is not wanted any more, though it is on its way."""
        self.wanted = False
        self.withdrawals += 1

    def note_loaded(self, start: int, facts: Header) -> None:
        """It is in memory now."""
        self.start, self.facts = start, facts
        self.failure, self.failures, self.not_before = None, 0, 0.0

    def note_failure(self, failure: AppError, now: float) -> None:
        """It could not be loaded; the next try waits the longer the more have failed."""
        self.failure = failure
        self.failures += 1
        pause = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2 ** min(self.failures - 1, 10))
        # The first death costs no wait: most often the system ended the process for memory, once.
        forgiven = isinstance(failure, WorkerDied) and self.failures == 1
        self.not_before = now + (0.0 if forgiven else pause)

    def describe(self, now: float) -> LoadedEncoder:
        """What it is, for others."""
        return LoadedEncoder(
            model_id=self.spec.model_id,
            kind=self.spec.kind,
            device=self.facts["device"],
            threads=self.facts["threads"],
            memory=self.facts["memory"],
            max_tokens=self.facts["max_tokens"],
            dimensions=self.facts.get("dimensions"),
            idle_s=max(0.0, now - self.last_used),
        )


def name_death(error: WorkerDied, doing: str) -> WorkerDied:
    """The same death with what the process was doing, and what may have ended it."""
    fix = error.fix
    if "(signal 9)" in error.message:
        fix = "Often the system ends a process for memory: close other applications, or try a smaller model."
    elif "(signal 4)" in error.message:
        fix = "This processor lacks an instruction that the library uses. Run python3 -m host.install again."
    return WorkerDied(f"{error.message} It was {doing}.", fix=fix)
