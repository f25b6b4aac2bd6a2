"""One profile's database: a write lane, a read connection per thread, and what it can do."""

from __future__ import annotations

import contextlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import apsw

from host.core.errors import AppError, DatabaseCorrupt, NotReady
from host.core.log import describe_exception, get_logger
from host.storage.connection import BUSY_TIMEOUT_MS, open_connection, translate_errors
from host.storage.erasing import erase, sweep_unfinished
from host.storage.gate import Gate
from host.storage.lane import WriteLane
from host.storage.opening import open_ready, take_for_oneself
from host.storage.recovery import suspicion_path
from host.storage.replacement import put_in_place
from host.storage.statement_log import StatementLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

# Writers wait behind the folding of the log, so it must not wait long for a reader of another process.
FOLD_TIMEOUT_MS = 300
_log = get_logger("database")


class Database:
    """Opens, migrates and serves one database file. Close it, or use it as a context manager.

    Attributes:
        path: the file.
        key: of an encrypted one.
        features: what this SQLite can do.
        era: counts up when the file is replaced by one with other rows, whose ids mean something else.
        before_replace: called before the file is exchanged, maybe several times, so that processes close it.
        on_replace: called with the write connection once another file is in place, before anyone reads it.
            What they raise is logged: the file is in place all the same.
        statements: what its connections ran lately.
        log_waits: deleted text may still be in the write-ahead log: another process reads the file.
    """

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
        connection, self.features = open_ready(path, without, key)
        sweep_unfinished(path)
        self.era = 0
        self.before_replace: list[Callable[[], None]] = []
        self.on_replace: list[Callable[[apsw.Connection], None]] = []
        self.log_waits = False
        self._writes = 0
        self._gate = Gate()
        self.statements = StatementLog()
        self._lane = WriteLane(connection, path.parent.name, self.statements.watch)
        # Of each thread: its `reader` as (number of the file, connection), and the `era` it holds on to.
        self._own = threading.local()
        self._files = 0
        self._open_readers: list[tuple[threading.Thread, apsw.Connection]] = []
        self._readers_lock = threading.Lock()

    def write(self, function: Callable[[apsw.Connection], T], *, background: bool = False) -> T:
        """Run `function` in one transaction on the write lane; see `WriteLane.run`.

        What waits while the file is replaced is run on the new one, unless the caller is `steady`.
        """
        wanted = self._hold_on(function)

        def count(connection: apsw.Connection) -> T:
            self._writes += 1
            return wanted(connection)

        with self._note_damage():
            return self._lane.run(wanted if background else count, background=background)

    def read_state(self) -> tuple[int, int]:
        """A value that is another one once the file was replaced, or more was written than in the background.

        Everything that was written before is committed. Changes by other processes do not count.
        """
        return self.maintain(lambda _: (self.era, self._writes))

    def change_state(self) -> None:
        """Count what was written in the background all the same; see `read_state`."""
        self.write(lambda _: None)

    def maintain(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run `function` on the write lane outside a transaction (checkpoint, vacuum)."""
        with self._note_damage():
            return self._lane.run(self._hold_on(function), transaction=False)

    def read(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run `function` on this thread's own read-only connection.

        It waits while the file is replaced, and is run again when it was interrupted for that.

        Raises:
            NotReady: the replacing took too long, or the database is closing.
        """
        wanted = self._hold_on(function)
        while True:
            if self._lane.waits_for_connection:
                # What is in place now is made ready first, and everyone is told of it.
                self.maintain(lambda _connection: None)
            with self._gate.enter(), self._note_damage(), translate_errors():
                shuttings = self._gate.shuttings
                try:
                    return wanted(self._find_reader())
                except apsw.InterruptError:
                    if shuttings == self._gate.shuttings:
                        raise

    @contextmanager
    def steady(self) -> Iterator[None]:
        """For work of several steps that share ids of rows: none of them meets other rows than the first.

        Raises:
            NotReady: from the step that comes after the file was replaced by one with other rows.
        """
        before = getattr(self._own, "era", None)
        self._own.era = self.era if before is None else before
        try:
            yield
        finally:
            self._own.era = before

    def replace(
        self,
        new_file: Path,
        *,
        key: bytes | None = None,
        keep_old: Path | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """Put another database in the place of this one; killed at any moment, one of them is whole there.

        It is brought to this version's schema first. Reads wait meanwhile, and what is queued to be written
        is written to the new file.

        Args:
            new_file: closed, on the same file system (`make_workspace`); it is gone afterwards.
            key: of the new file, None when it is not encrypted.
            keep_old: where the former file goes, with everything that was acknowledged until now. Without it
                it is overwritten and deleted.
            before: called once every writer waits, to do the last to the new file, and close it again.

        Raises:
            DatabaseTooNew, DatabaseCorrupt, StorageError, DiskFull: the former file is in place, unless `era`
                has changed; and what `before` raises.
            NotReady: somebody reads and does not end.
        """
        open_ready(new_file, self._without, key)[0].close()

        def prepare(_connection: apsw.Connection) -> Path:
            before()
            return new_file

        self._exchange(prepare, key, keep_old, other_rows=True)

    def rewrite(self, make: Callable[[apsw.Connection], Path], *, key: bytes | None = None) -> None:
        """Put a copy of the same rows in place (without free pages, or with another key).

        Writers wait from the beginning of the copying, so that nothing is missed; readers go on.

        Args:
            make: given the write connection, makes the copy on the same file system and says where it is.
            key: of the copy.

        Raises:
            DatabaseCorrupt, StorageError, DiskFull, NotReady: as `replace`; and what `make` raises.
        """

        def prepare(connection: apsw.Connection) -> Path:
            made = make(connection)
            open_ready(made, self._without, key)[0].close()
            return made

        self._exchange(prepare, key, None, other_rows=False)

    def interrupt_reads(self) -> None:
        """Make every read under way end with an error; used when the daemon drains."""
        with self._readers_lock:
            for _, connection in self._open_readers:
                connection.interrupt()

    def close(self) -> None:
        """End reads, finish queued writes, fold the write-ahead log into the file, close every connection.

        Whoever reads later gets NotReady. One who reads and cannot be interrupted is waited for only so long.
        """
        if not self._gate.close(self.interrupt_reads):
            _log.error("a read does not end; its connection is left open")
        self._close_readers()
        self._lane.close()
        self.statements.forget_values()

    @contextmanager
    def _note_damage(self) -> Iterator[None]:
        """Write down that damage was met, so that the next opening looks at the whole file."""
        try:
            yield
        except DatabaseCorrupt:
            with contextlib.suppress(OSError):
                suspicion_path(self.path).touch(mode=0o600)
            raise

    def _hold_on(self, function: Callable[[apsw.Connection], T]) -> Callable[[apsw.Connection], T]:
        """`function`, which refuses to run once the rows are others than this thread holds on to."""
        era = getattr(self._own, "era", None)
        if era is None:
            return function

        def run(connection: apsw.Connection) -> T:
            if era != self.era:
                message = "The history was replaced meanwhile."
                raise NotReady(message, fix="Begin again what was under way, with what is there now.")
            return function(connection)

        return run

    def _find_reader(self) -> apsw.Connection:
        file, connection = getattr(self._own, "reader", (-1, None))
        if connection is None or file != self._files:
            connection = open_connection(self.path, read_only=True, without=self._without, key=self.key)
            self.statements.watch(connection)
            self._own.reader = (self._files, connection)
            self._keep_reader(connection)
        return connection

    def _exchange(
        self,
        prepare: Callable[[apsw.Connection], Path],
        key: bytes | None,
        keep_old: Path | None,
        *,
        other_rows: bool,
    ) -> None:
        def run(connection: apsw.Connection) -> Path | None:
            new_file = prepare(connection)
            with self._gate.shut(self.interrupt_reads):
                self._close_readers()
                take_for_oneself(connection, self._tell_others)
                return self._put(connection, new_file, key, keep_old, other_rows=other_rows)

        with self._note_damage():
            former = self._lane.run(run, transaction=False)
        if former is not None:
            try:
                erase(former)
            except OSError as error:
                # The folder that it lies in is swept.
                _log.error("a former database could not be erased: %s", describe_exception(error))

    def _put(
        self,
        connection: apsw.Connection,
        new_file: Path,
        key: bytes | None,
        keep_old: Path | None,
        *,
        other_rows: bool,
    ) -> Path | None:
        """Exchange the files; nobody has either open but the lane. Returns what is to be erased.

        Raises:
            AppError: the former file is in place, or `key` and `era` are those of the new one.
        """
        # Whatever happens from here on, the lane goes on with what is in place then.
        self._lane.adopt_later(lambda: self._open_for_lane(tell=False))
        connection.close()
        former = put_in_place(new_file, self.path, keep_old)
        before, self.key = self.key, key
        try:
            opened = self._open_for_lane(tell=True)
        except BaseException:
            self._settle(before, former or keep_old, other_rows=other_rows)
            raise
        self._lane.adopt(opened)
        self.log_waits = False
        self.era += other_rows
        return former

    def _settle(self, key: bytes | None, former: Path | None, *, other_rows: bool) -> None:
        """Put the former file back after the new one could not be opened, or else go on with the new one."""
        if former is not None:
            with contextlib.suppress(AppError):
                put_in_place(former, self.path)
                self.key = key
                return
        self.era += other_rows
        self._lane.adopt_later(lambda: self._open_for_lane(tell=True))

    def _open_for_lane(self, *, tell: bool) -> apsw.Connection:
        opened, self.features = open_ready(self.path, self._without, self.key)
        for take_in in self.on_replace if tell else ():
            try:
                take_in(opened)
            except Exception as error:  # noqa: BLE001 - the file is in place, whatever they make of it
                _log.error("taking in another database failed: %s", describe_exception(error))
        return opened

    def _tell_others(self) -> None:
        for tell in self.before_replace:
            tell()

    def _close_readers(self) -> None:
        with self._readers_lock:
            readers, self._open_readers = self._open_readers, []
        self._files += 1
        for _, reader in readers:
            # One that is busy still, when all is closed, goes with its thread.
            with contextlib.suppress(apsw.ThreadingViolationError):
                reader.close()

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
