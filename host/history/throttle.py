"""When background work holds back: a person is searching, the battery is in use, the processor is busy."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

AFTER_PERSON_S = 1.5
ON_BATTERY_S = 4.0
ON_BUSY_S = 1.0
BUSY_PERCENT = 75.0


def read_on_battery() -> bool:
    """Whether this computer runs on its battery; False where that cannot be told."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is not None and battery.power_plugged is False


class LoadMeter:
    """How busy the processor is with other people's work: all of it less our own processes'."""

    def __init__(self) -> None:
        self._own = psutil.Process()
        self._last: tuple[float, float, float] | None = None

    def read_percent(self) -> float:
        """The share since the last call, 0 to 100; 0 at the first."""
        times = psutil.cpu_times()
        idle = float(times.idle) + float(getattr(times, "iowait", 0.0))
        total = (
            float(sum(times)) - float(getattr(times, "guest", 0.0)) - float(getattr(times, "guest_nice", 0.0))
        )
        ours = self._read_own()
        last, self._last = self._last, (total, idle, ours)
        if last is None or total <= last[0]:
            return 0.0
        span = total - last[0]
        busy = span - (idle - last[1]) - (ours - last[2])
        return max(0.0, min(100.0, 100.0 * busy / span))

    def _read_own(self) -> float:
        spent = 0.0
        for process in [self._own, *self._own.children()]:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            spent += float(times.user + times.system)
        return spent


class Throttle:
    """Waits as long as somebody else should go first."""

    def __init__(
        self,
        *,
        on_battery: Callable[[], bool] = read_on_battery,
        load_percent: Callable[[], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_battery = on_battery
        self._load_percent = load_percent or LoadMeter().read_percent
        self._clock = clock
        self._person_at = float("-inf")
        self._released = threading.Event()

    def note_person(self) -> None:
        """A person is waiting for an answer now."""
        self._person_at = self._clock()

    def release(self) -> None:
        """Hold nothing back any more; the daemon is on its way out."""
        self._released.set()

    def pause_seconds(self, *, on_battery_allowed: bool = False) -> float:
        """How long the next batch should wait, in seconds."""
        pause = max(0.0, self._person_at + AFTER_PERSON_S - self._clock())
        if not on_battery_allowed and self._on_battery():
            pause = max(pause, ON_BATTERY_S)
        elif self._load_percent() > BUSY_PERCENT:
            pause = max(pause, ON_BUSY_S)
        return pause

    def wait(self, *, on_battery_allowed: bool = False) -> None:
        """Wait for it, and on while a person goes on typing."""
        pause = self.pause_seconds(on_battery_allowed=on_battery_allowed)
        while pause > 0 and not self._released.wait(pause):
            pause = self._person_at + AFTER_PERSON_S - self._clock()
