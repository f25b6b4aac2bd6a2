"""Where files go that are written for a person, and what they are called."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import platformdirs

from host.core.errors import InvalidInput, StorageError
from host.core.paths import HOME_VARIABLE
from host.storage.copying import finish_file
from host.storage.replacement import erase

# Nobody writes on a file for so long without adding to it.
STALE_S = 6 * 3600.0
_HALF = re.compile(r"ai-history-\d{4}-\d\d-\d\d-\d{6}(-\d+)?\.\w+\.[0-9a-f]{16}\.part")
_WHOLE = "For example: /home/me/history.db"


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
            raise InvalidInput(message, fix=_WHOLE)
        if not os.path.isdir(wanted):  # noqa: PTH112 - a name that is too long is no folder, and no error
            return _check_free(wanted)
        folder = wanted
    return find_free(folder / f"ai-history-{time.strftime('%Y-%m-%d-%H%M%S', time.localtime(at_s))}{suffix}")


def find_free(wanted: Path) -> Path:
    """`wanted`, or the same with a number, so that nothing is overwritten."""
    found, number = wanted, 2
    while os.path.lexists(found):
        found = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        number += 1
    return found


def part_of(target: Path) -> Path:
    """What a file in a folder of our own is called while it is being written."""
    return target.with_name(target.name + ".part")


def finish_part(part: Path, target: Path) -> Path:
    """Give a complete file its name, with a number where that has been taken meanwhile.

    Returns:
        where it is.

    Raises:
        DiskFull, StorageError: the system refuses.
    """
    while True:
        free = find_free(target)
        try:
            finish_file(part, free)
        except StorageError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
        else:
            return free


def sweep_exports(at_s: float, stale_s: float = STALE_S) -> int:
    """Erase the halves of files that a kill has left where exports go; returns how many.

    Args:
        at_s: now, seconds since 1970.
        stale_s: those that were not added to for so long.
    """
    swept = 0
    for file in exports_folder().glob("ai-history-*.part"):
        if _HALF.fullmatch(file.name) and file.is_file() and file.stat().st_mtime < at_s - stale_s:
            erase(file)
            swept += 1
    return swept


def find_source(path: str) -> Path:
    """A file that a person named.

    Raises:
        InvalidInput: there is none.
    """
    wanted = Path(path).expanduser()
    if not wanted.is_absolute():
        message = "Give the whole path of the file, from the root on."
        raise InvalidInput(message, fix=_WHOLE)
    try:
        found = wanted.is_file() and os.access(wanted, os.R_OK)
    except OSError:
        found = False
    if not found:
        message = "There is no such file, or it may not be read."
        raise InvalidInput(message, fix="Look at the path, and at who may read the file.")
    return wanted


def _check_free(wanted: Path) -> Path:
    if os.path.lexists(wanted):
        message = "There is a file of that name already."
        raise InvalidInput(message, fix="Choose another name; nothing is overwritten.")
    if not os.path.isdir(wanted.parent):  # noqa: PTH112
        message = "There is no such folder."
        raise InvalidInput(message, fix="Make it first, or choose another one.")
    return wanted
