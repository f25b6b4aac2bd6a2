"""The statements that the product ran lately on one database, with timings. In memory only.

A cursor of our own takes the times. SQLite's tracing would do it without one, but it calls for every
statement that FTS5 and sqlite-vec run inside of ours, and bm25 runs one for each page that it ranks.

Values are words of a person's. They are kept only while somebody asks for them, and never for longer than
`KEEP_VALUES_S` after that.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Literal

import apsw

from host.core.cause import CAUSE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from host.core.cause import Cause

    Values = Sequence[Any] | Mapping[str, Any] | None

KEPT = 1000
KEEP_VALUES_S = 600.0
_LONGEST_SQL = 20_000
_LONGEST_TEXT = 300
_MOST_VALUES = 100
# The same statement again and again (one vector after the other) is one entry, for so long.
_JOINED_NS = 1_000_000_000
_QUESTIONS = ("SELECT", "EXPLAIN")
_CHANGES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_WITH_KEYS = ("PRAGMA", "ATTACH")
_SECRET = re.compile(r"\s*(pragma|attach)\b.*key\b", re.IGNORECASE | re.DOTALL)


class Entry:
    """A statement that was run, or several that were the same and followed each other.

    Attributes:
        n: counts up, in their order.
        at: when it began, milliseconds since 1970.
        cause: on whose behalf.
        kind: "read" for questions, and for all that a connection for reading runs.
        sql: as it was written, so that it can be run again.
        took_ns: until its last row was fetched, all times together.
        times: how often it ran.
        rows: that it changed; None where that is not known.
        values: that were bound the first time; None unless they are being kept.
    """

    __slots__ = ("at", "began_ns", "cause", "kind", "n", "rows", "sql", "times", "took_ns", "values")

    def __init__(self, cause: Cause, kind: Literal["read", "write"], sql: str, began_ns: int) -> None:
        self.n = 0
        self.at = 0
        self.cause = cause
        self.kind = kind
        self.sql = sql
        self.began_ns = began_ns
        self.took_ns = 0
        self.times = 0
        self.rows: int | None = None
        self.values: list[Any] | dict[str, Any] | None = None

    @property
    def took_ms(self) -> float:
        """Milliseconds, all times together."""
        return self.took_ns / 1e6


class StatementLog:
    """The latest statements of the connections that it watches."""

    def __init__(self, kept: int = KEPT, keep_values_s: float = KEEP_VALUES_S) -> None:
        """Begin, empty.

        Args:
            kept: entries at most.
            keep_values_s: for how long values are kept after they were last asked for.
        """
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._numbers = itertools.count(1)
        self._keep_values_s = keep_values_s
        self._keeps_until = 0.0
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self.keeps_values = False
        # Wall clock and counter of one moment: a time of day for each statement costs one subtraction.
        self._offset_ns = time.time_ns() - time.perf_counter_ns()

    def watch(self, connection: apsw.Connection) -> None:
        """Note what `connection` runs from now on. It may be used by one thread at a time, as always."""
        watch = _Watch(self, reads=connection.readonly("main"))
        connection.cursor_factory = lambda of: _Cursor(of, watch)

    def add(self, entry: Entry) -> None:
        """Take in a statement that holds no key."""
        entry.n = next(self._numbers)
        entry.at = (entry.began_ns + self._offset_ns) // 1_000_000
        if entry.values is None and not self.keeps_values:
            self._entries.append(entry)
            return
        with self._lock:
            if not self.keeps_values:
                entry.values = None
            if len(self._entries) == self._entries.maxlen:
                # Its connection may still hold it.
                self._entries[0].values = None
            self._entries.append(entry)

    def read(
        self,
        *,
        after: int = 0,
        method: str | None = None,
        requests: Collection[str] | None = None,
        limit: int = KEPT,
    ) -> list[Entry]:
        """The latest entries, oldest first.

        Args:
            after: only those numbered higher.
            method: only of this method.
            requests: only of the requests with these keys.
            limit: how many at most.
        """
        found: list[Entry] = []
        for entry in reversed(self._entries.copy()):
            if entry.n <= after or len(found) >= limit:
                break
            wanted = (method is None or entry.cause.method == method) and (
                requests is None or entry.cause.request in requests
            )
            if wanted:
                found.append(entry)
        found.reverse()
        return found

    def keep_values(self) -> None:
        """Keep values from now on, until nobody has asked for it for a while."""
        with self._lock:
            self._keeps_until = time.monotonic() + self._keep_values_s
            self.keeps_values = True
            if self._timer is None:
                self._start_timer(self._keep_values_s)

    def forget_values(self) -> None:
        """Keep values no longer, and forget those that were kept."""
        with self._lock:
            self._forget()

    def _start_timer(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._look_at_clock)
        self._timer.daemon = True
        self._timer.name = "statement-values"
        self._timer.start()

    def _look_at_clock(self) -> None:
        with self._lock:
            if self._timer is not threading.current_thread():
                return
            left = self._keeps_until - time.monotonic()
            if left > 0:
                self._start_timer(left)
            else:
                self._forget()

    def _forget(self) -> None:
        self.keeps_values = False
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        for entry in self._entries.copy():
            entry.values = None


class _Watch:
    """What the cursors of one connection have in common."""

    __slots__ = ("_last", "_log", "_reads")

    def __init__(self, log: StatementLog, *, reads: bool) -> None:
        self._log = log
        self._reads = reads
        self._last: Entry | None = None

    def note(self, sql: str, values: Values, began_ns: int, times: int = 1) -> Entry:
        """Note a statement that was begun and has come to its first row, or its end."""
        took_ns = time.perf_counter_ns() - began_ns
        cause = CAUSE.get()
        entry = self._last
        if (
            entry is None
            or entry.cause is not cause
            or entry.sql != sql
            or began_ns - entry.began_ns > _JOINED_NS
        ):
            verb = sql.lstrip()[:7].upper()
            asks = self._reads or verb.startswith(_QUESTIONS)
            entry = Entry(cause, "read" if asks else "write", sql[:_LONGEST_SQL], began_ns)
            if verb.startswith(_CHANGES):
                entry.rows = 0
            if self._log.keeps_values and values:
                entry.values = _shorten_all(values)
            if verb.startswith(_WITH_KEYS) and _SECRET.match(sql):
                return entry
            self._log.add(entry)
            self._last = entry
        entry.took_ns += took_ns
        entry.times += times
        return entry


class _Cursor(apsw.Cursor):  # type: ignore[misc] # apsw has no types
    """Notes what it runs, and how long that takes until its last row was fetched."""

    def __init__(self, connection: apsw.Connection, watch: _Watch) -> None:
        super().__init__(connection)
        self._watch = watch
        self._entry: Entry | None = None

    def execute(self, statements: str, bindings: Any = None, **options: Any) -> _Cursor:
        """Run it; see `apsw.Cursor.execute`."""
        began = time.perf_counter_ns()
        try:
            super().execute(statements, bindings, **options)
        finally:
            entry = self._entry = self._watch.note(statements, bindings, began)
        if entry.rows is not None:
            entry.rows += self.connection.changes()
        return self

    def executemany(self, statements: str, sequenceofbindings: Iterable[Any], **options: Any) -> _Cursor:
        """Run it for each of several values; see `apsw.Cursor.executemany`."""
        rows = list(sequenceofbindings)
        began = time.perf_counter_ns()
        try:
            super().executemany(statements, rows, **options)
        finally:
            entry = self._entry = self._watch.note(statements, rows[0] if rows else None, began, len(rows))
            # SQLite tells the changes of the last time only.
            entry.rows = None
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        began = time.perf_counter_ns()
        try:
            rows: list[tuple[Any, ...]] = super().fetchall()
            return rows
        finally:
            if self._entry is not None:
                self._entry.took_ns += time.perf_counter_ns() - began

    def __iter__(self) -> Iterator[Any]:
        # No frame of Python for each row. (apsw's own iterator is the cursor itself, which leads here.)
        return itertools.chain(iter(self.fetchone, None), self._end(time.perf_counter_ns()))

    def _end(self, began_ns: int) -> Iterator[Any]:
        """Yields nothing: it comes behind the last row."""
        if self._entry is not None:
            self._entry.took_ns += time.perf_counter_ns() - began_ns
        yield from ()


def _shorten_all(values: Values) -> list[Any] | dict[str, Any]:
    if isinstance(values, dict):
        return {name: _shorten(value) for name, value in itertools.islice(values.items(), _MOST_VALUES)}
    return [_shorten(value) for value in itertools.islice(values or (), _MOST_VALUES)]


def _shorten(value: object) -> object:
    """A value as a log can show it; the shapes are those of a cell of the explorer's."""
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT:
            return {"kind": "text", "value": value[:_LONGEST_TEXT], "length": len(value)}
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return {"kind": "blob", "bytes": len(value), "hex": bytes(value[:16]).hex()}
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(type(value).__name__)
