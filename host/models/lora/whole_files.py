"""Files that have their name only when they are whole."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import DiskFull
from host.models.disk_errors import tell_disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Kept free for everything else that runs.
_SPARE = 64 * 1024**2


def name_part(target: Path) -> Path:
    """The name of a file while it is written, in the folder where it will be."""
    return target.with_name(f"{target.name}.part")


@contextmanager
def write_whole(target: Path) -> Iterator[Path]:
    """A file to write to, which gets its name at the end; nothing of it stays when that fails.

    Args:
        target: where it will be; what is there is replaced.

    Raises:
        DiskFull: there is no room.
        ModelUnavailable: the folder cannot be written to.
    """
    part = name_part(target)
    with tell_disk_errors(target.parent, "folder"):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def tell_short_writes() -> Iterator[None]:
    """Say what a write of numpy that came to an end too early means.

    Raises:
        OSError: with the number for a full disk, which numpy leaves out.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise OSError(errno.ENOSPC, "The array was written in part only.") from error
        raise


def check_room(folder: Path, needed: int) -> None:
    """Make sure that a disk has room for what is to be written.

    Args:
        folder: where to; the nearest one that exists is looked at.
        needed: bytes.

    Raises:
        DiskFull: it has not.
    """
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise DiskFull(
            f"There is no room on the disk for the converted model: {needed // 10**6 + 1} MB are needed,"
            f" {free // 10**6} MB are free.",
            fix="Free some space and convert again; nothing was written.",
        )
