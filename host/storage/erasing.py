"""Files that nobody may read any more: overwritten before they are deleted, alone or by the folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WORK_PREFIX = "recovery-"
_BLOCK = 1 << 20


def erase(file: Path) -> None:
    """Overwrite a file that nobody has open and delete it.

    A file system that writes elsewhere, as those of flash memory do, keeps old blocks until it needs them.
    """
    with contextlib.suppress(OSError):
        left = file.stat().st_size
        with file.open("r+b", buffering=0) as data:
            while left > 0:
                left -= data.write(bytes(min(_BLOCK, left)))
            os.fsync(data.fileno())
    file.unlink(missing_ok=True)


def erase_folder(folder: Path) -> None:
    """Erase all files of a folder and the folder; what the system refuses is left, and raises nothing."""
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            # One with a second name may be the database that is in use: only this name of it goes.
            if file.is_file() and not file.is_symlink() and file.stat().st_nlink == 1:
                erase(file)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def make_workspace(database: Path) -> Iterator[Path]:
    """A folder beside a database for what is being made, erased in the end; a kill leaves it to the sweep."""
    folder = Path(tempfile.mkdtemp(dir=database.parent, prefix=WORK_PREFIX))
    try:
        yield folder
    finally:
        erase_folder(folder)


def sweep_unfinished(database: Path) -> None:
    """Erase what a kill has left of the workspaces beside a database."""
    for folder in database.parent.glob(f"{WORK_PREFIX}*"):
        erase_folder(folder)
