"""What this process may take of the machine: memory, and time of the processors."""

from __future__ import annotations

import contextlib
import os
import sys

import psutil

if sys.platform != "win32":
    import resource

_NICENESS = 5


def bound_memory(room: int) -> None:
    """Let this process take `room` bytes beside what it has; beyond it, it gets a `MemoryError`.

    Does nothing on Windows and macOS, which have no such bound that holds; SQLite's own bound does there.
    """
    if sys.platform != "linux":
        return
    taken = psutil.Process().memory_info().vms
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = taken + room
    resource.setrlimit(
        resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
    )


def give_way() -> None:
    """Let searches and captures go first where all processors are busy."""
    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(_NICENESS)
