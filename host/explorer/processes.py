"""The processes in which statements run: one for each statement under way, and a spare that is warm."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import NotReady, WorkerDied, WorkerError
from host.workers.client import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MODULE = "host.explorer.worker"
# Statements and exports at the same time; more are told to come back.
MOST = 6
SPARES = 2
START_S = 20.0


class Processes:
    """Lends a process to one statement at a time; started when first needed."""

    def __init__(self, *, log_file: Path | None = None, make: Callable[[], Worker] | None = None) -> None:
        self._make = make or (lambda: Worker("SQL explorer", MODULE, {}, log_file=log_file))
        self._lock = threading.Lock()
        self._spare: list[Worker] = []
        self._lent: dict[Worker, object] = {}
        self._closed = False

    @property
    def busy(self) -> int:
        """How many are in use."""
        return len(self._lent)

    @contextmanager
    def lend(self, owner: object) -> Iterator[Worker]:
        """A process that nobody else uses meanwhile. One that was stopped is not used again.

        Args:
            owner: whose statement it runs; see `end`.

        Raises:
            NotReady: too many are in use, or the daemon is ending.
            WorkerError: it cannot be started.
        """
        with self._lock:
            if self._closed:
                message = "The SQL explorer was ended."
                raise NotReady(message, fix="Run the statement again in a moment.")
            if len(self._lent) >= MOST:
                message = f"{MOST} statements are running already."
                raise NotReady(message, fix="Wait for one to end, or cancel one.")
            worker = self._spare.pop() if self._spare else self._make()
            self._lent[worker] = owner
        try:
            if not worker.wait_ready(START_S):
                raise worker.failure or WorkerError("The SQL explorer did not start.")
            yield worker
        except WorkerDied as error:
            with self._lock:
                ended = worker not in self._lent
            if ended:
                message = "The history was replaced meanwhile."
                raise NotReady(message, fix="Run the statement again.") from error
            raise
        finally:
            self._take_back(worker)

    def _take_back(self, worker: Worker) -> None:
        with self._lock:
            self._lent.pop(worker, None)
            keep = worker.state == "ready" and len(self._spare) < SPARES and not self._closed
            if keep:
                self._spare.append(worker)
        if not keep:
            worker.close()

    def end(self, owner: object) -> None:
        """End what runs for an owner: nothing may have its files open any more."""
        with self._lock:
            ended = [worker for worker, known in self._lent.items() if known == owner]
            for worker in ended:
                del self._lent[worker]
        for worker in ended:
            worker.close()

    def rest(self, idle_s: float) -> None:
        """Stop spare processes that nobody has used for `idle_s` seconds."""
        with self._lock:
            spare, self._spare = self._spare, []
        resting = [worker for worker in spare if not worker.stop_when_idle(idle_s)]
        with self._lock:
            self._spare += resting

    def close(self) -> None:
        """End every process, for good."""
        with self._lock:
            self._closed = True
            workers = [*self._spare, *self._lent]
            self._spare = []
        for worker in workers:
            worker.close()
