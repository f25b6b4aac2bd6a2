"""Who may compute next: one at a time, a person's request ahead of background work."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Changes are told; looking by itself is only for what is abandoned without telling.
_LOOK_S = 0.5


class Turns:
    """The right to compute, held by one thread at a time."""

    def __init__(self, interrupt: Callable[[], None] = lambda: None) -> None:
        """Make it, held by nobody.

        Args:
            interrupt: called when an urgent request finds background work computing, which should then come
                to its next `give_way` soon.
        """
        self._interrupt = interrupt
        self._changed = threading.Condition()
        self._holder: Turn | None = None
        self._urgent_waiting = 0

    @contextmanager
    def hold(self, *, urgent: bool, abandoned: Callable[[], bool] = lambda: False) -> Iterator[Turn]:
        """Wait for the turn, and hold it as long as the block lasts.

        Args:
            urgent: a person waits for it.
            abandoned: looked at while waiting; when it says so the wait ends without the turn.
        """
        turn = Turn(self, urgent=urgent, abandoned=abandoned)
        turn.take()
        try:
            yield turn
        finally:
            turn.release()

    def wake(self) -> None:
        """Make those who wait look again whether they are abandoned."""
        with self._changed:
            self._changed.notify_all()


class Turn:
    """One request's place in the order."""

    def __init__(self, turns: Turns, *, urgent: bool, abandoned: Callable[[], bool]) -> None:
        self._turns = turns
        self._urgent = urgent
        self._abandoned = abandoned

    @property
    def held(self) -> bool:
        """Whether this request may compute now; False after its wait was abandoned."""
        return self._turns._holder is self

    @property
    def is_wanted(self) -> bool:
        """Whether an urgent request waits for this one to give way."""
        return not self._urgent and self._turns._urgent_waiting > 0

    def give_way(self) -> bool:
        """Let urgent requests go first; called between two steps of the work.

        Returns:
            whether somebody else may have computed meanwhile.
        """
        if not self.is_wanted:
            return False
        self.release()
        self.take()
        return True

    def take(self) -> None:
        """Wait until it is this request's turn, or until it is abandoned."""
        turns = self._turns
        with turns._changed:
            if self._urgent:
                turns._urgent_waiting += 1
                if turns._holder is not None and not turns._holder._urgent:
                    turns._interrupt()
            try:
                while turns._holder is not None or (turns._urgent_waiting and not self._urgent):
                    if self._abandoned():
                        return
                    turns._changed.wait(_LOOK_S)
                turns._holder = self
            finally:
                if self._urgent:
                    turns._urgent_waiting -= 1
                    # Background work may have waited for nobody but this one.
                    turns._changed.notify_all()

    def release(self) -> None:
        """Let the next one go on; nothing when it is not held."""
        turns = self._turns
        with turns._changed:
            if turns._holder is self:
                turns._holder = None
                turns._changed.notify_all()
