"""Running one statement of a person: prepared, bound, and its rows page by page."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import apsw
from apsw.ext import query_info

from host.core.errors import InvalidInput
from host.storage.explorer_authorizer import ROWS_ONLY, WRITE_MODE, Authorizer
from host.storage.explorer_cells import CellMaker, cut_name, measure_cells
from host.storage.explorer_errors import ERRORS, explain
from host.storage.explorer_tables import list_insides
from host.storage.explorer_text import find_statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from host.storage.explorer_limits import Watch

# Of the rows of one answer; a frame to a browser is below 1 MiB.
ANSWER_BYTES = 700_000
MOST_PLAN_STEPS = 300
LONGEST_STEP = 400


@dataclass(frozen=True)
class Prepared:
    """What the engine makes of a statement.

    Attributes:
        sql: the statement alone.
        columns: names of its result's columns.
        parameters: a name for each of its places: without sign, positional ones as "1", "2", …; None for a
            place that the statement does not use.
        writes: whether it changes rows.
        explains: whether it begins with EXPLAIN.
    """

    sql: str
    columns: list[str]
    parameters: list[str | None]
    writes: bool
    explains: bool

    @property
    def names(self) -> list[str]:
        """The names that want a value, each once."""
        return list(dict.fromkeys(name for name in self.parameters if name is not None))


@dataclass(frozen=True)
class PlanStep:
    """One step of EXPLAIN QUERY PLAN."""

    id: int
    parent: int
    detail: str


@dataclass
class Rows:
    """Some rows of a result.

    Attributes:
        cells: as `CellMaker` makes them.
        truncated: there are more.
    """

    cells: list[list[Any]] = field(default_factory=list)
    truncated: bool = False


class Run:
    """One statement on one connection, held by its rules and watched."""

    def __init__(
        self, connection: apsw.Connection, sql: str, watch: Watch, *, write: bool, asks: bool = False
    ) -> None:
        """Take the statement; nothing is prepared yet.

        Args:
            connection: from `open_explorer`.
            sql: as it was typed.
            watch: ends it.
            write: whether it may change rows.
            asks: it is not going to be run, so that one that changes rows may be looked at.
        """
        self.connection = connection
        self.watch = watch
        self.authorizer = Authorizer(
            write=write or asks, insides=list_insides(connection) if write or asks else frozenset()
        )
        self._asks = asks
        self._write = write
        self._typed = sql

    @contextmanager
    def guard(self, *, rules: bool = True) -> Iterator[None]:
        """Hold the connection to the rules and the time meanwhile, and put errors into words.

        Args:
            rules: False for statements of ours.
        """
        self.connection.authorizer = self.authorizer if rules else None
        self.watch.attach(self.connection)
        try:
            yield
        except ERRORS as error:
            raise explain(error, self._typed, self.connection, self.authorizer, self.watch) from error
        finally:
            self.connection.authorizer = None
            self.connection.set_progress_handler(None)

    @contextmanager
    def hold_snapshot(self) -> Iterator[None]:
        """Have everything that is read meanwhile be of one moment."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    def prepare(self) -> Prepared:
        """Have the engine read the statement.

        Raises:
            InvalidInput: it is not one statement, not SQL, or not allowed.
        """
        begin, end = find_statement(self._typed)
        # What stands before it stays, so that places are those of the text.
        sql = self._typed[:end]
        with self.guard():
            self.authorizer.preparing = True
            found = query_info(self.connection, sql)
            self.authorizer.preparing = False
        if found.query_remaining:
            text = found.query_remaining.strip()[:40]
            message = f"Only one statement is run at a time; another one follows: {text!r}."
            raise InvalidInput(message, fix="Remove it, or run it by itself.")
        changes = self.authorizer.changes
        allowed = self.authorizer.reads_pragma or (changes and (self._write or self._asks))
        if not found.is_readonly and not allowed:
            message = "The statement would change the database."
            raise InvalidInput(message, fix=WRITE_MODE if changes else ROWS_ONLY)
        columns = [str(column[0]) for column in found.description]
        return Prepared(
            sql=sql[begin:],
            columns=[cut_name(name, len(columns)) for name in columns],
            parameters=_name_parameters(found.bindings_names),
            writes=changes and not found.is_readonly,
            explains=bool(found.is_explain),
        )

    def plan(self, prepared: Prepared, params: Any) -> list[PlanStep]:
        """How the engine goes about it; empty for an EXPLAIN."""
        if prepared.explains:
            return []
        steps = []
        with self.guard():
            values = bind(prepared, params) if params is not None else apsw._null_bindings
            for row in self.connection.execute(prepared.sql, values, can_cache=False, explain=2):
                steps.append(PlanStep(int(row[0]), int(row[1]), str(row[3])[:LONGEST_STEP]))
                if len(steps) == MOST_PLAN_STEPS:
                    break
        return steps

    def iterate(self, prepared: Prepared, params: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of the result, to be read within `guard`."""
        values = bind(prepared, params)
        for row in self.connection.execute(prepared.sql, values, can_cache=False):
            yield row
            if self.watch.look():
                raise apsw.InterruptError

    def read(
        self,
        prepared: Prepared,
        params: Any,
        *,
        limit: int,
        offset: int,
        dimensions: Collection[int],
        to_end: bool = False,
    ) -> Rows:
        """Run the statement and take some of its rows.

        Args:
            prepared: the statement.
            params: by name or by position.
            limit: rows at most.
            offset: rows to pass over.
            dimensions: of vectors, to know them by.
            to_end: go through all rows, for a statement that changes some as it goes.
        """
        maker, rows, size = CellMaker(len(prepared.columns), dimensions), Rows(), 0
        with self.guard():
            for number, row in enumerate(self.iterate(prepared, params)):
                if number < offset or rows.truncated:
                    continue
                cells = [maker.make(value) for value in row]
                size += measure_cells(cells)
                if len(rows.cells) >= limit or size > ANSWER_BYTES:
                    rows.truncated = True
                    if not to_end:
                        break
                else:
                    rows.cells.append(cells)
        return rows


def bind(prepared: Prepared, params: Any) -> list[Any]:
    """A value for each place of the statement.

    Raises:
        InvalidInput: one is missing, or there are too many.
    """
    if isinstance(params, list) and len(params) == len(prepared.names):
        # In the order of their names, which leave out places that are not used.
        params = dict(zip(prepared.names, params, strict=True))
    if isinstance(params, list):
        if len(params) != len(prepared.parameters):
            message = f"The statement has {len(prepared.parameters)} parameters; {len(params)} were given."
            raise InvalidInput(message, fix=_tell_names(prepared))
        return [_plain(value) for value in params]
    given = {str(name).lstrip(":@$?"): value for name, value in (params or {}).items()}
    missing = [name for name in prepared.names if name not in given]
    if missing:
        message = f"Parameters without a value: {', '.join(missing)}."
        raise InvalidInput(message, fix="Give each a value; null is one.")
    return [None if name is None else _plain(given[name]) for name in prepared.parameters]


def _tell_names(prepared: Prepared) -> str | None:
    return "They are: " + ", ".join(prepared.names) if prepared.names else "Give none."


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _name_parameters(names: Sequence[str | None]) -> list[str | None]:
    # With numbers (?5) the places before may be unused; the engine does not say which.
    numbered = any(name is not None and name.isdigit() for name in names)
    return [
        name if name is not None else (None if numbered else str(place))
        for place, name in enumerate(names, start=1)
    ]
