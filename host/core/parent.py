"""Ties a daemon that was started for one piece of work to the process that does it."""

from __future__ import annotations

import os

import psutil

PARENT_VARIABLE = "AI_HISTORY_PARENT"


class Parent:
    """The process that the environment names, as it was when this was made."""

    def __init__(self) -> None:
        """Look for it; without a name there is none, and it is never missed."""
        named = os.environ.get(PARENT_VARIABLE, "")
        self._process: psutil.Process | None = None
        self._gone = False
        if named.isdecimal():
            try:
                self._process = psutil.Process(int(named))
            except (psutil.Error, OverflowError):
                self._gone = True

    @property
    def is_gone(self) -> bool:
        """Whether it was named and has ended; another process of its number is not taken for it."""
        if self._process is None:
            return self._gone
        try:
            return not self._process.is_running() or self._process.status() == psutil.STATUS_ZOMBIE
        except psutil.AccessDenied:
            return False
        except psutil.Error:
            return True
