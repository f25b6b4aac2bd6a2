"""What of a training is kept on disk, to be gone on with: the newest state, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.models.disk_errors import tell_disk_errors

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "checkpoints"
_FILE = "newest.pt"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Keep a state; the one before stays until this one is whole.

    Args:
        folder: of the training.
        state: tensors and plain values.

    Raises:
        DiskFull, ModelUnavailable: it cannot be written; the one before is as it was.
    """
    import torch

    target = folder / FOLDER / _FILE
    part = target.with_suffix(".part")
    with tell_disk_errors(folder, "folder of the training"):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Not by name: torch tells a full disk as an error of its own.
            with part.open("wb") as stream:
                torch.save(state, _Whole(stream))
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(target)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def read_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The newest state, or None.

    Raises:
        InvalidInput: it is damaged.
    """
    import torch

    target = folder / FOLDER / _FILE
    if not target.is_file():
        return None
    try:
        state = torch.load(target, map_location="cpu", weights_only=True)
    except Exception as error:
        raise InvalidInput(
            f"The state that was kept in {target.parent} is damaged.",
            fix="Delete that folder, or begin anew without --resume.",
        ) from error
    return state if isinstance(state, dict) else None


def forget_checkpoint(folder: Path) -> None:
    """Delete what was kept."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


class _Whole:
    """Writes to a stream and lets the system's own error through, which torch would wrap."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        return int(self._stream.write(data))

    def flush(self) -> None:
        self._stream.flush()
