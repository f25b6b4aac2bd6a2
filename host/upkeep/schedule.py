"""Backups by themselves, in a thread of their own, so that nobody waits for them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import AppError
from host.core.log import describe_exception, get_logger
from host.upkeep.backups import back_up_on_schedule, sweep_backups
from host.upkeep.uploads import sweep_uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from host.history.profiles import Profile

# So long after the start, and then so often, it is looked whether anything is due.
BEGIN_AFTER_S = 300.0
EVERY_S = 3600.0
_log = get_logger("schedule")


class Schedule:
    """Makes the backups that are due, and sweeps what was left half done."""

    def __init__(
        self,
        profiles: Callable[[], Iterable[Profile]],
        is_calm: Callable[[], bool],
        *,
        begin_after_s: float | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        """Wire it.

        Args:
            profiles: those that are open.
            is_calm: whether nobody waits for anything.
            begin_after_s: seconds until it looks for the first time, by default `BEGIN_AFTER_S`.
            now: UTC milliseconds.
        """
        self._profiles = profiles
        self._is_calm = is_calm
        self._now = now
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._due = time.monotonic() + (BEGIN_AFTER_S if begin_after_s is None else begin_after_s)

    def look(self) -> None:
        """Begin what is due, unless somebody waits for something; takes no time itself."""
        if time.monotonic() < self._due or self._closing.is_set() or not self._is_calm():
            return
        if not list(self._profiles()):
            return
        if self._thread is None or not self._thread.is_alive():
            self._due = time.monotonic() + EVERY_S
            self._thread = threading.Thread(target=self.run_once, name="backups", daemon=True)
            self._thread.start()

    def run_once(self) -> None:
        """Do what is due for every profile."""
        for profile in self._profiles():
            if self._closing.is_set():
                return
            try:
                sweep_uploads(profile, self._now() / 1000)
                sweep_backups(profile)
                back_up_on_schedule(profile, self._now(), cancelled=self._closing.is_set)
            except (AppError, OSError) as error:
                _log.error("a backup was not made, later again: %s", describe_exception(error))

    def close(self) -> None:
        """Take back what is under way, and begin nothing more."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
