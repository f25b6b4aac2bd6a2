"""What the installer tells a person: lines that move on a terminal, plain lines in a pipe."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

REDRAW_SECONDS = 0.2
PLAIN_SECONDS = 20.0


class Console:
    """Prints steps and their progress.

    Args:
        stream: where to print; standard output when None.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._terminal = self._stream.isatty()
        self._name = ""
        self._started = 0.0
        self._shown = 0.0

    def say(self, text: str = "") -> None:
        """Print one plain line."""
        self._clear()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def begin(self, name: str) -> None:
        """A step begins."""
        self._name = name
        self._started = self._shown = time.monotonic()
        if self._terminal:
            self._draw("")

    def progress(self, text: str) -> None:
        """Say what the step is doing; most calls in a pipe print nothing."""
        now = time.monotonic()
        if now - self._shown < (REDRAW_SECONDS if self._terminal else PLAIN_SECONDS):
            return
        self._shown = now
        if self._terminal:
            self._draw(text)
        else:
            self.say(f"  {self._name}, {now - self._started:.0f} s: {text}")

    def end(self, state: str, detail: str) -> None:
        """The step is over: `state` is a word such as done, unchanged or FAILED."""
        took = time.monotonic() - self._started
        time_text = f" ({took:.0f} s)" if took >= 1 else ""
        self.say(f"{state:>9}  {self._name}: {detail}{time_text}")

    def _draw(self, text: str) -> None:
        took = time.monotonic() - self._started
        line = f"     ...   {self._name}, {took:.0f} s{': ' if text else ''}{text}"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f"\r\x1b[2K{line[:width]}")
        self._stream.flush()

    def _clear(self) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[2K")
