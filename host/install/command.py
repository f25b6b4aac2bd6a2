"""Runs another program and passes on what it says while it runs."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import threading
from collections import deque
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

TAIL_LINES = 400
TICK_SECONDS = 0.5


class CommandError(Exception):
    """A program ended with an error.

    Attributes:
        code: its exit code, negative for the signal that killed it.
        lines: the last lines that it printed.
    """

    def __init__(self, command: Sequence[str], code: int, lines: list[str]) -> None:
        super().__init__(f"{command[0]} ended with code {code}")
        self.code = code
        self.lines = lines

    @property
    def cause(self) -> str:
        """The line that most likely says what went wrong."""
        marks = re.compile(
            r"(?i)^\W*(error|fatal error|cmake error)\b|: (fatal )?error[: ]|\berror:|^npm error (?!code)\S"
        )
        told = [line.strip() for line in self.lines if marks.search(line)]
        said = [line.strip() for line in self.lines if line.strip()]
        # The first complaint is the cause; later ones are mostly about the failure itself.
        return (told or said[-1:] or [str(self)])[0].removeprefix("ERROR: ")


def run_command(
    command: Sequence[str],
    on_line: Callable[[str], None],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> list[str]:
    """Run a program to its end.

    Args:
        command: program and arguments.
        on_line: called with the latest line, again and again while the program is silent.
        environment: variables added to ours.
        folder: working directory.

    Returns:
        Its last lines, standard error included.

    Raises:
        CommandError: it ended with an error, or is not there.
    """
    lines: deque[str] = deque(maxlen=TAIL_LINES)
    try:
        process = subprocess.Popen(
            list(command),
            env={**os.environ, **(environment or {})},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise CommandError(command, 127, [str(error)]) from error
    with process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(process.stdout, waiting), daemon=True)
        reader.start()
        try:
            _pass_on(waiting, lines, on_line)
        except BaseException:
            process.terminate()
            raise
        reader.join()
    if process.returncode != 0:
        raise CommandError(command, process.returncode, list(lines))
    return list(lines)


def _read(stream: TextIO, waiting: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        waiting.put(line.rstrip())
    waiting.put(None)


def _pass_on(
    waiting: queue.SimpleQueue[str | None], lines: deque[str], on_line: Callable[[str], None]
) -> None:
    latest = ""
    while True:
        try:
            line = waiting.get(timeout=TICK_SECONDS)
        except queue.Empty:
            on_line(latest)
            continue
        if line is None:
            return
        if line:
            latest = line.strip()
            lines.append(line)
        on_line(latest)
