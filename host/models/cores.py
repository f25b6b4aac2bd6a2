"""How many threads a computation gets."""

from __future__ import annotations

import os

import psutil


def count_cores() -> int:
    """The physical cores that this process may use, at least one.

    Two threads on one core share its arithmetic units, so more threads than cores gain nothing.
    """
    physical = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:
        # No affinity on this system.
        allowed = physical
    return max(1, min(physical, allowed))
