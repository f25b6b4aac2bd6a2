"""What is asked of the explorer and what comes back, inside the daemon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Statement:
    """A statement with the values of its parameters.

    Attributes:
        sql: as it was typed.
        params: by name, by position, or None.
        timeout_s: seconds that it may take.
    """

    sql: str
    params: dict[str, Any] | list[Any] | None = None
    timeout_s: float = 5.0


@dataclass(frozen=True)
class Page:
    """Which rows of a result, and whether the plan is wanted, too."""

    limit: int = 1000
    offset: int = 0
    plan: bool = False


@dataclass(frozen=True)
class Exported:
    """A result that was written into a file."""

    path: Path
    rows: int
    bytes: int
    took_ms: float
