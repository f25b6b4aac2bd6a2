"""How fast tabs are put into categories, and in how much memory: asked over the wire, in a temporary home."""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import psutil

from host.evaluation.bench.figures import percentile
from host.evaluation.bench.home import find_daemon
from host.evaluation.tab_wire import WAIT_MS, describe_tabs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.client import Client
    from host.core.paths import Paths
    from host.evaluation.labelled_tabs import LabelledTab

MEAN_LIMIT_MS = 10.0
HUNDRED_LIMIT_MS = 500.0
_WARM = 20
_SINGLE = 100
_HUNDREDS = 3
# A slow engine is asked about fewer tabs: at least these, and more for so long.
_LEAST_SINGLE = 10
_PATIENCE_S = 30.0


@dataclass(frozen=True)
class TabSpeed:
    """How fast one engine is.

    Attributes:
        engine: its kind.
        model: that answers.
        first_s: until the first answer, with the loading of the model.
        tabs: how many were asked about one at a time.
        mean_ms, p95_ms: for one tab that was not asked about before, over the wire.
        hundred_ms: for 100 such tabs in one call; median of `_HUNDREDS` calls, or what there were tabs for.
        daemon_bytes: resident memory of the daemon.
        workers_bytes: resident memory of the processes that it started, models and all.
        load: mean number of processes that wanted a processor in the last minute: with more than there are
            cores the times are too long.
    """

    engine: str
    model: str
    first_s: float
    tabs: int
    mean_ms: float
    p95_ms: float
    hundred_ms: float | None
    daemon_bytes: int
    workers_bytes: int
    load: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def time_tabs(client: Client, paths: Paths, tabs: Sequence[LabelledTab], engine: str | None) -> TabSpeed:
    """Ask about tabs that the daemon has not seen yet, since it remembers the vectors of those it has.

    Args:
        client: of the daemon.
        paths: of its home.
        tabs: at least 21, each with another title; 420 are enough for all figures.
        engine: a kind of engine or a model; None for the one in use.
    """
    began = time.perf_counter()
    reply = _ask(client, tabs[:1], engine)
    first_s = time.perf_counter() - began
    for tab in tabs[1:_WARM]:
        _ask(client, [tab], engine)
    rest = tabs[_WARM:]
    singles = _time_calls(client, [[tab] for tab in rest[:_SINGLE]], engine, least=_LEAST_SINGLE)
    rest = rest[_SINGLE:]
    batches = [rest[start : start + 100] for start in range(0, min(len(rest), _HUNDREDS * 100) - 99, 100)]
    hundreds = _time_calls(client, batches, engine, least=1)
    daemon, workers = _measure_memory(paths)
    return TabSpeed(
        engine=reply["engine"],
        model=reply["model"],
        first_s=first_s,
        tabs=len(singles),
        mean_ms=statistics.mean(singles),
        p95_ms=percentile(singles, 0.95),
        hundred_ms=statistics.median(hundreds) if hundreds else None,
        daemon_bytes=daemon,
        workers_bytes=workers,
        load=psutil.getloadavg()[0],
    )


def _time_calls(
    client: Client, batches: Sequence[Sequence[LabelledTab]], engine: str | None, *, least: int
) -> list[float]:
    """Milliseconds of each call: of the first ones, and of more while there is patience."""
    found: list[float] = []
    for batch in batches:
        if len(found) >= least and sum(found) > _PATIENCE_S * 1000:
            break
        began = time.perf_counter()
        _ask(client, batch, engine)
        found.append((time.perf_counter() - began) * 1000)
    return found


def _ask(client: Client, tabs: Sequence[LabelledTab], engine: str | None) -> dict[str, Any]:
    return client.call("tabs.categorize", tabs=describe_tabs(tabs), engine=engine, wait_ms=WAIT_MS)


def _measure_memory(paths: Paths) -> tuple[int, int]:
    """Resident bytes of the daemon, and of its children together."""
    daemon = find_daemon(paths)
    if daemon is None:
        return 0, 0
    children = 0
    for child in daemon.children(recursive=True):
        try:
            children += child.memory_info().rss
        except psutil.Error:
            continue
    return daemon.memory_info().rss, children
