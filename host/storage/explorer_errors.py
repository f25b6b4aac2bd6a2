"""What went wrong with a statement, in words that say where and what to do."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import apsw

from host.core.errors import (
    AppError,
    Cancelled,
    DatabaseCorrupt,
    DiskFull,
    InvalidInput,
    StorageError,
    Timeout,
    TooLarge,
)
from host.storage.explorer_tables import list_tables
from host.storage.explorer_text import describe_place

if TYPE_CHECKING:
    from host.storage.explorer_authorizer import Authorizer
    from host.storage.explorer_limits import Watch

ERRORS = (apsw.Error, MemoryError, OverflowError, TypeError, UnicodeError)

_NO_COLUMN = re.compile(r"no such column: (?:.*\.)?(.+)")
_NO_TABLE = re.compile(r"no such table: (?:.*\.)?(.+)")
_NO_FUNCTION = re.compile(r"no such function: (.+)")
_SHOWN_NAMES = 30
_FIXES = {
    "Recursion limit": "Nest it less deeply.",
    "Expression tree is too large": "Write it with fewer terms, or as a join.",
    "may not be modified": "Only rows of tables can be changed here, and only in write mode.",
    "k value in knn query": "Ask for 4096 neighbours at most.",
    "unable to use function MATCH": "MATCH works on pages_fts and on columns of vectors.",
}


def explain(
    error: BaseException,
    sql: str,
    connection: apsw.Connection,
    authorizer: Authorizer,
    watch: Watch,
) -> AppError:
    """Our error for one that a statement brought.

    Args:
        error: one of `ERRORS`.
        sql: the statement that was given to the engine.
        connection: where it ran; asked for names.
        authorizer: may have refused it.
        watch: may have ended it.
    """
    if watch.stopped == "cancelled":
        return Cancelled("The statement was cancelled.")
    if watch.stopped == "time":
        return out_of_time()
    if authorizer.refusal and "not authorized" in str(error):
        return InvalidInput(authorizer.refusal.what, fix=authorizer.refusal.fix)
    known = next((made for kind, made in _KINDS.items() if isinstance(error, kind)), None)
    if known is not None:
        # An exception that is raised twice would carry its first traceback along.
        return type(known)(known.message, fix=known.fix)
    if not isinstance(error, apsw.Error):
        return InvalidInput(f"A value cannot be passed on ({type(error).__name__}).")
    return _explain_sql(error, sql, connection, authorizer)


def out_of_time() -> Timeout:
    """The error of a statement whose time was up."""
    fix = "Allow it more time, ask for fewer rows (WHERE, LIMIT), or look at its plan for a SCAN."
    return Timeout("The statement did not end within its time.", fix=fix)


def out_of_memory() -> TooLarge:
    """The error of a statement that wanted too much memory."""
    fix = "Sort or join less at once: choose fewer columns, or narrow it with WHERE."
    return TooLarge("The statement needed more memory than it may take.", fix=fix)


_KINDS: dict[type[BaseException], AppError] = {
    OverflowError: InvalidInput("An integer has more than 64 bits.", fix="Give it as text, or as a real."),
    UnicodeEncodeError: InvalidInput(
        "The statement or a value holds half a character (a lone surrogate).", fix="Type it again."
    ),
    UnicodeDecodeError: InvalidInput(
        "A text in the result is not valid UTF-8.", fix="Show its bytes: hex(...) or CAST(... AS BLOB)"
    ),
    apsw.NoMemError: out_of_memory(),
    MemoryError: out_of_memory(),
    apsw.TooBigError: TooLarge(
        "A value grew beyond the largest that is allowed, 64 MiB.", fix="Cut it: substr(…, 1, 1000)"
    ),
    apsw.InterruptError: Cancelled("The statement was cancelled."),
    apsw.FullError: DiskFull(
        "The disk is full, or the database would grow by more than 1 GiB. Nothing was changed.",
        fix="Change fewer rows at once, or free some disk space.",
    ),
    apsw.CorruptError: DatabaseCorrupt("The history database is damaged.", fix="Run: ai-history doctor"),
    apsw.NotADBError: DatabaseCorrupt("The history database cannot be read.", fix="Run: ai-history doctor"),
    apsw.BusyError: StorageError(
        "Another program is writing to the history just now.", fix="Try again in a moment."
    ),
    apsw.LockedError: StorageError("The table is in use just now.", fix="Try again in a moment."),
    apsw.ReadOnlyError: InvalidInput(
        "The statement would change the database.", fix="Only statements that read are run here."
    ),
}


def _explain_sql(
    error: apsw.Error, sql: str, connection: apsw.Connection, authorizer: Authorizer
) -> InvalidInput:
    """The engine's own words, the place, and a fix where its words name something that is nearly there."""
    message = str(error)
    fix = _find_fix(message, sql, connection, authorizer)
    offset = getattr(error, "error_offset", -1)
    if offset >= 0:
        # SQLite counts bytes.
        characters = len(sql.encode("utf-8")[:offset].decode("utf-8", "ignore"))
        message = f"{message} ({describe_place(sql, characters)})"
    return InvalidInput(message, fix=fix)


def _find_fix(message: str, sql: str, connection: apsw.Connection, authorizer: Authorizer) -> str | None:
    # The questions below are ours.
    connection.authorizer = None
    try:
        if match := _NO_COLUMN.match(message):
            return _suggest_column(match[1], sql, connection)
        if match := _NO_TABLE.match(message):
            tables = [table.name for table in list_tables(connection) if table.kind != "shadow"]
            return _suggest(match[1], tables) or "Tables: " + ", ".join(tables[:_SHOWN_NAMES])
        if match := _NO_FUNCTION.match(message):
            names = [row[0] for row in connection.execute("SELECT DISTINCT name FROM pragma_function_list")]
            return _suggest(match[1], names) or "See the list of functions."
    except apsw.Error:
        return None
    finally:
        connection.authorizer = authorizer
    return next((fix for words, fix in _FIXES.items() if words in message), None)


def _suggest_column(name: str, sql: str, connection: apsw.Connection) -> str | None:
    words = {word.lower() for word in re.findall(r"\w+", sql)}
    named = [table.name for table in list_tables(connection) if table.name.lower() in words]
    columns = {
        table: [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
        for table in named
    }
    near = _suggest(name, [column for known in columns.values() for column in known])
    if near:
        return near
    lists = [f"the table {table} has: {', '.join(known[:_SHOWN_NAMES])}" for table, known in columns.items()]
    text = "; ".join(lists)
    return text[:1].upper() + text[1:] if text else None


def _suggest(name: str, known: list[str]) -> str | None:
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.75)
    return f"Did you mean {near[0]}?" if near else None
