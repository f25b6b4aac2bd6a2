"""The step that installs the project and its dependencies into the environment.

llama-cpp-python is left to a step of its own: it is compiled here, and may fail without taking the
rest of the product with it.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

from host.install.command import CommandError, run_command
from host.install.environment import NAME as ENVIRONMENT
from host.install.steps import Step, StepError
from host.install.torch_choice import choose_torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.install.layout import Layout

# "compat" is a plain path: setuptools' other way runs an import hook, 8 ms, at every start of the bridge.
EDITABLE = ("--no-deps", "--config-settings", "editable_mode=compat", "--editable")
NAME = "Packages"
LLAMA = "llama-cpp-python"
STAMP_NAME = "ai-history-packages.json"
_LIST = (
    "import importlib.metadata as m, json;"
    "print(json.dumps({d.name: d.version for d in m.distributions() if d.name}))"
)
# Replaced by a distribution that owns the same import folder: removing one takes files of the other along.
SUPERSEDED = {"apsw": "apsw-sqlite3mc"}
PIP_VARIABLES = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def packages_step(layout: Layout, extras: Sequence[str] = ()) -> Step:
    """The step: every requirement of the project, of the extras named, and the project itself, editable."""
    return Step(
        NAME,
        lambda: _check(layout, extras),
        lambda progress: _install(layout, extras, progress),
        needs=(ENVIRONMENT,),
    )


def read_requirements(pyproject: Path, extras: Sequence[str] = ()) -> list[str]:
    """The project's requirements with those of the extras, as they stand in `pyproject.toml`."""
    project: dict[str, Any] = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    found: list[str] = list(project["dependencies"])
    for extra in extras:
        found += project["optional-dependencies"][extra]
    return found


def list_extras(layout: Layout) -> list[str]:
    """The names of the optional parts that can be installed."""
    project = tomllib.loads((layout.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return sorted(project.get("optional-dependencies", {}))


def requirement_name(requirement: str) -> str:
    """The normalised name of the distribution that a requirement asks for."""
    return normalise(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0])


def normalise(name: str) -> str:
    """A distribution's name with the spellings that mean the same made one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def list_installed(python: Path) -> dict[str, str]:
    """Versions of what an environment holds, by normalised name; empty when it does not run."""
    try:
        answer = subprocess.run(
            [str(python), "-I", "-c", _LIST],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        )
        return {normalise(name): version for name, version in json.loads(answer.stdout).items()}
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}


def install_with_pip(python: Path, arguments: Sequence[str], progress: Callable[[str], None]) -> None:
    """Run `pip install` in an environment.

    Raises:
        StepError: with pip's own words as the cause.
    """
    _run_pip(python, ["install", *arguments], progress)


def uninstall_with_pip(python: Path, names: Sequence[str], progress: Callable[[str], None]) -> None:
    """Run `pip uninstall` in an environment.

    Raises:
        StepError: with pip's own words as the cause.
    """
    _run_pip(python, ["uninstall", "--yes", *names], progress)


def _run_pip(python: Path, arguments: Sequence[str], progress: Callable[[str], None]) -> None:
    try:
        run_command([str(python), "-m", "pip", *arguments], progress, environment=PIP_VARIABLES)
    except CommandError as error:
        message = f"pip {arguments[0]} failed: {error.cause}"
        raise StepError(message, advise_for_pip(error.lines)) from error


def advise_for_pip(lines: Sequence[str]) -> str:
    """What to do about a failed pip, read from its last lines."""
    text = "\n".join(lines).lower()
    if "no space left" in text or "errno 28" in text:
        return "Free some disk space and run this again."
    if any(word in text for word in ("connection", "timed out", "name resolution", "retrying", "proxy")):
        return "Check the network connection and pip's proxy settings, then run this again."
    if "no matching distribution" in text or "could not find a version" in text:
        return "A package has no build for this Python or system: try Python 3.11 to 3.13 on a 64-bit system."
    return "Read the message above, correct it, and run this again."


def _check(layout: Layout, extras: Sequence[str]) -> str | None:
    try:
        stamp: dict[str, Any] = json.loads(_stamp_file(layout).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    installed = list_installed(layout.python)
    kept = _kept_extras(layout, extras)
    wanted = {requirement_name(item) for item in _wanted(layout, kept)} | {"ai-history"}
    same = stamp.get("fingerprint") == _fingerprint(layout) and set(extras) <= set(stamp.get("extras", ()))
    whole = wanted <= installed.keys() and not SUPERSEDED.keys() & installed.keys()
    return f"{len(installed)} packages" if same and whole else None


def _install(layout: Layout, extras: Sequence[str], progress: Callable[[str], None]) -> str:
    installed = list_installed(layout.python)
    kept = _kept_extras(layout, extras)
    requirements = _wanted(layout, kept)
    torch = choose_torch(
        layout, next(item for item in requirements if requirement_name(item) == "torch"), installed
    )
    if torch.note:
        progress(torch.note)
    install_with_pip(layout.python, [*requirements, *torch.constraints], progress)
    _drop_superseded(layout, installed, requirements, progress)
    install_with_pip(layout.python, [*EDITABLE, str(layout.root)], progress)
    stamp = {"fingerprint": _fingerprint(layout), "extras": kept}
    _stamp_file(layout).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    note = f"; {torch.note}" if torch.note else ""
    return f"{len(list_installed(layout.python))} packages{note}"


def _drop_superseded(
    layout: Layout, before: dict[str, str], requirements: Sequence[str], progress: Callable[[str], None]
) -> None:
    """Remove what another distribution replaces. Both go, and the new one comes back whole."""
    for old, new in SUPERSEDED.items():
        if old not in before:
            continue
        # Only now: what cannot be fetched has failed by this time, with the old one still in its place.
        # Should the last command fail, neither is listed any longer, and the next run installs the new one.
        uninstall_with_pip(layout.python, [old, new], progress)
        wanted = [item for item in requirements if requirement_name(item) == new]
        install_with_pip(layout.python, ["--no-deps", *wanted], progress)


def _wanted(layout: Layout, extras: Sequence[str]) -> list[str]:
    every = read_requirements(layout.root / "pyproject.toml", extras)
    return [item for item in every if requirement_name(item) != LLAMA]


def _stamp_file(layout: Layout) -> Path:
    return layout.environment / STAMP_NAME


def _kept_extras(layout: Layout, extras: Sequence[str]) -> list[str]:
    """Those named, and those of earlier runs: a developer's environment is not taken apart by its user."""
    return sorted({*extras, *(_stamped_extras(layout) & set(list_extras(layout)))})


def _stamped_extras(layout: Layout) -> set[str]:
    try:
        return set(json.loads(_stamp_file(layout).read_text(encoding="utf-8"))["extras"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _fingerprint(layout: Layout) -> str:
    """Changes when the requirements, the place of the checkout or the environment's Python change."""
    parts = (
        (layout.root / "pyproject.toml").read_text(encoding="utf-8"),
        (layout.environment / "pyvenv.cfg").read_text(encoding="utf-8"),
        str(layout.root),
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()
