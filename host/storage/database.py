"""One profile's database: a write lane, a read connection per thread, and what it can do."""

from __future__ import annotations

import contextlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from host.core.errors import DatabaseCorrupt
from host.storage import fulltext, migrations
from host.storage.connection import (
    BUSY_TIMEOUT_MS,
    Features,
    begin,
    detect_features,
    open_connection,
    translate_errors,
)
from host.storage.lane import WriteLane
from host.storage.recovery import suspicion_path, sweep_unfinished
from host.storage.statistics import check_integrity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import apsw

T = TypeVar("T")

# Writers wait behind the folding of the log, so it must not wait long for a reader of another process.
FOLD_TIMEOUT_MS = 300


class Database:
    """Opens, migrates and serves one database file. Close it, or use it as a context manager."""

    def __init__(
        self, path: Path, *, without: frozenset[str] = frozenset(), key: bytes | None = None
    ) -> None:
        """Open `path`, making it when absent.

        Args:
            path: the database file.
            without: features to leave out ("fulltext", "vectors"); see `Features`.
            key: of an encrypted database, 32 bytes.

        Raises:
            DatabaseCorrupt, DatabaseTooNew, DiskFull, StorageError.
        """
        self.path = path
        self._without = without
        self.key = key
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Before it is opened: SQLite gives its log the mode that the file has.
        if path.exists():
            path.chmod(0o600)
        else:
            path.touch(mode=0o600)
        with translate_errors():
            connection = open_connection(path, read_only=False, without=without, key=key)
            try:
                self._examine(connection)
                migrations.migrate(connection)
                self.features: Features = detect_features(connection, without)
                with begin(connection):
                    if self.features.fulltext:
                        fulltext.create_index(connection)
                    connection.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")
            except BaseException:
                connection.close()
                raise
        sweep_unfinished(path)
        # Whether deleted text may still be in the write-ahead log, because another process reads the file.
        self.log_waits = False
        self._lane = WriteLane(connection, path.parent.name)
        self._readers = threading.local()
        self._open_readers: list[tuple[threading.Thread, apsw.Connection]] = []
        self._readers_lock = threading.Lock()

    def write(self, function: Callable[[apsw.Connection], T], *, background: bool = False) -> T:
        """Run `function` in one transaction on the write lane; see `WriteLane.run`."""
        with self._note_damage():
            return self._lane.run(function, background=background)

    def maintain(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run `function` on the write lane outside a transaction (checkpoint, vacuum)."""
        with self._note_damage():
            return self._lane.run(function, transaction=False)

    def read(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run `function` on this thread's own read-only connection."""
        connection: apsw.Connection | None = getattr(self._readers, "connection", None)
        with self._note_damage(), translate_errors():
            if connection is None:
                connection = open_connection(self.path, read_only=True, without=self._without, key=self.key)
                self._readers.connection = connection
                self._keep_reader(connection)
            return function(connection)

    def interrupt_reads(self) -> None:
        """Make every read under way end with an error; used when the daemon drains."""
        with self._readers_lock:
            for _, connection in self._open_readers:
                connection.interrupt()

    def close(self) -> None:
        """Finish queued writes, fold the write-ahead log into the file, close every connection."""
        with self._readers_lock:
            readers, self._open_readers = self._open_readers, []
        for _, connection in readers:
            connection.close()
        self._lane.close()

    @contextmanager
    def _note_damage(self) -> Iterator[None]:
        """Write down that damage was met, so that the next opening looks at the whole file."""
        try:
            yield
        except DatabaseCorrupt:
            with contextlib.suppress(OSError):
                suspicion_path(self.path).touch(mode=0o600)
            raise

    def _examine(self, connection: apsw.Connection) -> None:
        """Look at the whole file when damage was met in it; reading all of it each time would take too long.

        Full text is derived: it is dropped first and made anew, and only what is left has to be sound.

        Raises:
            DatabaseCorrupt: rows are damaged.
        """
        suspicion = suspicion_path(self.path)
        if not suspicion.exists():
            return
        with begin(connection):
            fulltext.drop_index(connection)
            if check_integrity(connection):
                message = "The history database is damaged."
                raise DatabaseCorrupt(message)
        suspicion.unlink()

    def _keep_reader(self, connection: apsw.Connection) -> None:
        """Note a thread's connection, and close those of threads that have ended."""
        with self._readers_lock:
            ended = [reader for thread, reader in self._open_readers if not thread.is_alive()]
            self._open_readers = [entry for entry in self._open_readers if entry[0].is_alive()]
            self._open_readers.append((threading.current_thread(), connection))
        for reader in ended:
            reader.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def fold_log(database: Database) -> bool:
    """Move the write-ahead log into the database file and empty it, so that deleted text leaves it too.

    Returns:
        whether it could. Another process that reads the file keeps its log; `database.log_waits` then stays
        set, and the daemon tries again.
    """

    def fold(connection: apsw.Connection) -> bool:
        connection.set_busy_timeout(FOLD_TIMEOUT_MS)
        try:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0]
        finally:
            connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        return not busy

    folded = database.maintain(fold)
    database.log_waits = not folded
    return folded
