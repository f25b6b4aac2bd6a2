"""A child process and its pipes: reading an answer, and ending it for certain."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from host.workers.messages import Header, read_message

if TYPE_CHECKING:
    import subprocess

Reply = tuple[Header, bytes]

_PATIENCE_S = 1.0


def read_reply(process: subprocess.Popen[bytes]) -> Reply | None:
    """The next message of a process, or None when it has ended."""
    try:
        return read_message(process.stdout)  # type: ignore[arg-type]
    except (OSError, ValueError):
        return None


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Close its input, which ends it; kill it when it does not. Reaped either way."""
    # Closing waits for whoever writes, and a process that was halted lets them write only once it is dead.
    killer = threading.Timer(_PATIENCE_S, process.kill)
    killer.daemon = True
    killer.start()
    with contextlib.suppress(OSError):
        if process.stdin:
            process.stdin.close()
    process.wait()
    killer.cancel()
    if process.stdout and not process.stdout.closed and process.returncode is not None:
        with contextlib.suppress(OSError):
            process.stdout.close()
