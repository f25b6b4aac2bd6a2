"""Off means off: when nothing is to be remembered, nothing works unasked and no model stays loaded."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from host.core.errors import AppError
from host.core.log import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from host.history.profiles import Profile

# How often it is looked whether what was at work has come to its end.
AGAIN_S = 0.1
_log = get_logger("rest")


class Worker(Protocol):
    """Something that takes memory or time while nobody asks for anything."""

    def interrupt(self) -> None:
        """Give up what is done in the background, and soon."""

    def unload(self) -> bool:
        """End what is not in use by a person now. Returns whether nothing is left of it."""


class Rest:
    """Watches whether every open profile is off, and brings all to rest when that begins.

    What a person asks for meanwhile is still answered: it is not interrupted, and what it has loaded is let
    go when the caller of `rest_idle` says so.
    """

    def __init__(
        self,
        profiles: Callable[[], Iterable[Profile]],
        workers: Iterable[Worker],
        on_resume: Callable[[], None] = lambda: None,
    ) -> None:
        """Wire it.

        Args:
            profiles: those that are open.
            workers: what is brought to rest.
            on_resume: called when remembering has begun again.
        """
        self._profiles = profiles
        self._workers = tuple(workers)
        self._on_resume = on_resume
        self._lock = threading.Lock()
        self._off = False
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_off(self) -> bool:
        """Whether there are open profiles, and none of them remembers anything."""
        found = list(self._profiles())
        return bool(found) and not any(profile.settings.capture_enabled for profile in found)

    def apply(self) -> None:
        """Look whether that has changed; does not wait until all is at rest."""
        with self._lock:
            before, self._off = self._off, self.is_off
            if self._off == before or self._closing.is_set():
                return
            begun = self._off
            if begun and self._thread is None:
                self._thread = threading.Thread(target=self._bring_to_rest, name="rest", daemon=True)
                self._thread.start()
        if begun:
            _log.info("off: background work stops and models are unloaded")
        else:
            _log.info("on: background work goes on")
            self._on_resume()

    def close(self) -> None:
        """End the thread that waits for others to end."""
        self._closing.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def _bring_to_rest(self) -> None:
        for worker in self._workers:
            worker.interrupt()
        while not self._closing.is_set():
            done = self._is_at_rest()
            with self._lock:
                if done or not self._off:
                    self._thread = None
                    return
            self._closing.wait(AGAIN_S)

    def _is_at_rest(self) -> bool:
        done = True
        for worker in self._workers:
            try:
                done &= worker.unload()
            except (AppError, OSError) as error:
                _log.warning("something did not come to rest, again soon: %s", type(error).__name__)
                done = False
        return done
