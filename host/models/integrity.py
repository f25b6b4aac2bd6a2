"""Whether a file is what it should be. Standard library only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class WantedFile:
    """A file to be fetched, with all that is known of its content.

    Attributes:
        path: below the model's folder.
        size: in bytes.
        sha256: checksum of the content.
        git_sha1: the name that git gives to this content; a hub knows it where it does not know sha256.
    """

    path: str
    size: int | None = None
    sha256: str | None = None
    git_sha1: str | None = None


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def name_as_git_does(path: Path) -> str:
    """The SHA-1 that git gives to a file: of "blob", its size, a zero byte and the content."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode("ascii"), usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def has_size(path: Path, size: int | None) -> bool:
    """Whether there is a file of this size; of any size when it is None."""
    try:
        return path.is_file() and (size is None or path.stat().st_size == size)
    except OSError:
        return False


def is_whole(path: Path, file: WantedFile) -> bool:
    """Whether a file has the size and the checksum that are known of it."""
    if not has_size(path, file.size):
        return False
    if file.sha256 is not None:
        return hash_file(path) == file.sha256
    return file.git_sha1 is None or name_as_git_does(path) == file.git_sha1


def find_damaged(files: Iterable[WantedFile], folder: Path) -> tuple[WantedFile, ...]:
    """The files that are missing in a folder, or not as they should be."""
    return tuple(file for file in files if not is_whole(folder / file.path, file))
