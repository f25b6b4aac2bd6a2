"""What an error of the disk means for a person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import AppError, DiskFull, ModelUnavailable
from host.models.sources import is_full

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def explain_disk_error(error: OSError, folder: Path, role: str = "models folder") -> AppError:
    """The error for a person.

    Args:
        error: of the system.
        folder: where something was to be written.
        role: what that folder is.
    """
    if is_full(error):
        return DiskFull(
            f"The disk that holds the {role} {folder} is full.",
            fix="Free some space on it and try again; what was there is as it was.",
        )
    return ModelUnavailable(
        f"The {role} {folder} cannot be written to ({type(error).__name__}).",
        fix="Give yourself the right to write there, or close what uses its files, and try again.",
    )


@contextmanager
def tell_disk_errors(folder: Path, role: str = "models folder") -> Iterator[None]:
    """Raise what the system says of a disk as an error for a person.

    Raises:
        DiskFull: there is no room.
        ModelUnavailable: the folder cannot be written to.
    """
    try:
        yield
    except OSError as error:
        raise explain_disk_error(error, folder, role) from error
