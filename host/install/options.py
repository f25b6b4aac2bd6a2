"""The installer's command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from host.core.origins import is_extension_id
from host.install.browsers import BROWSERS, Browser
from host.install.layout import find_layout
from host.install.packages import list_extras

ALL = "all"


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Attributes:
        browsers: the browsers named, in the order of `BROWSERS`; empty when none was named.
        profiles: folders given with `--user-data-dir`.
        extra_ids: extensions given with `--allow-extension`.
        models: whether to fetch the starter models.
        extras: optional parts of the program to install too; those of an earlier run stay without that.
    """

    browsers: tuple[Browser, ...]
    profiles: tuple[Path, ...]
    extra_ids: tuple[str, ...]
    models: bool
    extras: tuple[str, ...]
    uninstall: bool
    purge: bool
    try_out: bool
    show: bool
    extension_id: bool


def read_options(arguments: list[str] | None) -> Options:
    """Parse the command line; ends the program with a message when it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python3 -m host.install",
        description="Sets AI History up on this machine. Running it again repairs what is broken and changes"
        " nothing else.",
    )
    parser.add_argument(
        "--browser",
        action="append",
        default=[],
        choices=[*BROWSERS, ALL],
        metavar="NAME",
        help=f"browser to register the host with, may be given again: {', '.join(BROWSERS)}, {ALL}"
        " (default: those that are installed)",
    )
    parser.add_argument(
        "--user-data-dir",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="register inside this folder of browser profiles instead, may be given again",
    )
    parser.add_argument(
        "--allow-extension",
        action="append",
        default=[],
        type=_read_id,
        metavar="ID",
        help="let the extension with this id use the host too, may be given again",
    )
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        choices=list_extras(find_layout()),
        metavar="NAME",
        help="install an optional part of the program too, may be given again; later runs keep it up to date:"
        " finetune (teaching models), remote (classification by a model elsewhere)",
    )
    parser.add_argument("--no-models", action="store_true", help="do not fetch the starter models")
    parser.add_argument("--uninstall", action="store_true", help="remove what was registered")
    parser.add_argument("--purge", action="store_true", help="with --uninstall: delete data and models too")
    parser.add_argument(
        "--try",
        dest="try_out",
        action="store_true",
        help="start an installed browser with a throw-away profile and the extension loaded",
    )
    parser.add_argument("--print", dest="show", action="store_true", help="show what would be written where")
    parser.add_argument("--extension-id", action="store_true", help="print the extension's id")
    found = parser.parse_args(arguments)
    if found.purge and not found.uninstall:
        parser.error("--purge goes with --uninstall")
    named = set(BROWSERS) if ALL in found.browser else set(found.browser)
    return Options(
        browsers=tuple(browser for name, browser in BROWSERS.items() if name in named),
        profiles=tuple(folder.expanduser().absolute() for folder in found.user_data_dir),
        extra_ids=tuple(found.allow_extension),
        models=not found.no_models,
        extras=tuple(dict.fromkeys(found.extra)),
        uninstall=found.uninstall,
        purge=found.purge,
        try_out=found.try_out,
        show=found.show,
        extension_id=found.extension_id,
    )


def _read_id(text: str) -> str:
    if not is_extension_id(text):
        raise argparse.ArgumentTypeError("an extension's id has 32 letters from a to p")
    return text
