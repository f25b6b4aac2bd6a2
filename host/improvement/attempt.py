"""One go of the process that trains, from its start to its end, whatever ends it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import psutil

from host.core.errors import AppError, Cancelled, WorkerDied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.workers.client import Worker
    from host.workers.messages import Header

# A slow machine, a long night.
LONGEST_S = 7 * 24 * 3600.0
# How long it may take to leave what it is doing in order: a step of a training takes seconds.
GRACE_S = 45.0
# How long the system may take to end what was killed.
CHILDREN_S = 5.0


class Attempt:
    """A request to the process, in a thread of its own.

    Attributes:
        answer: what it answered; None when it did not come to its end.
        error: why not, when it said so itself.
        died: its process ended and nobody had asked for that.
    """

    def __init__(
        self, worker: Worker, header: Header, on_progress: Callable[[Mapping[str, Any]], None]
    ) -> None:
        """Begin.

        Args:
            worker: not started; it is ended afterwards.
            header: of the request.
            on_progress: gets what it says meanwhile, in another thread.
        """
        self.answer: Header | None = None
        self.error: AppError | None = None
        self.died = False
        self._worker = worker
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._ask, args=(header, on_progress), name="improvement-attempt", daemon=True
        )
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most so long. Returns whether it has ended."""
        return self._ended.wait(seconds)

    def end(self, grace_s: float = GRACE_S) -> None:
        """Have it stop, and its process end; by force when it takes longer than `grace_s` seconds."""
        self._stop.set()
        self._ended.wait(grace_s)
        left = self._find_children()
        self._worker.close()
        self._thread.join()
        # One that was started to outlive its parent (a daemon) would go on in the folder of the training.
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=CHILDREN_S)

    def _find_children(self) -> list[psutil.Process]:
        """What its process has started and not ended; nothing is left of one that has ended in order."""
        pid = self._worker.pid
        try:
            return psutil.Process(pid).children(recursive=True) if pid is not None else []
        except psutil.Error:
            return []

    def _ask(self, header: Header, on_progress: Callable[[Mapping[str, Any]], None]) -> None:
        try:
            self.answer, _ = self._worker.request(
                "run",
                header,
                timeout=LONGEST_S,
                lane="background",
                on_progress=on_progress,
                cancelled=self._stop,
            )
        except Cancelled:
            pass
        except WorkerDied:
            self.died = not self._stop.is_set()
        except AppError as error:
            self.error = error if not self._stop.is_set() else None
        finally:
            self._ended.set()
