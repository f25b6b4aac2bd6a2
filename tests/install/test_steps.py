from __future__ import annotations

import io
from typing import TYPE_CHECKING

from host.install.console import Console
from host.install.steps import Step, StepError, run_steps

if TYPE_CHECKING:
    from collections.abc import Callable


def do(_: Callable[[str], None]) -> str:
    return "made"


def fail(_: Callable[[str], None]) -> str:
    raise StepError("it is broken", "mend it")


def degrade(_: Callable[[str], None]) -> str:
    raise StepError("no compiler", "install one", degraded=True)


def full(_: Callable[[str], None]) -> str:
    raise OSError(28, "No space left on device", "/somewhere")


def run(*steps: Step) -> tuple[list[str], str]:
    stream = io.StringIO()
    results = run_steps(steps, Console(stream))
    return [result.state for result in results], stream.getvalue()


def test_what_is_there_already_is_not_done_again() -> None:
    states, text = run(Step("A", lambda: "there", fail), Step("B", lambda: None, do))
    assert states == ["unchanged", "done"]
    assert "unchanged  A: there" in text


def test_a_failed_step_names_its_cause_and_its_fix() -> None:
    states, text = run(Step("A", lambda: None, fail))
    assert states == ["failed"]
    assert "FAILED  A: it is broken" in text
    assert "Fix: mend it" in text


def test_a_failure_costs_those_that_need_it_and_no_other() -> None:
    states, text = run(
        Step("A", lambda: None, fail),
        Step("B", lambda: None, do, needs=("A",)),
        Step("C", lambda: None, do, needs=("B",)),
        Step("D", lambda: None, do),
    )
    assert states == ["failed", "left out", "left out", "done"]
    assert "it needs: A" in text


def test_a_degraded_step_costs_nothing_else() -> None:
    states, _ = run(Step("A", lambda: None, degrade), Step("B", lambda: None, do, needs=("A",)))
    assert states == ["degraded", "done"]


def test_what_the_system_refuses_is_told_with_the_file_in_it() -> None:
    states, text = run(Step("A", lambda: None, full))
    assert states == ["failed"]
    assert "/somewhere" in text


def test_a_pipe_gets_plain_lines_only() -> None:
    _, text = run(Step("A", lambda: None, do))
    assert "\x1b" not in text
    assert "\r" not in text
