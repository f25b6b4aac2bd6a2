"""`--try`: a browser with a throw-away profile, a throw-away history and the extension loaded."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.paths import HOME_VARIABLE, Paths
from host.install.browsers import BROWSERS, Browser, System, find_registry_key, list_programs
from host.install.registration import Registry, apply_plan, plan_registration
from host.install.removal import stop_daemon
from host.install.steps import StepError
from host.install.toolchain import advise_package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from host.install.layout import Layout


def find_program(browser: Browser, system: System) -> Path | None:
    """The browser's program on this machine, or None."""
    if system == "win32":
        names = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        folders = tuple(Path(os.environ[name]) for name in names if name in os.environ)
    elif system == "darwin":
        folders = (Path("/Applications"), Path.home() / "Applications")
    else:
        folders = tuple(Path(name) for name in os.environ.get("PATH", "").split(os.pathsep) if name)
    programs = (Path(program) for program in list_programs(browser, system, folders))
    return next((program for program in programs if os.access(program, os.X_OK) and program.is_file()), None)


def choose_browser(asked: Sequence[Browser], system: System) -> tuple[Browser, Path]:
    """The first browser that is installed and loads an extension named on its command line.

    Args:
        asked: the browsers to choose from.
        system: the operating system.

    Raises:
        StepError: there is none; the fix says what to do instead.
    """
    installed = [(browser, find_program(browser, system)) for browser in asked]
    found = [(browser, program) for browser, program in installed if program]
    for browser, program in found:
        if browser.takes_command_line:
            return browser, program
    if found:
        browser = found[0][0]
        raise StepError(
            f"{browser.title} loads no extension from its command line (since version 137)",
            f"Load it by hand at {browser.extensions_page}, or try another: --try --browser chromium.",
        )
    names = ", ".join(browser.title for browser in asked)
    raise StepError(f"not installed here: {names}", advise_package("browser"))


def make_command(program: Path, profile: Path, extension: Path, *, root: bool) -> list[str]:
    """The command that starts the browser.

    Args:
        program: the browser.
        profile: a folder of its own for its profile.
        extension: the unpacked extension.
        root: whether it runs as root, where its sandbox cannot work.
    """
    command = [str(program), f"--user-data-dir={profile}", "--no-first-run", "--no-default-browser-check"]
    command += [f"--disable-extensions-except={extension}", f"--load-extension={extension}"]
    return [*command, "--no-sandbox"] if root else command


def try_browser(layout: Layout, asked: Sequence[Browser], system: System, registry: Registry | None) -> None:
    """Start a browser, wait until it is closed, and leave nothing behind.

    Args:
        layout: the checkout; its models are used, its data is not.
        asked: the browsers to choose from.
        system: the operating system.
        registry: the Windows registry, or None elsewhere.

    Raises:
        StepError: no browser here can do it.
    """
    browser, program = choose_browser(asked, system)
    key = find_registry_key(browser)
    before = {key: registry.read(key)} if registry else {}
    with tempfile.TemporaryDirectory(prefix="ai-history-try-", ignore_cleanup_errors=True) as name:
        # Short and resolved: the daemon's socket lies below it.
        folder = Path(name).resolve()
        trial = _make_layout(layout, folder / "home")
        profile = folder / "profile"
        profile.mkdir()
        plan = plan_registration(
            trial, [browser] if registry else [], system, Path.home(), profiles=[profile]
        )
        apply_plan(plan, registry)
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        environment = {**os.environ, HOME_VARIABLE: str(folder / "home")}
        try:
            # What a browser prints while it runs concerns its makers.
            subprocess.run(
                make_command(program, profile, layout.extension, root=root),
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        finally:
            stop_daemon(trial)
            _restore(before, registry)


def _make_layout(layout: Layout, home: Path) -> Layout:
    paths = Paths(home / "data", home / "models", home / "log", home / "run", home / "config.toml")
    home.mkdir()
    if layout.paths.models.is_dir():
        try:
            paths.models.symlink_to(layout.paths.models, target_is_directory=True)
        except OSError:  # Windows lets only some accounts make links
            shutil.copytree(layout.paths.models, paths.models)
    return dataclasses.replace(layout, paths=paths, home=home)


def _restore(before: Mapping[str, str | None], registry: Registry | None) -> None:
    for key, value in before.items() if registry else ():
        if registry and value is None:
            registry.delete(key)
        elif registry and value is not None:
            registry.write(key, value)


def find_installed_browsers(system: System) -> list[Browser]:
    """The browsers whose program is on this machine."""
    return [browser for browser in BROWSERS.values() if find_program(browser, system)]


def this_system() -> System:
    """This operating system; every other Unix counts as Linux."""
    if sys.platform == "win32":
        return "win32"
    return "darwin" if sys.platform == "darwin" else "linux"
