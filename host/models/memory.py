"""How much memory and how many processor cores there are for a model, limits of containers included."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from host.core.errors import ModelUnavailable

MEGABYTE = 1024**2
_CGROUP = Path("/sys/fs/cgroup")


def read_total_memory() -> int:
    """Bytes that programs may use in all: the machine's, or less where a container is limited."""
    limit = _read_number(_CGROUP / "memory.max")
    total = int(psutil.virtual_memory().total)
    return total if limit is None else min(total, limit)


def read_free_memory() -> int:
    """Bytes that a program could take now without others being put out."""
    free = int(psutil.virtual_memory().available)
    limit, used = _read_number(_CGROUP / "memory.max"), _read_number(_CGROUP / "memory.current")
    if limit is None or used is None:
        return free
    return max(0, min(free, limit - used))


def count_cores() -> int:
    """Physical cores that this process may run on: hyper-threads make matrix products slower, not faster."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:
        allowed = os.cpu_count() or 1
    return max(1, min(physical, allowed))


def check_memory(name: str, needed: int, available: int | None = None) -> None:
    """Make sure that a model has room before it is loaded.

    Args:
        name: of the model.
        needed: bytes.
        available: bytes; by default what is free now.

    Raises:
        ModelUnavailable: it would not fit.
    """
    free = read_free_memory() if available is None else available
    if needed > free:
        raise ModelUnavailable(
            f"Insufficient memory to load {name}."
            f" Required: {needed // MEGABYTE} MB, Available: {free // MEGABYTE} MB.",
            fix="Try a smaller model or close other applications.",
        )


def _read_number(file: Path) -> int | None:
    """The number in a file of the control group, or None where there is no limit or no such file."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
