"""How long requests took lately, by method. Durations only, in memory."""

from __future__ import annotations

import math
import statistics
import threading
from collections import deque
from dataclasses import dataclass, field

from host.protocol.store_messages import LatenciesResult, MethodLatency

KEPT = 60


@dataclass
class _Series:
    """One method's requests."""

    count: int = 0
    failed: int = 0
    recent_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))


class Latencies:
    """Durations of requests; any thread may note and ask."""

    def __init__(self) -> None:
        self._series: dict[str, _Series] = {}
        self._lock = threading.Lock()

    def note(self, method: str, took_ms: float, *, failed: bool = False) -> None:
        """Note that a request has ended.

        Args:
            method: a known one, since each is remembered.
            took_ms: from the beginning of its handler to the answer.
            failed: the answer was an error.
        """
        with self._lock:
            series = self._series.setdefault(method, _Series())
            series.count += 1
            series.failed += failed
            series.recent_ms.append(took_ms)

    def report(self) -> LatenciesResult:
        """What was noted so far, by method. Median and 95th percentile (nearest rank) are of the latest."""
        with self._lock:
            methods = [
                _describe(method, series.count, series.failed, list(series.recent_ms))
                for method, series in sorted(self._series.items())
            ]
        return LatenciesResult(methods=methods)


def _describe(method: str, count: int, failed: int, recent_ms: list[float]) -> MethodLatency:
    ordered = sorted(recent_ms)
    return MethodLatency(
        method=method,
        count=count,
        failed=failed,
        median_ms=round(statistics.median(ordered), 2),
        p95_ms=round(ordered[math.ceil(0.95 * len(ordered)) - 1], 2),
        recent_ms=[round(value, 2) for value in recent_ms],
    )
