"""Tries builds of llama.cpp from the fastest down until one really evaluates. Pure but for its workshop."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from host.install.command import CommandError
from host.models.llama_trial import EVALUATION_FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.install.llama_ladder import Rung

# Two builds that do not even compile: what is wrong is not the instruction set.
BUILD_FAILURES = 2
# Exit codes of Windows from here on are those of a crash.
WINDOWS_CRASH = 0xC0000000


@dataclass(frozen=True)
class Trial:
    """How the evaluation in a child process ended.

    Attributes:
        code: exit code of the child, negative for the signal that killed it.
        report: what it measured, when it lived.
        complaint: its last words, when it did not.
    """

    code: int
    report: dict[str, Any] = field(default_factory=dict)
    complaint: str = ""

    @property
    def passed(self) -> bool:
        """Whether the build evaluated."""
        return self.code == 0

    @property
    def judges(self) -> bool:
        """Whether it says something about the build: False when the trial itself could not run."""
        crashed = self.code < 0 or self.code >= WINDOWS_CRASH
        return self.passed or crashed or self.code == EVALUATION_FAILED

    @property
    def verdict(self) -> str:
        """One phrase for a person."""
        if self.passed:
            return "evaluated"
        if self.code < 0:
            return f"died of {_signal_name(-self.code)} while evaluating"
        # Windows has no signals: this is STATUS_ILLEGAL_INSTRUCTION.
        if self.code == 0xC000001D:
            return "died of an illegal instruction while evaluating"
        return f"failed to evaluate: {self.complaint or f'exit code {self.code}'}"


class Workshop(Protocol):
    """What building, installing and trying need from the machine."""

    def build(self, rung: Rung, progress: Callable[[str], None]) -> Path:
        """A wheel of llama.cpp built like this; raises CommandError when it does not compile."""

    def install(self, wheel: Path, progress: Callable[[str], None]) -> None:
        """Put a wheel in the place of whatever is installed."""

    def try_out(self) -> Trial:
        """Evaluate a few tokens in a child process."""


@dataclass(frozen=True)
class Attempt:
    """One rung and what became of it."""

    rung: str
    verdict: str


@dataclass(frozen=True)
class Climb:
    """The outcome.

    Attributes:
        rung: the one that is installed and works, or None.
        trial: its trial; without a rung, the last one.
        attempts: every rung that was tried.
    """

    rung: Rung | None
    trial: Trial | None
    attempts: tuple[Attempt, ...]

    @property
    def judged(self) -> bool:
        """Whether the builds themselves are at fault when there is no rung."""
        return self.trial is None or self.trial.judges


def climb_down(rungs: Sequence[Rung], workshop: Workshop, progress: Callable[[str], None]) -> Climb:
    """Build, install and try the rungs in order until one evaluates.

    Args:
        rungs: fastest first.
        workshop: the machine.
        progress: told what is going on.
    """
    attempts: list[Attempt] = []
    failures = 0
    trial: Trial | None = None
    for rung in rungs:
        progress(f"building for {rung.name}")
        try:
            wheel = workshop.build(rung, progress)
        except CommandError as error:
            attempts.append(Attempt(rung.name, f"did not compile: {error.cause}"))
            failures += not rung.gpu
            if failures >= BUILD_FAILURES:
                break
            continue
        workshop.install(wheel, progress)
        progress(f"trying the build for {rung.name}")
        trial = workshop.try_out()
        attempts.append(Attempt(rung.name, trial.verdict))
        if trial.passed:
            return Climb(rung, trial, tuple(attempts))
        if not trial.judges:
            break
    return Climb(None, trial, tuple(attempts))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
