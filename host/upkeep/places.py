"""Where files go that are written for a person, and what they are called."""

from __future__ import annotations

import os
import time
from pathlib import Path

import platformdirs

from host.core.errors import InvalidInput
from host.core.paths import HOME_VARIABLE


def exports_folder() -> Path:
    """Where files go that nobody said a place for; it may not be there yet."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser().absolute() / "exports"
    return Path(platformdirs.user_downloads_dir())


def choose_target(path: str | None, suffix: str, at_s: float) -> Path:
    """A name for a new file, which is free.

    Args:
        path: a file that is not there yet, or a folder; None for `exports_folder`.
        suffix: of the file, with its dot.
        at_s: seconds since 1970; the name says it in local time.

    Raises:
        InvalidInput: there is such a file, or no such folder.
    """
    if path is None:
        folder = exports_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    else:
        wanted = Path(path).expanduser()
        if not wanted.is_absolute():
            message = "Give the whole path of the file, from the root on."
            raise InvalidInput(message)
        if not os.path.isdir(wanted):  # noqa: PTH112 - a name that is too long is no folder, and no error
            return _check_free(wanted)
        folder = wanted
    return find_free(folder / f"ai-history-{time.strftime('%Y-%m-%d-%H%M%S', time.localtime(at_s))}{suffix}")


def find_free(wanted: Path) -> Path:
    """`wanted`, or the same with a number, so that nothing is overwritten."""
    found, number = wanted, 2
    while found.exists() or part_of(found).exists():
        found = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        number += 1
    return found


def part_of(target: Path) -> Path:
    """What a file is called while it is being written."""
    return target.with_name(target.name + ".part")


def find_source(path: str) -> Path:
    """A file that a person named.

    Raises:
        InvalidInput: there is none.
    """
    wanted = Path(path).expanduser()
    if not wanted.is_absolute():
        message = "Give the whole path of the file, from the root on."
        raise InvalidInput(message)
    try:
        found = wanted.is_file() and os.access(wanted, os.R_OK)
    except OSError:
        found = False
    if not found:
        message = "There is no such file, or it may not be read."
        raise InvalidInput(message)
    return wanted


def _check_free(wanted: Path) -> Path:
    if os.path.lexists(wanted):
        message = "There is a file of that name already."
        raise InvalidInput(message, fix="Choose another name; nothing is overwritten.")
    if not os.path.isdir(wanted.parent):  # noqa: PTH112
        message = "There is no such folder."
        raise InvalidInput(message, fix="Make it first, or choose another one.")
    return wanted
