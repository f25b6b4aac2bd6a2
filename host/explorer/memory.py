"""A bound on the memory of this process, where the system has one."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource

import psutil


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
