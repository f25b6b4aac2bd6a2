"""Writes several files of one folder: all of them, or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.errors import DiskFull, InvalidInput
from host.models.sources import is_full

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def write_files(
    folder: Path, files: Mapping[str, str], *, force: bool, old: Iterable[str] = ()
) -> dict[str, Path]:
    """Write texts; each gets its name when all are on disk, so a failure leaves what was there.

    Args:
        folder: made when it is not there.
        files: texts by name, the one that tells of the others last.
        force: replace files that are there.
        old: names of files that must not stay beside these.

    Returns:
        The files by name.

    Raises:
        InvalidInput: there are such files, or the folder cannot be written to.
        DiskFull: there is no room.
    """
    taken = [name for name in dict.fromkeys((*files, *old)) if (folder / name).exists()]
    if taken and not force:
        message = f"{folder} has {taken[0]} already."
        raise InvalidInput(message, fix="Choose another folder with --output, or replace it with --force.")
    parts: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            parts[name] = _write_part(folder, name, text)
        for name, part in parts.items():
            part.replace(folder / name)
        for name in taken:
            if name not in files:
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        if is_full(error):
            message = f"There is no room for the dataset in {folder}; nothing there was changed."
            raise DiskFull(message, fix="Free some space, or choose another folder with --output.") from error
        message = f"{folder} cannot be written to: {error.strerror or error}."
        raise InvalidInput(message, fix="Choose another folder with --output.") from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return {name: folder / name for name in files}


def _write_part(folder: Path, name: str, text: str) -> Path:
    number, path = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=folder)
    part = Path(path)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part
