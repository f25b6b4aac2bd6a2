"""How far a download is: what is shown of it, how fast it is, and the way to call it off."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

# The rate is that of the last seconds, so that it follows a network that changes.
WINDOW_S = 5.0
# Nobody reads faster, and every report crosses two processes.
REPORT_EVERY_S = 0.1


@dataclass(frozen=True)
class Transfer:
    """How far a download is.

    Attributes:
        done: bytes that are there.
        total: bytes in all; 0 while nobody knows.
        rate: bytes a second over the last seconds, None before anything was measured.
        remaining_s: seconds until it is there at this rate, None as above.
        note: what it waits for or does when it is not fetching, for people.
    """

    done: int
    total: int
    rate: float | None = None
    remaining_s: float | None = None
    note: str | None = None


class Meter:
    """Measures how fast bytes come."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()

    def restart(self) -> None:
        """Forget what was measured: the bytes do not continue from where they were."""
        self._samples.clear()

    def measure(self, done: int) -> float | None:
        """Take note of the bytes that are there now.

        Returns:
            Bytes a second over the last seconds, or None when there is nothing to compare with.
        """
        now = self._clock()
        if self._samples and done < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[1][0] >= WINDOW_S:
            self._samples.popleft()
        first_at, first = self._samples[0]
        if now <= first_at:
            return None
        return (done - first) / (now - first_at)


class Reporter:
    """What a download tells, and how it learns that nobody wants it any more.

    Attributes:
        total: bytes in all.
        base: bytes that were there before the file that is being fetched.
    """

    def __init__(
        self,
        on_progress: Callable[[Transfer], None],
        cancelled: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set up the telling.

        Args:
            on_progress: called at most ten times a second, and whenever the note changes.
            cancelled: set by the one who wants it stopped.
            clock: seconds.
        """
        self.total = 0
        self.base = 0
        self._on_progress = on_progress
        self._cancelled = cancelled or threading.Event()
        self._clock = clock
        self._meter = Meter(clock)
        self._done = 0
        self._note: str | None = None
        self._told_at: float | None = None

    def check(self) -> None:
        """Raise when the download was called off.

        Raises:
            Cancelled.
        """
        if self._cancelled.is_set():
            message = "The download was cancelled. What was fetched is kept for the next time."
            raise Cancelled(message)

    def restart(self) -> None:
        """The next bytes do not continue from the last ones; they say nothing of the speed."""
        self._meter.restart()

    def fetched(self, count: int) -> None:
        """Say how many bytes of the current file are there.

        Raises:
            Cancelled: the download was called off.
        """
        self.check()
        self._done = self.base + count
        if self.total:
            self._done = min(self._done, self.total)
        rate = self._meter.measure(self._done)
        now = self._clock()
        last = self._done == self.total
        if (
            self._note is None
            and self._told_at is not None
            and now - self._told_at < REPORT_EVERY_S
            and not last
        ):
            return
        self._note, self._told_at = None, now
        remaining = (self.total - self._done) / rate if rate and self.total else None
        self._on_progress(Transfer(self._done, self.total, rate, remaining))

    def say(self, note: str) -> None:
        """Tell what is being done while no bytes come.

        Raises:
            Cancelled: the download was called off.
        """
        self.check()
        if note != self._note:
            self._note = note
            self._on_progress(Transfer(self._done, self.total, note=note))

    def pause(self, seconds: float, note: str) -> None:
        """Wait, saying why; a cancellation ends the wait.

        Raises:
            Cancelled: the download was called off.
        """
        self.restart()
        self.say(note)
        self._cancelled.wait(seconds)
        self.check()
