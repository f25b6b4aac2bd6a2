"""Statements that take long can be taken back: somebody is asked about ten times a second."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from host.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Cancelling = Callable[[], bool]

# Steps of SQLite's machine between two looks at the clock: a fraction of a millisecond, mostly.
_STEPS = 1_000
_EVERY_S = 0.1


def never() -> bool:
    """Nobody takes it back."""
    return False


def do_nothing() -> None:
    """Nobody wants to know."""


@contextmanager
def cancellable(
    connection: apsw.Connection, cancelled: Cancelling, on_look: Callable[[], None] = do_nothing
) -> Iterator[None]:
    """Let what `connection` runs in the block be taken back.

    Args:
        connection: used by this thread.
        cancelled: whether it is taken back.
        on_look: called as often as that was asked.

    Raises:
        Cancelled: it was.
    """
    due, was_cancelled = 0.0, False

    def look() -> bool:
        nonlocal due, was_cancelled
        now = time.monotonic()
        if now < due:
            return False
        due = now + _EVERY_S
        was_cancelled = cancelled()
        if not was_cancelled:
            on_look()
        return was_cancelled

    if cancelled():
        raise make_cancelled_error()
    connection.set_progress_handler(look, _STEPS, id=look)
    try:
        yield
    except apsw.InterruptError as error:
        if not was_cancelled:
            raise
        raise make_cancelled_error() from error
    finally:
        connection.set_progress_handler(None, id=look)


def make_cancelled_error() -> Cancelled:
    """The error for what was taken back."""
    return Cancelled("It was cancelled.")
