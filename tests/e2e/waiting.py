"""Bounded waiting for what another process does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

# Generous: the machine may be busy. What a test waits for comes much sooner.
LIMIT_S = 60.0
_PAUSE_S = 0.05

T = TypeVar("T")


def wait_for(look: Callable[[], T | None], what: str, limit_s: float = LIMIT_S) -> T:
    """Look again and again until something true is seen.

    Args:
        look: returns what is waited for, or something false.
        what: named when it does not come.
        limit_s: seconds.

    Raises:
        AssertionError: it did not come in time.
    """
    deadline = time.monotonic() + limit_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            message = f"{what}: not seen within {limit_s:.0f} s"
            raise AssertionError(message)
        time.sleep(_PAUSE_S)
