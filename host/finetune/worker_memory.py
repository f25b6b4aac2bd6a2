"""How much memory the process holds that an engine computes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

from host.evaluation.bench.home import find_daemon

if TYPE_CHECKING:
    from host.core.paths import Paths

# Every process of models is started with the name of its module.
_MODULES = {
    "instruction": "host.models.language_worker",
    "embedding": "host.models.encoder_worker",
    "nli": "host.models.encoder_worker",
}


def measure_resident(paths: Paths, engine: str) -> int | None:
    """Resident bytes of the process of an engine, its model and libraries in it.

    Args:
        paths: of a home whose daemon has answered with this engine and no other of its kind.
        engine: its kind; one without a process of its own computes in the daemon.

    Returns:
        None when no such process runs.
    """
    daemon = find_daemon(paths)
    if daemon is None:
        return None
    if engine not in _MODULES:
        return int(daemon.memory_info().rss)
    found = 0
    for child in daemon.children(recursive=True):
        try:
            if _MODULES[engine] in child.cmdline():
                found += child.memory_info().rss
        except psutil.Error:
            continue
    return found or None
