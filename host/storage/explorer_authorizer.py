"""Says of everything that a statement of a person would do whether it may. Asked by SQLite itself.

https://www.sqlite.org/c3ref/set_authorizer.html: SQLite asks while it prepares a statement, also for what
views, triggers, functions of tables and virtual tables do inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from host.storage.explorer_rules import FUNCTIONS, KEPT_BY_TRIGGERS, PRAGMAS, PRAGMAS_ABOUT

_READING = {apsw.SQLITE_SELECT, apsw.SQLITE_READ, apsw.SQLITE_RECURSIVE}
_CHANGING = {
    apsw.SQLITE_INSERT: "INSERT into",
    apsw.SQLITE_UPDATE: "UPDATE of",
    apsw.SQLITE_DELETE: "DELETE from",
}
_SCHEMA_TABLES = {"sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"}
_NAMES = {
    apsw.SQLITE_ALTER_TABLE: "ALTER TABLE",
    apsw.SQLITE_ANALYZE: "ANALYZE",
    apsw.SQLITE_ATTACH: "ATTACH, and VACUUM, which uses it,",
    apsw.SQLITE_DETACH: "DETACH",
    apsw.SQLITE_REINDEX: "REINDEX",
    apsw.SQLITE_SAVEPOINT: "SAVEPOINT",
    apsw.SQLITE_TRANSACTION: "BEGIN, COMMIT or ROLLBACK",
}
WRITE_MODE = "Write mode is off. Switch it on to change rows; a backup is taken first."
ROWS_ONLY = "Only rows can be changed here, and only in write mode."


@dataclass(frozen=True)
class Refusal:
    """Something that a statement would have done.

    Attributes:
        what: in words.
        fix: what to do instead.
    """

    what: str
    fix: str


class Authorizer:
    """The rules of one run.

    Attributes:
        preparing: only the statement itself is looked at now. What virtual tables do while it runs is asked
            about as well, and cannot be told from it.
        refusal: the first thing that was refused.
        changes: whether the statement changes rows.
        reads_pragma: whether a PRAGMA was allowed, which only reads then, whatever the engine makes of it.
    """

    def __init__(self, *, write: bool, insides: frozenset[str] = frozenset()) -> None:
        """Make them.

        Args:
            write: whether rows may be changed.
            insides: tables that virtual tables keep their rows in.
        """
        self._write = write
        self._insides = insides
        self.preparing = False
        self.refusal: Refusal | None = None
        self.changes = False
        self.reads_pragma = False

    def __call__(
        self, action: int, first: str | None, second: str | None, _database: str | None, within: str | None
    ) -> int:
        """SQLite's question: may this be done?"""
        refusal = self._consider(action, first, second, within)
        if refusal is None:
            return int(apsw.SQLITE_OK)
        self.refusal = self.refusal or refusal
        return int(apsw.SQLITE_DENY)

    def _consider(
        self, action: int, first: str | None, second: str | None, within: str | None
    ) -> Refusal | None:
        if action in _READING:
            return None
        if action == apsw.SQLITE_FUNCTION:
            if (second or "").lower() in FUNCTIONS:
                return None
            return Refusal(f"The function {second} is not available here.", "See the list of functions.")
        if action == apsw.SQLITE_PRAGMA:
            refusal = _consider_pragma((first or "").lower(), second)
            self.reads_pragma = refusal is None
            return refusal
        if action in _CHANGING:
            return self._consider_change(action, first or "", within)
        name = _NAMES.get(action) or _name_schema_change(action)
        return Refusal(f"{name} is not available here.", ROWS_ONLY)

    def _consider_change(self, action: int, table: str, within: str | None) -> Refusal | None:
        what = f"{_CHANGING[action]} {table} was refused."
        if table.lower() in _SCHEMA_TABLES:
            # What CREATE and DROP ask first.
            return Refusal("The schema was not changed: CREATE, DROP and ALTER are refused.", ROWS_ONLY)
        self.changes = True
        if not self._write:
            return Refusal(what, WRITE_MODE)
        if self.preparing and table in self._insides:
            return Refusal(what, "It is the inside of a virtual table. Change that one.")
        if within is None and table.lower() in KEPT_BY_TRIGGERS:
            return Refusal(what, "It follows the table pages by itself. Change that one.")
        return None


def _consider_pragma(name: str, argument: str | None) -> Refusal | None:
    if name in PRAGMAS_ABOUT or (name in PRAGMAS and argument is None):
        return None
    if name in PRAGMAS:
        return Refusal(f"PRAGMA {name} is read only here.", f"Leave out its argument: PRAGMA {name}")
    return Refusal(f"PRAGMA {name} is not available here.", "Only PRAGMAs that read are, such as table_info.")


def _name_schema_change(action: int) -> str:
    name = str(apsw.mapping_authorizer_function.get(action, action))
    return name.removeprefix("SQLITE_").replace("_", " ").replace("VTABLE", "VIRTUAL TABLE")
