"""A step of the set-up: what it is called, whether it is already done, how it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.install.console import Console

State = Literal["done", "unchanged", "degraded", "failed", "left out"]


class StepError(Exception):
    """A step could not be done.

    Args:
        cause: what went wrong, for a person.
        fix: what to do about it.
        degraded: the product works without this step, with less in it.
    """

    def __init__(self, cause: str, fix: str, *, degraded: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix
        self.degraded = degraded


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: a noun for a person.
        check: says what is there already, or None when there is something to do.
        run: does it, calling the function that it gets with what it is at; returns what is there now.
        needs: names of the steps without which this one is left out.
    """

    name: str
    check: Callable[[], str | None]
    run: Callable[[Callable[[str], None]], str]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What became of a step."""

    name: str
    state: State
    detail: str
    fix: str | None = None


def run_steps(steps: Sequence[Step], console: Console) -> list[Result]:
    """Do the steps in order; one that fails costs those that need it and no other.

    Returns:
        A result for each step.
    """
    results: list[Result] = []
    for step in steps:
        console.begin(step.name)
        result = _run_step(step, results, console)
        results.append(result)
        console.end(result.state.upper() if result.state == "failed" else result.state, result.detail)
        if result.fix:
            console.say(f"           Fix: {result.fix}")
    return results


def _run_step(step: Step, before: list[Result], console: Console) -> Result:
    missing = [
        result.name
        for result in before
        if result.name in step.needs and result.state in {"failed", "left out"}
    ]
    if missing:
        return Result(step.name, "left out", f"it needs: {', '.join(missing)}")
    try:
        there = step.check()
        if there is not None:
            return Result(step.name, "unchanged", there)
        return Result(step.name, "done", step.run(console.progress))
    except StepError as error:
        return Result(step.name, "degraded" if error.degraded else "failed", error.cause, error.fix)
    except OSError as error:
        # Whatever the system refuses has a name and a file in it: enough to act upon.
        return Result(step.name, "failed", str(error), "Make room or give access there, then run this again.")
