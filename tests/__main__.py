"""`python3 -m tests`: makes the environment, then runs every check. Arguments go on to pytest.

Without arguments: format, lint, types, the JavaScript checks, then pytest. With arguments: pytest only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.install.cli import list_environment_steps
from host.install.console import Console
from host.install.layout import find_layout
from host.install.steps import run_steps
from tests.environment import browser_step, find_npm, javascript_step, make_variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.install.layout import Layout


@dataclass(frozen=True)
class Stage:
    """One check."""

    name: str
    command: tuple[str, ...]


def main(arguments: list[str]) -> int:
    """Run the checks; returns the exit code."""
    # Tests must find what they start with, not what the caller's shell happens to have.
    os.environ.pop("PYTHONPATH", None)
    # A shell has what it starts in the background ignore Ctrl-C, and all children of that, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    console = Console()
    layout = find_layout()
    console.say(f"AI History, tests of {layout.root}")
    steps = [*list_environment_steps(layout, extras=("test",)), browser_step(), javascript_step(layout)]
    results = run_steps(steps, console)
    failed = [result.name for result in results if result.state in {"failed", "left out"}]
    if any(name in failed for name in ("Environment", "Packages")):
        console.say(f"Not finished: {', '.join(failed)}.")
        return 1
    stages = list_stages(layout, arguments)
    variables = {**os.environ, **make_variables(layout)}
    failed += _run_stages(stages, layout, variables, console)
    if failed:
        # After pytest's own summary, because a failure must not be scrolled away by a success.
        sys.stderr.write(f"Failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def list_stages(layout: Layout, arguments: Sequence[str]) -> list[Stage]:
    """The checks to run; pytest comes last, so that its summary is the end of the output."""
    python = (str(layout.python), "-m")
    pytest = Stage("pytest", (*python, "pytest", *arguments))
    if arguments:
        return [pytest]
    # A file's tests share what it has loaded, and stay together.
    whole = Stage(pytest.name, (*pytest.command, "-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"))
    return [
        Stage("ruff format", (*python, "ruff", "format", "--check", ".")),
        Stage("ruff check", (*python, "ruff", "check", ".")),
        Stage("mypy", (*python, "mypy")),
        Stage("JavaScript", (find_npm(layout), "run", "check")),
        whole,
    ]


def _run_stages(
    stages: Sequence[Stage], layout: Layout, variables: dict[str, str], console: Console
) -> list[str]:
    failed: list[str] = []
    for stage in stages:
        last = stage is stages[-1]
        console.say()
        console.say(f"== {stage.name}")
        started = time.monotonic()
        code = subprocess.run(stage.command, cwd=layout.root, env=variables, check=False).returncode
        if code:
            failed.append(stage.name)
        if not last:
            took = time.monotonic() - started
            console.say(
                f"== {stage.name}: {'passed' if code == 0 else f'FAILED with code {code}'} ({took:.0f} s)"
            )
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
