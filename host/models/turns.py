"""Who may compute next: one thread does all the work, a person's request ahead of background work.

One thread, because OpenMP keeps a team of threads for each thread that ever computed, and lets them all fall
asleep at once when there are more of them than processors: two that compute in turn have half the speed.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from host.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
# Changes are told; looking by itself is only for what is abandoned without telling.
_LOOK_S = 0.5


class Turns:
    """The thread that computes, and what waits for it."""

    def __init__(self, interrupt: Callable[[], None] = lambda: None) -> None:
        """Make it; the thread starts with the first work.

        Args:
            interrupt: called when an urgent request finds background work computing, which should then come
                to its next `give_way` soon.
        """
        self._interrupt = interrupt
        self._changed = threading.Condition()
        self._urgent: deque[_Job] = deque()
        self._background: deque[_Job] = deque()
        self._current: _Job | None = None
        self._thread: threading.Thread | None = None

    def run(
        self, work: Callable[[Turn], T], *, urgent: bool, abandoned: Callable[[], bool] = lambda: False
    ) -> T:
        """Have something computed, and wait for it.

        Args:
            work: what to do; gets its turn, at which it looks between two steps.
            urgent: a person waits for it.
            abandoned: looked at while it waits for its turn.

        Returns:
            what the work returned; what it raises is raised here.

        Raises:
            Cancelled: it was abandoned before its turn came.
        """
        job = _Job(work, urgent=urgent)
        waiting = self._urgent if urgent else self._background
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="compute", daemon=True)
                self._thread.start()
            waiting.append(job)
            if urgent and self._current is not None and not self._current.urgent:
                self._interrupt()
            self._changed.notify_all()
            while not job.ended:
                if not job.begun and abandoned():
                    waiting.remove(job)
                    raise Cancelled("The request was cancelled.")
                self._changed.wait(_LOOK_S)
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def wake(self) -> None:
        """Make those who wait look again whether they are abandoned."""
        with self._changed:
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._urgent or self._background)
                job = (self._urgent or self._background).popleft()
                job.begun = True
            self._do(job)
            # Whatever it holds is let go before the next is waited for.
            del job

    def _do(self, job: _Job) -> None:
        with self._changed:
            before, self._current = self._current, job
        try:
            job.result = job.work(Turn(self, urgent=job.urgent))
        # It belongs to the one who waits.
        except BaseException as error:  # noqa: BLE001
            job.error = error
        with self._changed:
            self._current = before
            job.ended = True
            self._changed.notify_all()


class _Job:
    """Something to compute, and what came of it."""

    def __init__(self, work: Callable[[Turn], Any], *, urgent: bool) -> None:
        self.work = work
        self.urgent = urgent
        self.begun = False
        self.ended = False
        self.result: Any = None
        self.error: BaseException | None = None


class Turn:
    """The turn of a request that computes now.

    Attributes:
        is_urgent: whether a person waits for it.
    """

    def __init__(self, turns: Turns, *, urgent: bool) -> None:
        self._turns = turns
        self.is_urgent = urgent

    @property
    def is_wanted(self) -> bool:
        """Whether an urgent request waits for this one to give way."""
        return not self.is_urgent and bool(self._turns._urgent)

    def give_way(self) -> bool:
        """Let the urgent requests go first that wait now; called between two steps of the work.

        Returns:
            whether there were any.
        """
        gave = False
        while self.is_wanted:
            with self._turns._changed:
                job = self._turns._urgent.popleft() if self._turns._urgent else None
                if job is not None:
                    job.begun = True
            if job is not None:
                gave = True
                self._turns._do(job)
        return gave
