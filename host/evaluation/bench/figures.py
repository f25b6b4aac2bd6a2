"""What a measurement says: a name, a value with its unit, and what it is held against."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        value: the figure.
        unit: of the value.
        target: what it should be ("<= 60"), when there is a target.
        ok: whether it is, None without a target.
        note: how it was measured.
    """

    name: str
    value: float
    unit: str
    target: str | None = None
    ok: bool | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def at_most(name: str, value: float, unit: str, limit: float, note: str = "") -> Figure:
    """A figure that should not be over `limit`."""
    return Figure(name, round(value, 3), unit, f"<= {limit:g}", value <= limit, note)


def at_least(name: str, value: float, unit: str, limit: float, note: str = "") -> Figure:
    """A figure that should not be under `limit`."""
    return Figure(name, round(value, 3), unit, f">= {limit:g}", value >= limit, note)


def plain(name: str, value: float, unit: str, note: str = "") -> Figure:
    """A figure without a target."""
    return Figure(name, round(value, 3), unit, note=note)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


# Says how far a long measurement has come: (what, done, of how many).
OnProgress = Callable[[str, int, int], None]
