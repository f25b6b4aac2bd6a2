"""`python3 -m host.install`: puts the steps together and says how it went."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.origins import find_extra_file, read_extra_ids
from host.install.browsers import BROWSERS
from host.install.console import Console
from host.install.environment import NAME as ENVIRONMENT
from host.install.environment import environment_step
from host.install.extension import read_extension_id
from host.install.layout import Layout, find_layout
from host.install.llama_build import llama_step
from host.install.models import STEP_NAME as MODELS
from host.install.models import models_step, propose_models
from host.install.options import Options, read_options
from host.install.packages import NAME as PACKAGES
from host.install.packages import packages_step
from host.install.registration import (
    FileEntry,
    Plan,
    Registry,
    apply_plan,
    find_differences,
    plan_registration,
)
from host.install.removal import list_registered, purge, remove_registration, stop_daemon
from host.install.sandboxes import find_sandboxed
from host.install.steps import Step, StepError, run_steps
from host.install.try_out import find_installed_browsers, this_system, try_browser
from host.install.windows_registry import WindowsRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REGISTRATION = "Registration"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for; returns the exit code."""
    options = read_options(arguments)
    layout = find_layout()
    console = Console()
    if options.extension_id:
        console.say(read_extension_id(layout.extension))
        return 0
    try:
        if options.uninstall:
            return _uninstall(layout, options, console)
        if options.show:
            return _show(layout, options, console)
        return _install(layout, options, console)
    except KeyboardInterrupt:
        console.say()
        console.say("Interrupted. Run the same command again: it goes on where it stopped.")
        return 130


def list_environment_steps(layout: Layout, *, extras: Sequence[str] = (), models: bool = True) -> list[Step]:
    """The steps that make a working environment, without telling any browser.

    Args:
        layout: the checkout.
        extras: optional dependencies to install too.
        models: whether to fetch the starter models.
    """
    steps = [environment_step(layout), packages_step(layout, extras)]
    if models:
        steps.append(models_step(layout))
    return [*steps, llama_step(layout)]


def _install(layout: Layout, options: Options, console: Console) -> int:
    console.say(f"AI History, set-up of {layout.root}")
    steps = list_environment_steps(layout, extras=options.extras, models=options.models)
    plan = _plan(layout, options)
    if not options.try_out:
        steps.append(_registration_step(layout, plan))
    results = run_steps(steps, console)
    failed = [result.name for result in results if result.state in {"failed", "left out"}]
    for browser in find_sandboxed(Path.home(), Path("/"), BROWSERS):
        console.say(f"     note  {browser.advice}")
    console.say()
    if failed:
        console.say(
            f"Not finished: {', '.join(failed)}. Follow the fix above and run the same command again."
        )
        return 1
    if options.try_out:
        return _try(layout, options, console)
    _tell_last_step(layout, options, console)
    if any(result.name == MODELS and result.state == "done" for result in results):
        for line in propose_models(layout):
            console.say(line)
    return 0


def _registration_step(layout: Layout, plan: Plan) -> Step:
    registry = _find_registry()
    names = ", ".join(browser.title for browser in plan.browsers) or "a folder of profiles"

    def check() -> str | None:
        if not plan.reaches_a_browser:
            raise StepError(
                "no Chrome, Chromium, Edge, Brave or Vivaldi was found here",
                "Install one, or name the one you use, for example: --browser chrome.",
            )
        return None if find_differences(plan, registry) else names

    def run(_: Callable[[str], None]) -> str:
        layout.paths.create()
        return f"{names}; written: {', '.join(apply_plan(plan, registry))}"

    return Step(REGISTRATION, check, run, needs=(ENVIRONMENT, PACKAGES))


def _plan(layout: Layout, options: Options) -> Plan:
    system = this_system()
    browsers = options.browsers or (() if options.profiles else tuple(find_installed_browsers(system)))
    extra_file = find_extra_file()
    known = read_extra_ids(extra_file)
    extra_ids = tuple(dict.fromkeys((*known, *options.extra_ids)))
    plan = plan_registration(
        layout,
        browsers,
        system,
        Path.home(),
        config=_find_config(),
        profiles=options.profiles,
        extra_ids=extra_ids,
    )
    if extra_ids == known:
        return plan
    text = json.dumps({"extensions": list(extra_ids)}, indent=2) + "\n"
    return replace(plan, files=(*plan.files, FileEntry(extra_file, text.encode("utf-8"))))


def _tell_last_step(layout: Layout, options: Options, console: Console) -> None:
    browsers = options.browsers or tuple(find_installed_browsers(this_system()))
    pages = dict.fromkeys(browser.extensions_page for browser in browsers) or {"chrome://extensions": None}
    console.say("One step is left, in the browser:")
    console.say(f"  open {' or '.join(pages)}, switch on Developer mode,")
    console.say('  click "Load unpacked" and choose this folder:')
    console.say(f"  {layout.extension}")


def _try(layout: Layout, options: Options, console: Console) -> int:
    asked = options.browsers or tuple(BROWSERS.values())
    console.say("Starting a browser with a throw-away profile. Close it when you have seen enough.")
    try:
        try_browser(layout, asked, this_system(), _find_registry())
    except StepError as error:
        console.say(f"It cannot be tried here: {error.cause}.")
        console.say(f"Fix: {error.fix}")
        return 1
    return 0


def _show(layout: Layout, options: Options, console: Console) -> int:
    plan = _plan(layout, options)
    console.say(f"environment   {layout.environment}")
    console.say(f"models        {layout.paths.models}" + ("" if options.models else " (left out)"))
    console.say(f"data          {layout.paths.data}")
    console.say(f"built wheels  {layout.cache / 'wheels'}")
    for content, entries in _group(plan.files).items():
        console.say()
        for entry in entries:
            console.say(f"{'program' if entry.executable else 'file'}  {entry.path}")
        for line in content.decode("utf-8").splitlines():
            console.say(f"    {line}")
    for key in plan.registry:
        console.say()
        console.say(rf"registry  HKEY_CURRENT_USER\{key.key} = {key.value}")
    return 0


def _group(files: Sequence[FileEntry]) -> dict[bytes, list[FileEntry]]:
    grouped: dict[bytes, list[FileEntry]] = {}
    for entry in files:
        grouped.setdefault(entry.content, []).append(entry)
    return grouped


def _uninstall(layout: Layout, options: Options, console: Console) -> int:
    home = Path.home()
    config = _find_config()
    keep = frozenset(
        {
            home,
            *options.profiles,
            *([config] if config else ()),
            *([layout.home.parent] if layout.home else ()),
        }
    )
    files = list_registered(layout, this_system(), home, config=config, profiles=options.profiles)
    stop_daemon(layout)
    removed = remove_registration(files, _find_registry(), keep)
    removed += purge(layout, keep) if options.purge else []
    for name in removed:
        console.say(f"removed  {name}")
    console.say("Nothing was registered." if not removed else f"Removed: {len(removed)}.")
    if not options.purge:
        console.say(
            f"Your data and models are still in {layout.paths.data.parent}; --purge deletes them too."
        )
    console.say("Remove the extension on the browser's own page of extensions.")
    return 0


def _find_registry() -> Registry | None:
    return WindowsRegistry() if sys.platform == "win32" else None


def _find_config() -> Path | None:
    folder = os.environ.get("XDG_CONFIG_HOME")
    return Path(folder) if folder else None
