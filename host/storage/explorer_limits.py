"""How far a statement of a person may go: in time, in memory and in size."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Literal

import apsw

if TYPE_CHECKING:
    from collections.abc import Callable

# Of one value. The largest that the product itself stores is a page as the browser sent it.
LARGEST_VALUE = 64 * 1024 * 1024
# So much larger may a change make the database.
LARGEST_GROWTH = 1024 * 1024 * 1024
LIMITS = {
    apsw.SQLITE_LIMIT_LENGTH: LARGEST_VALUE,
    apsw.SQLITE_LIMIT_SQL_LENGTH: 1_000_000,
    apsw.SQLITE_LIMIT_COLUMN: 1000,
    apsw.SQLITE_LIMIT_EXPR_DEPTH: 200,
    apsw.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    apsw.SQLITE_LIMIT_FUNCTION_ARG: 127,
    apsw.SQLITE_LIMIT_ATTACHED: 0,
    apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    apsw.SQLITE_LIMIT_VARIABLE_NUMBER: 1000,
    apsw.SQLITE_LIMIT_TRIGGER_DEPTH: 50,
    apsw.SQLITE_LIMIT_WORKER_THREADS: 0,
}
# Less than a tenth of a millisecond of SQLite's work.
_STEPS_BETWEEN_LOOKS = 5000


class Watch:
    """Ends a statement that takes too long or that nobody waits for any more.

    Attributes:
        stopped: why it ended one, or "".
    """

    def __init__(self, seconds: float = math.inf, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        """Begin to count.

        Args:
            seconds: from now.
            is_cancelled: asked often.
        """
        self.deadline = time.monotonic() + seconds
        self._is_cancelled = is_cancelled
        self.stopped: Literal["", "time", "cancelled"] = ""

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.deadline - time.monotonic())

    def look(self) -> bool:
        """Whether to end now. SQLite asks every few thousand steps."""
        if self._is_cancelled():
            self.stopped = "cancelled"
        elif time.monotonic() >= self.deadline:
            self.stopped = "time"
        return bool(self.stopped)

    def attach(self, connection: apsw.Connection) -> None:
        """Watch everything that `connection` does from now on."""
        connection.set_progress_handler(self.look, _STEPS_BETWEEN_LOOKS)


def limit_heap(size: int) -> None:
    """Bound what SQLite may take in this process, in bytes; beyond it, statements fail with `NoMemError`."""
    apsw.hard_heap_limit(size)
