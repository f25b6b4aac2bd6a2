"""What can be wrong with a database, and what of it can be made anew. A person's rows are never deleted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from host.storage import fulltext, jobs, vector_gaps
from host.storage.cancelling import cancellable
from host.storage.codes import WHOLE_PAGE
from host.storage.statistics import read_problems
from host.storage.vector_spaces import read_spaces

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

    from host.storage.cancelling import Cancelling
    from host.storage.vector_spaces import StoredSpace

# Whose rows are made from pages, and stand for nothing without them.
DERIVED = frozenset({"page_chunks", "jobs"})
# What SQLite says of an index that lacks a row, or has one too many.
_ABOUT_INDEXES = ("missing from index", "wrong # of entries in index")


@dataclass(frozen=True)
class Fault:
    """Something derived that is not as it should be.

    Attributes:
        problem: what it is, for a person.
        mended: what was done about it.
        mend: does that, in a transaction.
    """

    problem: str
    mended: str
    mend: Callable[[apsw.Connection], None]


def check_file(connection: apsw.Connection, *, full: bool, cancelled: Cancelling) -> list[str]:
    """What SQLite finds wrong with the file, 20 problems at most; with `full` also in entries of indexes."""
    with cancellable(connection, cancelled):
        return read_problems(connection, "integrity_check" if full else "quick_check")


def are_about_indexes(problems: list[str]) -> bool:
    """Whether all of these are gone when the indexes are made anew."""
    return all(any(phrase in problem for phrase in _ABOUT_INDEXES) for problem in problems)


def rebuild_indexes(connection: apsw.Connection) -> None:
    """Make the indexes of every table anew."""
    connection.execute("REINDEX")


def count_orphans(connection: apsw.Connection, *, cancelled: Cancelling) -> dict[str, int]:
    """How many rows refer to something that is gone, by table."""
    with cancellable(connection, cancelled):
        return dict(Counter(str(row[0]) for row in connection.execute("PRAGMA foreign_key_check")))


def delete_derived_orphans(connection: apsw.Connection) -> int:
    """Delete the rows of `DERIVED` tables whose page is gone; returns how many."""
    before = connection.total_changes()
    for table in sorted(DERIVED):
        connection.execute(f"DELETE FROM {table} WHERE page_id NOT IN (SELECT id FROM pages)")
    return int(connection.total_changes() - before)


def index_agrees(connection: apsw.Connection, *, cancelled: Cancelling) -> bool:
    """Whether full text says of every word what the pages say; on the write connection."""
    with cancellable(connection, cancelled):
        return fulltext.check_index(connection)


def index_counts_agree(connection: apsw.Connection) -> bool:
    """Whether full text has an entry for each page."""
    count = "SELECT (SELECT count(*) FROM pages_fts_docsize) = (SELECT count(*) FROM pages)"
    return bool(connection.execute(count).fetchall()[0][0])


def find_vector_faults(connection: apsw.Connection, *, cancelled: Cancelling) -> list[Fault]:
    """Where vectors, their codes, passages and pages do not fit together.

    Once these are mended there may be others: what has lost its vector then lacks one.
    """
    found = []
    with cancellable(connection, cancelled):
        for space in read_spaces(connection):
            if space.role == "leaving":
                continue
            found += [
                fault
                for fault in (_find_stray(connection, space), _find_hollow(connection, space))
                if fault is not None
            ]
            kind = {"active": jobs.EMBED, "building": jobs.REEMBED}.get(space.role)
            gap = _find_gap(connection, space, kind) if kind else None
            found += [gap] if gap else []
    return found


def _find_stray(connection: apsw.Connection, space: StoredSpace) -> Fault | None:
    """Vectors and codes of what is gone, and vectors without a code."""
    # sqlite-vec keeps a row of each vector's place, which is quicker to read than its tables.
    strays = {
        space.code_table: f"page_id NOT IN (SELECT id FROM pages) OR (chunk_id <> {WHOLE_PAGE:d}"
        " AND chunk_id NOT IN (SELECT id FROM page_chunks))",
        space.chunk_table: f"rowid NOT IN (SELECT chunk_id FROM {space.code_table})"
        " OR rowid NOT IN (SELECT id FROM page_chunks)",
        space.page_table: f"rowid NOT IN (SELECT page_id FROM {space.code_table}"
        f" WHERE chunk_id = {WHOLE_PAGE:d}) OR rowid NOT IN (SELECT id FROM pages)",
    }
    keys = {space.code_table: "seq", space.chunk_table: "chunk_id", space.page_table: "page_id"}
    found = {}
    for table, which in strays.items():
        source = table if table == space.code_table else f"{table}_rowids"
        rows = connection.execute(f"SELECT rowid FROM {source} WHERE {which}")
        found[table] = [int(row[0]) for row in rows]
    count = sum(map(len, found.values()))
    if not count:
        return None

    def delete(each: apsw.Connection) -> None:
        for table, ids in found.items():
            each.executemany(f"DELETE FROM {table} WHERE {keys[table]} = ?", [(one,) for one in ids])

    return Fault(
        f"{count} vectors of {space.model_id} stand for nothing that is there.",
        f"{count} vectors that stood for nothing were deleted.",
        delete,
    )


def _find_hollow(connection: apsw.Connection, space: StoredSpace) -> Fault | None:
    """Codes that claim a vector which is not there; one of zeros says that there is nothing to embed."""
    rows = connection.execute(
        f"SELECT seq FROM {space.code_table} WHERE"
        f" (chunk_id <> {WHOLE_PAGE:d} AND chunk_id NOT IN (SELECT rowid FROM {space.chunk_table}_rowids))"
        f" OR (chunk_id = {WHOLE_PAGE:d} AND code <> zeroblob(length(code))"
        f" AND page_id NOT IN (SELECT rowid FROM {space.page_table}_rowids))"
    )
    ids = [(int(row[0]),) for row in rows]
    if not ids:
        return None

    def delete(each: apsw.Connection) -> None:
        each.executemany(f"DELETE FROM {space.code_table} WHERE seq = ?", ids)

    return Fault(
        f"{len(ids)} vectors of {space.model_id} are missing that should be there.",
        f"{len(ids)} vectors that were missing are no longer taken to be there.",
        delete,
    )


def _find_gap(connection: apsw.Connection, space: StoredSpace, kind: str) -> Fault | None:
    """Pages that lack a vector, and that nobody is about to make one for."""
    ids = vector_gaps.find_gaps(connection, space, without_job=kind)
    if not ids:
        return None
    return Fault(
        f"{len(ids)} pages lack a vector of {space.model_id}, and are not queued.",
        f"{len(ids)} pages were queued for their vectors.",
        partial(jobs.queue_pages, kind=kind, page_ids=ids),
    )
