"""Backups by themselves, in a thread of their own, so that nobody waits for them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import AppError
from host.core.log import describe_exception, get_logger
from host.upkeep.backups import back_up_on_schedule, find_next, sweep_backups
from host.upkeep.places import sweep_exports
from host.upkeep.uploads import sweep_uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from host.history.profiles import Profile

# So long after the start, and then so often, it is looked whether anything is due.
BEGIN_AFTER_S = 300.0
EVERY_S = 3600.0
# A backup that is due waits so long for a calm moment; where all is switched off there is none.
PATIENCE_MS = 86_400_000
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
            is_calm: whether nobody waits for anything, and all is not switched off.
            begin_after_s: seconds until it looks for the first time, by default `BEGIN_AFTER_S`.
            now: UTC milliseconds.
        """
        self._profiles = profiles
        self._is_calm = is_calm
        self._now = now
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._due = time.monotonic() + (BEGIN_AFTER_S if begin_after_s is None else begin_after_s)
        self._began_s = now() / 1000
        self._swept: set[Path] = set()
        self._due_since: dict[Path, int] = {}
        self._waits_for_calm = False

    def look(self) -> None:
        """Begin what is due; takes no time itself.

        What was left half done is swept as soon as a profile is open, and with each look for backups, also
        when somebody waits for something. Backups are made when nobody does, but do not wait for ever.
        """
        busy = self._thread is not None and self._thread.is_alive()
        profiles = list(self._profiles())
        if self._closing.is_set() or busy or not profiles:
            return
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY_S
            calm = self._is_calm()
            self._waits_for_calm = not calm
            self._begin(lambda: self.run_once(calm=calm))
        elif any(profile.database.path not in self._swept for profile in profiles):
            self._begin(lambda: self._do(self._sweep))
        elif self._waits_for_calm and self._is_calm():
            self._waits_for_calm = False
            self._begin(self.run_once)

    def run_once(self, *, calm: bool = True) -> None:
        """Do what is due for every profile.

        Args:
            calm: nobody waits for anything; otherwise only backups that have been due for long are made.
        """
        self._do(self._sweep)
        self._do(lambda profile: self._back_up(profile, calm=calm))

    def _begin(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name="backups", daemon=True)
        self._thread.start()

    def _do(self, work: Callable[[Profile], None]) -> None:
        for profile in self._profiles():
            if self._closing.is_set():
                return
            try:
                work(profile)
            except (AppError, OSError) as error:
                _log.error("copies were not looked after, later again: %s", describe_exception(error))

    def _sweep(self, profile: Profile) -> None:
        self._swept.add(profile.database.path)
        # Nobody adds to those that a former process has begun to receive.
        sweep_uploads(profile, self._began_s, 0.0)
        sweep_uploads(profile, self._now() / 1000)
        sweep_exports(self._now() / 1000)
        sweep_backups(profile)

    def _back_up(self, profile: Profile, *, calm: bool) -> None:
        at_ms = self._now()
        due = find_next(profile, at_ms)
        if due is None or due > at_ms:
            return
        # Of the very first one nobody can say since when it is due.
        since = min(due, self._due_since.setdefault(profile.database.path, at_ms))
        if calm or at_ms - since >= PATIENCE_MS:
            back_up_on_schedule(profile, at_ms, cancelled=self._closing.is_set)
            self._due_since.pop(profile.database.path, None)

    def close(self) -> None:
        """Take back what is under way, and begin nothing more."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
