"""One thread that owns the write connection of a database, a person's work ahead of background work."""

from __future__ import annotations

import contextvars
import itertools
import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from host.core.errors import NotReady
from host.storage.connection import begin, translate_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

T = TypeVar("T")

INTERACTIVE = 0
BACKGROUND = 1
_STOP = 9


class WriteLane:
    """Runs functions one after the other, each in one explicit transaction."""

    def __init__(
        self,
        connection: apsw.Connection,
        name: str,
        watch: Callable[[apsw.Connection], None] = lambda _connection: None,
    ) -> None:
        """Begin.

        Args:
            connection: for writing; the lane closes it.
            name: of the thread.
            watch: is given each connection that the lane goes on with.
        """
        self._watch = watch
        self._connection = connection
        # Opens the one that the next work is done with, where it could not be opened at once.
        self._open: Callable[[], apsw.Connection] | None = None
        watch(connection)
        self._queue: queue.PriorityQueue[
            tuple[int, int, Callable[[apsw.Connection], Any] | None, Future[Any]]
        ]
        self._queue = queue.PriorityQueue()
        self._order = itertools.count()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"write-{name}", daemon=True)
        self._thread.start()

    def run(
        self, function: Callable[[apsw.Connection], T], *, background: bool = False, transaction: bool = True
    ) -> T:
        """Run `function(connection)` in a transaction and wait for it.

        Args:
            function: must neither block nor embed: other writers wait behind it.
            background: let a person's writes go first.
            transaction: False for statements that SQLite refuses inside one (VACUUM, checkpoints).

        Returns:
            what the function returned, after the commit.

        Raises:
            NotReady: the database is closing.
            DiskFull, DatabaseCorrupt, StorageError: the transaction was rolled back.
        """
        future: Future[T] = Future()
        work = _in_own_context(_in_transaction(function) if transaction else function)
        with self._lock:
            if self._closed:
                message = "The database is closing."
                raise NotReady(message)
            self._queue.put((BACKGROUND if background else INTERACTIVE, next(self._order), work, future))
        return future.result()

    def adopt(self, connection: apsw.Connection) -> None:
        """Go on with another connection; only from a function that the lane runs, which closed the former."""
        self._connection = connection
        self._open = None
        self._watch(connection)

    def adopt_later(self, open_it: Callable[[], apsw.Connection]) -> None:
        """As `adopt`, with what `open_it` gives; called before the next work, which fails if it raises."""
        self._open = open_it

    @property
    def waits_for_connection(self) -> bool:
        """Whether the next work has to open one first."""
        return self._open is not None

    def close(self) -> None:
        """Do what is queued, then close the connection. May be called twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put((_STOP, next(self._order), None, Future()))
        self._thread.join()

    def _run(self) -> None:
        while True:
            _, _, work, future = self._queue.get()
            if work is None:
                break
            try:
                with translate_errors():
                    if self._open is not None:
                        self.adopt(self._open())
                    result = work(self._connection)
            except BaseException as error:  # noqa: BLE001
                future.set_exception(error)
            else:
                future.set_result(result)
            # Neither may keep the last page alive while the lane waits for the next.
            del work, future
        self._connection.close()


def _in_transaction(function: Callable[[apsw.Connection], T]) -> Callable[[apsw.Connection], T]:
    def run(connection: apsw.Connection) -> T:
        with begin(connection):
            return function(connection)

    return run


def _in_own_context(function: Callable[[apsw.Connection], T]) -> Callable[[apsw.Connection], T]:
    """`function` with the caller's context variables: what it does is done on behalf of who asked."""
    context = contextvars.copy_context()

    def run(connection: apsw.Connection) -> T:
        return context.run(function, connection)

    return run
