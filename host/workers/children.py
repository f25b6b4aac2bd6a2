"""A child process and its pipes: reading an answer, and ending it for certain."""

from __future__ import annotations

import contextlib
import subprocess

from host.workers.messages import Header, read_message

Reply = tuple[Header, bytes]


def read_reply(process: subprocess.Popen[bytes]) -> Reply | None:
    """The next message of a process, or None when it has ended."""
    try:
        return read_message(process.stdout)  # type: ignore[arg-type]
    except (OSError, ValueError):
        return None


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Close its input, which ends it; kill it when it does not. Reaped either way."""
    with contextlib.suppress(OSError):
        if process.stdin:
            process.stdin.close()
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout and not process.stdout.closed and process.returncode is not None:
        with contextlib.suppress(OSError):
            process.stdout.close()
