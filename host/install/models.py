"""The step that fetches the starter models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.install.command import CommandError, run_command
from host.install.packages import NAME as PACKAGES
from host.install.steps import Step, StepError
from host.models.download import find_installed
from host.models.registry import load_registry, starter_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.install.layout import Layout

STEP_NAME = "Models"


def models_step(layout: Layout) -> Step:
    """The step: every starter model, whole, in the models folder."""
    return Step(
        STEP_NAME, lambda: _check(layout), lambda progress: _fetch(layout, progress), needs=(PACKAGES,)
    )


def _check(layout: Layout) -> str | None:
    names = starter_models()
    if not all(find_installed(name, layout.paths.models) for name in names):
        return None
    return f"{', '.join(names)} in {layout.paths.models}"


def _fetch(layout: Layout, progress: Callable[[str], None]) -> str:
    command = [str(layout.python), "-m", "host.models.download", "--lines", *starter_models()]
    try:
        run_command(command, progress, folder=layout.root)
    except CommandError as error:
        fixes = [line.removeprefix("Fix: ") for line in error.lines if line.startswith("Fix: ")]
        told = [line for line in error.lines if not line.startswith(("Fix: ", "  "))]
        cause = " ".join(told) or str(error)
        raise StepError(cause, fixes[0] if fixes else "Run this again.") from error
    megabytes = sum(load_registry()[name].size for name in starter_models()) / 1e6
    return f"{', '.join(starter_models())} ({megabytes:.0f} MB) in {layout.paths.models}"


def propose_models(layout: Layout) -> list[str]:
    """Models that fit this machine better than the starters, as lines for a person.

    Returns:
        None of them when the model hub cannot be reached; whatever else goes wrong is no reason to complain.
    """
    try:
        return run_command(
            [str(layout.python), "-m", "host.models.proposal"], lambda _line: None, folder=layout.root
        )
    except CommandError:
        return []
