"""The processes that this one has started, as the system sees them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class ChildProcess:
    """A child process.

    Attributes:
        module: that it runs; the program's name where it is none of Python's.
        pid: its number.
        memory_bytes: that it holds (resident, what it shares included).
        started_at: milliseconds since 1970.
    """

    module: str
    pid: int
    memory_bytes: int
    started_at: int


def list_child_processes() -> list[ChildProcess]:
    """Those that run now, the oldest first; also those that they have started."""
    found = []
    for process in psutil.Process().children(recursive=True):
        # It may end while it is looked at.
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            found.append(
                ChildProcess(
                    module=_name_module(process.cmdline()) or process.name(),
                    pid=process.pid,
                    memory_bytes=int(process.memory_info().rss),
                    started_at=int(process.create_time() * 1000),
                )
            )
    return sorted(found, key=lambda child: (child.started_at, child.pid))


def _name_module(command: list[str]) -> str:
    """What stands behind `-m`."""
    if "-m" not in command:
        return ""
    return next(iter(command[command.index("-m") + 1 :]), "")
