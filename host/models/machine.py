"""What this machine offers to models: memory, disk, processor cores, accelerator."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from host.models.cores import count_cores
from host.models.memory import find_available, find_total

# The record that the installer leaves of the llama.cpp it built.
BUILD_RECORD = "llama-build.json"
_ACCELERATORS = {"CUDA": "cuda", "Metal": "metal"}


@dataclass(frozen=True)
class Machine:
    """This machine; sizes in bytes.

    Attributes:
        memory: what programs may use in all.
        memory_free: what they could use now.
        disk_free: on the disk that holds the models.
        cores: physical ones that this process may run on.
        accelerator: `cuda` or `metal`, when llama.cpp was built with it.
    """

    memory: int
    memory_free: int
    disk_free: int
    cores: int
    accelerator: str | None = None


def read_machine(models_folder: Path) -> Machine:
    """Look at this machine.

    Args:
        models_folder: where models lie or will lie.
    """
    folder = models_folder
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return Machine(
        memory=find_total(),
        memory_free=find_available(),
        disk_free=shutil.disk_usage(folder).free,
        cores=count_cores(),
        accelerator=find_accelerator(Path(sys.prefix) / BUILD_RECORD),
    )


def find_accelerator(record_file: Path) -> str | None:
    """The accelerator that the installed llama.cpp was built for, or None."""
    try:
        rung = str(json.loads(record_file.read_text(encoding="utf-8")).get("rung"))
    except (OSError, ValueError, AttributeError):
        return None
    return next((name for word, name in _ACCELERATORS.items() if rung.startswith(word)), None)
