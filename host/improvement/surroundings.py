"""Whether the computer has nothing better to do: nobody asks, it is plugged in, the processor is calm."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

# Share of the whole processor that others take: more than the first, and it does not begin; more than the
# second, and it stops.
CALM, BUSY = 0.25, 0.6
# A share over a shorter time says nothing.
WINDOW_S = 5.0


def read_on_battery() -> bool:
    """Whether this computer runs on its battery; False where there is none, or nobody knows."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is not None and battery.power_plugged is False


class OthersLoad:
    """How much of the processor others take: all of it less this process and all that it has started."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to measure.

        Args:
            clock: seconds.
        """
        self._clock = clock
        self._own = psutil.Process()
        self._share = self._before = 0.0
        self._last = (clock(), *self._read_machine())
        self._spent = self._read_own()

    def read(self) -> float:
        """The share of the last few seconds, 0 to 1; 0 in the first ones."""
        now = self._clock()
        if now - self._last[0] < WINDOW_S:
            return self._share
        busy, total = self._read_machine()
        spent = self._read_own()
        span = total - self._last[2]
        others = busy - self._last[1] - _find_difference(self._spent, spent)
        self._last, self._spent = (now, busy, total), spent
        self._before = self._share
        self._share = max(0.0, min(1.0, others / span)) if span > 0 else 0.0
        return self._share

    def read_lasting(self) -> float:
        """The share that others took in both of the last two windows, 0 to 1: one may be an accident."""
        self.read()
        return min(self._share, self._before)

    def _read_machine(self) -> tuple[float, float]:
        """Seconds of all cores that were worked, and seconds in all."""
        times = psutil.cpu_times()
        # Guests are counted within the user's time already.
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return float(total - times.idle - getattr(times, "iowait", 0.0)), float(total)

    def _read_own(self) -> dict[int, tuple[float, float]]:
        """Of each process of ours its seconds, and those of its children that have ended."""
        spent = {}
        for process in [self._own, *self._own.children(recursive=True)]:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
            spent[process.pid] = (float(times.user + times.system), float(ended))
        return spent


def _find_difference(before: dict[int, tuple[float, float]], after: dict[int, tuple[float, float]]) -> float:
    """Seconds that a tree of processes worked between two looks at it.

    A process that ends hands its time to its parent, so the sum over the tree misses nothing. Where a system
    does not count that way (Windows), those that are still there are all that is known.
    """
    tree = sum(map(sum, after.values())) - sum(map(sum, before.values()))
    alive = sum(max(0.0, own - before.get(pid, (0.0, 0.0))[0]) for pid, (own, _) in after.items())
    return max(tree, alive)


class Surroundings:
    """Says what there is to wait for."""

    def __init__(
        self,
        person_idle_s: Callable[[], float],
        *,
        is_paused: Callable[[str], bool] = lambda _profile: False,
        is_off: Callable[[str], bool] = lambda _profile: False,
        on_battery: Callable[[], bool] = read_on_battery,
        others_load: Callable[[], float] | None = None,
        idle_s: float,
    ) -> None:
        """Wire it.

        Args:
            person_idle_s: seconds since a person asked for something.
            is_paused: whether background work for a profile was stopped by its user.
            is_off: whether its user has switched it off, which also holds for what was asked for.
            on_battery: whether the plug is out.
            others_load: share of the processor that others take, 0 to 1; measured by default, and while a
                training runs only what lasts counts.
            idle_s: so long nobody may have asked for anything.
        """
        self._person_idle_s = person_idle_s
        self._is_paused = is_paused
        self._is_off = is_off
        self._on_battery = on_battery
        if others_load is None:
            measured = OthersLoad()
            self._others_load, self._lasting_load = measured.read, measured.read_lasting
        else:
            self._others_load = self._lasting_load = others_load
        self._idle_s = idle_s

    def explain_wait(self, profile: str, *, running: bool) -> str | None:
        """What there is to wait for, as a sentence for a person; None when nothing.

        Args:
            profile: whose work it is.
            running: whether it runs already; what others do may then be more.
        """
        load = self._lasting_load() if running else self._others_load()
        if self._is_off(profile):
            return "It waits because AI History is switched off."
        if self._is_paused(profile):
            return "It waits because background work is paused."
        if self._on_battery():
            return "It waits until the computer is plugged in."
        if self._person_idle_s() < self._idle_s:
            minutes = max(1, round(self._idle_s / 60))
            return f"It waits until nothing was asked for {minutes} minutes."
        if load > (BUSY if running else CALM):
            return "It waits until other programs need less of the processor."
        return None

    def is_off(self, profile: str) -> bool:
        """Whether a profile is switched off: nothing goes on then, not even what was asked for."""
        return self._is_off(profile)

    def is_paused(self, profile: str) -> bool:
        """Whether background work for a profile was stopped by its user."""
        return self._is_paused(profile)
