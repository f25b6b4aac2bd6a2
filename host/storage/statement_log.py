"""The statements that the product ran lately on one database, with timings. In memory only.

apsw's execution tracer says when a statement of ours begins, SQLite's profiling when it has ended. The time
between is taken here: SQLite's own is in whole milliseconds. Statements that full text and vectors run inside
one of ours are profiled too, but were never begun by us, which is how they are told apart.

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

from host.core.cause import CAUSE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import apsw

    from host.core.cause import Cause

    Values = Sequence[Any] | Mapping[str, Any] | None

KEPT = 1000
KEEP_VALUES_S = 600.0
_LONGEST_SQL = 20_000
_LONGEST_TEXT = 300
_MOST_VALUES = 100
# The same statement again and again (one vector after the other) is one entry, for so long.
_JOINED_NS = 1_000_000_000
# To SQLite a COMMIT only reads.
_QUESTIONS = ("SELECT", "WITH", "PRAGMA", "EXPLAIN")
_CHANGES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH")
_SECRET = re.compile(r"\s*(pragma|attach)\b.*key\b", re.IGNORECASE | re.DOTALL)


class Entry:
    """A statement that was run, or several that were the same and followed each other.

    Attributes:
        n: counts up, in the order in which statements ended.
        at: when it began, milliseconds since 1970.
        cause: on whose behalf.
        kind: of the connection's lane; a question on the write lane is a "read", too.
        sql: as it was written, so that it can be run again.
        took_ns: from its beginning to its end, all times together.
        times: how often it ran.
        rows: that it changed; None for a "read".
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
        watch = _Watch(self, connection)
        connection.set_exec_trace(watch.begin)
        connection.set_profile(watch.end)

    def add(self, entry: Entry) -> None:
        """Take in a statement that has ended."""
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
        """The latest entries, oldest first; never one that holds a key.

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
            if wanted and not _SECRET.match(entry.sql):
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
    """One connection's statements under way."""

    __slots__ = ("_connection", "_last", "_log", "_open", "_reads")

    def __init__(self, log: StatementLog, connection: apsw.Connection) -> None:
        self._log = log
        self._connection = connection
        self._reads = connection.readonly("main")
        self._last: Entry | None = None
        self._open: dict[str, tuple[Entry, int]] = {}

    def begin(self, cursor: apsw.Cursor, sql: str, values: Values) -> bool:
        """A statement is about to run; True lets it."""
        now = time.perf_counter_ns()
        cause = CAUSE.get()
        entry = self._last
        if entry is None or entry.cause is not cause or entry.sql != sql or now - entry.began_ns > _JOINED_NS:
            verb = sql.lstrip()[:7].upper()
            asks = self._reads or (verb.startswith(_QUESTIONS) and cursor.is_readonly)
            entry = Entry(cause, "read" if asks else "write", sql, now)
            if not asks and verb.startswith(_CHANGES):
                entry.rows = 0
            if self._log.keeps_values and values:
                entry.values = _shorten_all(values)
        self._open[sql.rstrip()] = (entry, now)
        return True

    def end(self, sql: str, _: int) -> None:
        """SQLite has ended a statement, ours or one inside of it."""
        found = self._open.pop(sql.rstrip(), None)
        if found is None:
            return
        entry, began = found
        entry.took_ns += time.perf_counter_ns() - began
        entry.times += 1
        if entry.rows is not None:
            entry.rows += self._connection.changes()
        if entry.n == 0:
            if len(entry.sql) > _LONGEST_SQL:
                entry.sql = entry.sql[:_LONGEST_SQL]
            self._log.add(entry)
            self._last = entry


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
