"""Changing rows by hand: one statement in one transaction, its changes counted, kept or rolled back."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import apsw

from host.storage.explorer_errors import ERRORS, explain
from host.storage.explorer_schema import read_dimensions
from host.storage.explorer_statements import read_page
from host.storage.explorer_tables import list_insides

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.storage.explorer_running import Prepared, Run

_COUNTED = {apsw.SQLITE_INSERT: "inserted", apsw.SQLITE_UPDATE: "updated", apsw.SQLITE_DELETE: "deleted"}


@dataclass
class Changes:
    """Rows of one table that a statement changed.

    Attributes:
        table: its name.
        rows: in all; INSERT OR REPLACE of a row that was there counts as one deleted and one inserted.
        indirect: those of them that triggers and foreign keys changed.
    """

    table: str
    rows: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    indirect: int = 0


class ChangeCounter:
    """Counts the rows that a connection changes, by table, but for the insides of virtual tables."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._inside = list_insides(connection)
        self._found: dict[str, Changes] = {}
        connection.preupdate_hook(self._note)

    def _note(self, change: Any) -> None:
        table = str(change.table_name)
        if table in self._inside:
            return
        found = self._found.setdefault(table, Changes(table))
        found.rows += 1
        found.indirect += change.depth > 0
        kind = _COUNTED[change.opcode]
        setattr(found, kind, getattr(found, kind) + 1)

    @property
    def changes(self) -> list[Changes]:
        """What was counted: tables that the statement names first, then by name."""
        return sorted(self._found.values(), key=lambda found: (found.indirect == found.rows, found.table))


def change_rows(run: Run, asked: dict[str, Any], on_commit: Callable[[], None]) -> dict[str, Any]:
    """Run a statement that changes rows, and keep or roll back what it does.

    Args:
        run: the statement, on a connection that may write.
        asked: {params, plan, limit, offset, preview}.
        on_commit: called when nothing can take it back any more but the disk.

    Returns:
        as `read_page`, and {changes, changed, committed}.
    """
    prepared = run.prepare()
    if not prepared.writes:
        return {**read_page(run, asked), "changes": [], "changed": 0, "committed": False}
    with run.guard(rules=False):
        run.connection.execute("BEGIN IMMEDIATE")
    try:
        answer = _change(run, prepared, asked)
        if not asked["preview"]:
            if run.watch.look():
                raise explain(apsw.InterruptError(), "", run.connection, run.authorizer, run.watch)
            on_commit()
            _commit(run)
    finally:
        if run.connection.in_transaction:
            run.connection.execute("ROLLBACK")
    return {**answer, "committed": not asked["preview"]}


def _change(run: Run, prepared: Prepared, asked: dict[str, Any]) -> dict[str, Any]:
    dimensions = read_dimensions(run.connection)
    began = time.perf_counter()
    plan = run.plan(prepared, asked["params"]) if asked["plan"] else None
    counter = ChangeCounter(run.connection)
    try:
        rows = run.read(
            prepared,
            asked["params"],
            limit=asked["limit"],
            offset=asked["offset"],
            dimensions=dimensions,
            to_end=True,
        )
    finally:
        run.connection.preupdate_hook(None)
    changes = counter.changes
    return {
        "columns": prepared.columns,
        "rows": rows.cells,
        "truncated": rows.truncated,
        "took_ms": (time.perf_counter() - began) * 1000,
        "plan": None if plan is None else [asdict(step) for step in plan],
        "changes": [asdict(change) for change in changes],
        "changed": sum(change.rows for change in changes),
    }


def _commit(run: Run) -> None:
    try:
        run.connection.execute("COMMIT")
    except ERRORS as error:
        raise explain(error, "", run.connection, run.authorizer, run.watch) from error
