"""Copies the files of a model from another place on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from host.models.integrity import WantedFile
from host.models.sources import SourceError

if TYPE_CHECKING:
    from host.models.registry import LocalSource, ModelFile
    from host.models.transfers import Reporter

BLOCK_BYTES = 1 << 20


def find_path(source: str) -> Path | None:
    """The file or folder that is meant by what a user wrote; None when there is none."""
    try:
        path = Path(source).expanduser()
        return path.resolve() if path.exists() else None
    # A name that is too long, one with a zero byte, a user whom nobody knows.
    except (OSError, ValueError, RuntimeError):
        return None


def find_original(source: LocalSource, path: str) -> Path:
    """Where a file of the model lies: in the source's folder, or it is the source itself."""
    origin = Path(source.path).expanduser()
    return origin / path if origin.is_dir() else origin


def look_at_files(source: LocalSource, files: tuple[ModelFile, ...]) -> tuple[WantedFile, ...]:
    """The files with the sizes that they have now.

    Raises:
        SourceError: one is missing.
    """
    wanted = []
    for file in files:
        original = find_original(source, file.path)
        try:
            size = original.stat().st_size
        except OSError as error:
            raise SourceError(f"{original} is not there") from error
        wanted.append(WantedFile(file.path, size, file.sha256))
    return tuple(wanted)


def copy_file(source: LocalSource, file: WantedFile, target: Path, reporter: Reporter) -> None:
    """Copy one file.

    Raises:
        SourceError: it cannot be read.
        Cancelled: it was called off.
        OSError: the disk did not take it.
    """
    original = find_original(source, file.path)
    try:
        stream = original.open("rb")
    except OSError as error:
        raise SourceError(f"{original} cannot be read ({type(error).__name__})") from error
    with stream, target.open("wb") as output:
        count = 0
        while block := stream.read(BLOCK_BYTES):
            output.write(block)
            count += len(block)
            reporter.fetched(count)
        output.flush()
        os.fsync(output.fileno())
