"""The gate that readers of a database go through, which is shut while its file is exchanged."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# An exchange takes milliseconds once the readers are out.
WAIT_S = 30.0
# A daemon that ends waits no longer for who reads.
CLOSING_S = 10.0
# What is read takes less, but for a scan that nobody waits for any more.
_PATIENCE_S = 0.25
_EVERY_S = 0.05


class Gate:
    """Counts who is inside, and can be shut until nobody is.

    Attributes:
        shuttings: how often it was shut so far.
    """

    def __init__(self) -> None:
        self.shuttings = 0
        self._changed = threading.Condition()
        self._inside = 0
        self._shut = False
        self._closed = False
        self._own = threading.local()

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Be inside for as long as the block lasts. Who is inside already goes in again at once.

        Raises:
            NotReady: it was shut for too long, or is closed.
        """
        depth = getattr(self._own, "depth", 0)
        if not depth:
            with self._changed:
                opened = self._changed.wait_for(lambda: self._closed or not self._shut, WAIT_S)
                if self._closed:
                    message = "The database is closing."
                    raise NotReady(message)
                if not opened:
                    message = "The history is being replaced."
                    raise NotReady(message, fix="Try again in a moment.")
                self._inside += 1
        self._own.depth = depth + 1
        try:
            yield
        finally:
            self._own.depth = depth
            if not depth:
                with self._changed:
                    self._inside -= 1
                    self._changed.notify_all()

    @contextmanager
    def shut(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Keep everyone out for as long as the block lasts, which begins when nobody is inside any more.

        Args:
            interrupt: tells those who are still inside after a moment to end.

        Raises:
            NotReady: somebody did not come out; the gate is open again.
        """
        with self._changed:
            self._shut = True
            self.shuttings += 1
        try:
            if not self._wait_until_empty(interrupt, WAIT_S):
                message = "The history is being read, and cannot be replaced now."
                raise NotReady(message, fix="Try again in a moment.")
            yield
        finally:
            with self._changed:
                self._shut = False
                self._changed.notify_all()

    def close(self, interrupt: Callable[[], None]) -> bool:
        """Let nobody in any more, and wait for those who are inside.

        Args:
            interrupt: as of `shut`.

        Returns:
            whether everybody came out in time.
        """
        with self._changed:
            self._closed = True
            self.shuttings += 1
            self._changed.notify_all()
        return self._wait_until_empty(interrupt, CLOSING_S)

    def _wait_until_empty(self, interrupt: Callable[[], None], wait_s: float) -> bool:
        deadline = time.monotonic() + wait_s
        patience = _PATIENCE_S
        with self._changed:
            while not self._changed.wait_for(lambda: not self._inside, patience):
                if time.monotonic() > deadline:
                    return False
                interrupt()
                patience = _EVERY_S
        return True
