"""The step that makes `.venv`, or repairs it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from host.install.command import CommandError, run_command
from host.install.steps import Step, StepError
from host.install.toolchain import advise_package

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.install.layout import Layout

NAME = "Environment"
OLDEST = (3, 11)
_PROBE = "import json, sys, pip; print(json.dumps({'version': sys.version_info[:3], 'prefix': sys.prefix}))"


def environment_step(layout: Layout) -> Step:
    """The step: a virtual environment whose interpreter runs, is new enough, and has pip."""
    return Step(NAME, lambda: _check(layout), lambda progress: _make(layout, progress))


def _check(layout: Layout) -> str | None:
    facts = _probe(layout)
    if facts is None or tuple(facts["version"]) < OLDEST:
        return None
    return f"Python {'.'.join(str(part) for part in facts['version'])} in {layout.environment}"


def _probe(layout: Layout) -> dict[str, Any] | None:
    try:
        answer = subprocess.run(
            [str(layout.python), "-I", "-c", _PROBE],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        )
        facts: dict[str, Any] = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return facts


def _make(layout: Layout, progress: Callable[[str], None]) -> str:
    folder = layout.environment
    if folder.exists() and not (folder / "pyvenv.cfg").is_file() and any(folder.iterdir()):
        raise StepError(
            f"{folder} exists and is not a virtual environment, so it is left alone",
            f"Move {folder} away and run this again.",
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise StepError(
            "this Python cannot make environments with pip in them (its ensurepip module is missing)",
            advise_package("venv"),
        )
    repaired = folder.exists()
    # Inside another environment the base interpreter is used, so that ours does not hang on that one.
    interpreter = getattr(sys, "_base_executable", None) or sys.executable
    try:
        run_command([interpreter, "-m", "venv", "--clear", str(folder)], progress)
    except CommandError as error:
        raise StepError(f"python -m venv failed: {error.cause}", advise_package("venv")) from error
    there = _check(layout)
    if there is None:
        raise StepError(
            f"the environment made in {folder} does not run",
            f"Delete {folder} and run this again with another Python (3.11 or newer).",
        )
    return f"{'repaired: ' if repaired else ''}{there}"
