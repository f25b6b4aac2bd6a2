"""Whether what the installer wrote is still as it should be; asked by `ai-history doctor`. Writes nothing."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.core.origins import find_allowed_origins
from host.install.browsers import BROWSERS, Browser, find_manifest, find_profile_folders, find_registry_key
from host.install.launcher import name_launcher, write_launcher
from host.install.layout import Layout, find_layout
from host.install.llama_build import RECORD_NAME
from host.install.try_out import find_installed_browsers, this_system
from host.install.windows_registry import WindowsRegistry

if TYPE_CHECKING:
    from host.install.browsers import System

REPAIR = "Run: python3 -m host.install"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `fix` is what to do when it is not `ok`."""

    name: str
    ok: bool
    detail: str
    fix: str | None = None


def check_registration(
    layout: Layout | None = None, system: System | None = None, home: Path | None = None
) -> list[Check]:
    """Look at the launcher, at every browser's manifest, and at the build of llama.cpp.

    Args:
        layout: the checkout; this one when None.
        system: the operating system; this one when None.
        home: the user's home folder; this user's when None.

    Returns:
        A check for the launcher, one for each browser that the host is registered with (one that fails when
        there is none), one for llama.cpp.
    """
    layout = layout or find_layout()
    system = system or this_system()
    registered = []
    for browser in BROWSERS.values():
        manifest = _find_manifest(browser, system, home or Path.home())
        if manifest is not None and manifest.is_file():
            registered.append(_check_manifest(layout, system, browser, manifest))
    if not registered:
        names = " or ".join(browser.id for browser in find_installed_browsers(system)) or "chrome"
        fix = f"{REPAIR} --browser {names}"
        registered.append(Check("Browser", False, "the host is not registered with any", fix))
    return [_check_launcher(layout, system), *registered, _check_llama(layout)]


def _check_launcher(layout: Layout, system: System) -> Check:
    launcher = layout.launchers / name_launcher(system)
    name = "Launcher"
    if not launcher.is_file():
        return Check(name, False, f"{launcher} is missing", REPAIR)
    if not os.access(launcher, os.X_OK):
        return Check(name, False, f"{launcher} is not executable", REPAIR)
    if launcher.read_bytes() != write_launcher(system, layout.python, layout.home):
        return Check(name, False, f"{launcher} starts another installation than {layout.python}", REPAIR)
    if not os.access(layout.python, os.X_OK):
        return Check(name, False, f"its Python is missing: {layout.python}", REPAIR)
    return Check(name, True, str(launcher))


def _find_manifest(browser: Browser, system: System, home: Path) -> Path | None:
    if system == "win32":
        value = WindowsRegistry().read(find_registry_key(browser)) if sys.platform == "win32" else None
        return Path(value) if value else None
    config = os.environ.get("XDG_CONFIG_HOME")
    folders = find_profile_folders(browser, system, home, Path(config) if config else None)
    return find_manifest(folders[0])


def _check_manifest(layout: Layout, system: System, browser: Browser, manifest: Path | None) -> Check:
    fix = f"{REPAIR} --browser {browser.id}"
    if manifest is None or not manifest.is_file():
        return Check(browser.title, False, "the host is not registered with it", fix)
    try:
        found: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        path, origins = Path(found["path"]), set(found["allowed_origins"])
    except (ValueError, KeyError, TypeError):
        return Check(browser.title, False, f"{manifest} is damaged", fix)
    if path != layout.launchers / name_launcher(system):
        return Check(browser.title, False, f"{manifest} names another program: {path}", fix)
    if not origins >= set(find_allowed_origins()):
        return Check(browser.title, False, f"{manifest} does not allow the extension", fix)
    return Check(browser.title, True, str(manifest))


def _check_llama(layout: Layout) -> Check:
    record = layout.environment / RECORD_NAME
    try:
        found: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
        return Check("llama.cpp", True, f"{found['version']} built for {found['rung']}")
    except (OSError, ValueError, KeyError):
        return Check("llama.cpp", False, "it was not built for this machine; search works without it", REPAIR)
