"""Ends a process whose statement goes on after its time, or after nobody waits for it any more."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import AppError, Cancelled, StorageError, Timeout, WorkerDied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from host.workers.client import Worker

# SQLite looks at the clock itself; where its code does not, the process is ended so soon after.
GRACE_S = 0.5
_POLL_S = 0.05


@contextmanager
def end_in_time(worker: Worker, cancelled: threading.Event, deadline: float) -> Iterator[Callable[[], None]]:
    """Watch a request to `worker` meanwhile.

    Args:
        worker: the process; ended for good where it does not stop by itself.
        cancelled: nobody waits any more.
        deadline: by `time.monotonic`.

    Yields:
        a function that calls the watch off: from then on the request is waited for.

    Raises:
        Cancelled, Timeout: instead of what the request raised because its process was ended.
        WorkerDied: the process ended by itself.
        StorageError: it ended after the watch was called off, and its answer is lost.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_POLL_S):
            if cancelled.is_set() or time.monotonic() >= deadline:
                if not done.wait(GRACE_S):
                    worker.close()
                return

    watcher = threading.Thread(target=watch, name="explorer-watch", daemon=True)
    watcher.start()
    try:
        yield done.set
    except WorkerDied as error:
        if done.is_set():
            message = "The process of the SQL explorer ended while it kept the change."
            raise StorageError(
                message, fix="Look whether the change is there before you try again."
            ) from error
        raise _tell_end(cancelled, deadline) from error
    finally:
        done.set()
        watcher.join()


def _tell_end(cancelled: threading.Event, deadline: float) -> AppError:
    if cancelled.is_set():
        return Cancelled("The statement was cancelled.")
    if time.monotonic() >= deadline:
        fix = "Allow it more time, ask for fewer rows (WHERE, LIMIT), or look at its plan for a SCAN."
        return Timeout("The statement did not end within its time.", fix=fix)
    fix = "It took too much memory, most likely. Ask for less at once."
    return WorkerDied("The statement brought its process to an end. Nothing else was touched.", fix=fix)
