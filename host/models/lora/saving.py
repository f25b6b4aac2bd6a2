"""Writes what was learned: whole, or not at all."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from host.core.errors import DiskFull
from host.models.disk_errors import tell_disk_errors

if TYPE_CHECKING:
    from pathlib import Path

# Where peft puts an adapter, below the folder of the training.
ADAPTER_FOLDER = "adapter"
MERGED_FOLDER = "merged"
# Beside the tensors: their names, settings, what the file system takes for itself.
_EXTRA_BYTES = 4_000_000


def save_learned(model: Any, folder: Path, *, merge: bool) -> None:
    """Write the adapter and, where wanted, the whole model with it, in the form of peft and transformers.

    Args:
        model: of peft. It is of no use any more when it was merged.
        folder: of the training.
        merge: also the whole model.

    Raises:
        DiskFull: there is no room; what was learned is still kept as the state of the training.
        ModelUnavailable: the folder cannot be written to.
    """
    learned = [tensor for tensor in model.parameters() if tensor.requires_grad]
    _write(folder, ADAPTER_FOLDER, learned, model.save_pretrained)
    if merge:
        everything = list(model.parameters())
        _write(folder, MERGED_FOLDER, everything, lambda part: model.merge_and_unload().save_pretrained(part))


def _write(folder: Path, name: str, tensors: list[Any], write: Any) -> None:
    from safetensors import SafetensorError

    needed = sum(int(tensor.numel()) * int(tensor.element_size()) for tensor in tensors) + _EXTRA_BYTES
    part, target = folder / f"{name}.part", folder / name
    with tell_disk_errors(folder, "folder of the training"):
        shutil.rmtree(part, ignore_errors=True)
        if shutil.disk_usage(folder).free < needed:
            raise _refuse(folder)
        try:
            write(str(part))
        except SafetensorError as error:
            # The library tells every error of the disk as one of its own.
            raise _refuse(folder) from error
        finally:
            if part.exists() and not _is_whole(part):
                shutil.rmtree(part, ignore_errors=True)
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)


def _is_whole(part: Path) -> bool:
    return any(part.glob("*.safetensors")) and any(part.glob("*config.json"))


def _refuse(folder: Path) -> DiskFull:
    return DiskFull(
        f"What was learned cannot be written to {folder}: there is no room.",
        fix="Free some space and go on with --resume; nothing that was learned is lost.",
    )
