"""Putting another file in the place of a database: one of them is whole and in place at every moment."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import DiskFull, StorageError
from host.storage.erasing import erase, make_workspace
from host.storage.recovery import suspicion_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["erase", "make_workspace", "put_in_place", "sync", "sync_folder", "translate_file_errors"]


def put_in_place(new: Path, path: Path, keep_old: Path | None = None) -> Path | None:
    """Put the file `new` where the database `path` is; both are closed and have no log beside them.

    Args:
        new: a whole database on the same file system; it is gone afterwards.
        path: what it replaces.
        keep_old: where the former file goes, a name that is free.

    Returns:
        another name of the former file, to be erased or put back; None where it was kept, where there was
        none, and where the file system cannot give a file two names.

    Raises:
        DiskFull, StorageError: nothing has changed; once `new` has the name, nothing is raised any more.
    """
    with translate_file_errors():
        return _exchange(new, path, keep_old)


@contextmanager
def translate_file_errors() -> Iterator[None]:
    """Turn the system's errors about files into ours; a path is no part of them."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = "The disk is full. Nothing was lost."
            raise DiskFull(message, fix="Free some disk space, and try again.") from error
        message = f"The system refused: {error.strerror or type(error).__name__}."
        raise StorageError(
            message, fix="Look at who may write the file and its folder, and try again."
        ) from error


def _exchange(new: Path, path: Path, keep_old: Path | None) -> Path | None:
    sync(new)
    new.chmod(0o600)
    former = None
    try:
        if path.exists() and keep_old is not None:
            _give_second_name(path, keep_old)
        elif path.exists():
            former = new.with_name("former.db")
            try:
                former.hardlink_to(path)
            except OSError:
                former = None
        new.replace(path)
    except BaseException:
        if keep_old is not None:
            keep_old.unlink(missing_ok=True)
        raise
    # The files are exchanged: who hears of an error now would take the former one to be in place.
    with contextlib.suppress(OSError):
        sync_folder(path.parent)
    with contextlib.suppress(OSError):
        suspicion_path(path).unlink(missing_ok=True)
    return former


def sync(file: Path) -> None:
    """Have the system write a file to its disk now."""
    with file.open("rb+") as data:
        os.fsync(data.fileno())


def sync_folder(folder: Path) -> None:
    """Have the system write a folder's list of names now, where it can."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _give_second_name(path: Path, name: Path) -> None:
    name.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        name.hardlink_to(path)
    except OSError:
        part = name.with_name(name.name + ".part")
        try:
            shutil.copyfile(path, part)
            part.chmod(0o600)
            sync(part)
            part.replace(name)
        finally:
            part.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        sync_folder(name.parent)
