"""Vectors of passages and pages in sqlite-vec, and the search over them.

The vec0 tables of a space hold float32 vectors of length 1; its codes their signs, which `CodeIndex` keeps in
memory to find the few that are worth comparing exactly. All of them are derived data. There may be several
spaces (see `vector_spaces`): one is stored to and searched at a time, and deletions go to all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from host.storage import codes
from host.storage.codes import WHOLE_PAGE, CodeIndex, Distances
from host.storage.vector_spaces import read_spaces, remove_space

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import apsw

    from host.storage.filters import PageFilter
    from host.storage.vector_spaces import StoredSpace

Vector = NDArray[np.float32]

# Vectors that are deleted in one transaction: writers behind it wait about 20 ms.
EMPTIED_AT_ONCE = 400


@dataclass(frozen=True)
class VectorHit:
    """A passage, or a page as a whole (`chunk_id` None), and the cosine of its vector with the query's."""

    page_id: int
    chunk_id: int | None
    cosine: float


@dataclass(frozen=True)
class Comparison:
    """A query beside everything that a space holds.

    Attributes:
        space: what was compared with.
        query: float32, length 1.
        distances: of the codes.
    """

    space: StoredSpace
    query: Vector
    distances: Distances

    def measure(self, data: bytes) -> float:
        """The cosine of a stored vector with the query."""
        return float(np.frombuffer(data, dtype=np.float32) @ self.query)


def store_chunk_vectors(
    connection: apsw.Connection, space: StoredSpace, rows: Iterable[tuple[int, int, Vector]]
) -> None:
    """Store vectors for (chunk id, page id, vector). Passages deleted meanwhile are passed over."""
    for chunk_id, page_id, vector in rows:
        known = connection.execute(
            "SELECT 1 FROM page_chunks WHERE id = ? AND page_id = ?", (chunk_id, page_id)
        )
        if known.fetchall():
            connection.execute(f"DELETE FROM {space.chunk_table} WHERE chunk_id = ?", (chunk_id,))
            connection.execute(
                f"INSERT INTO {space.chunk_table} (chunk_id, embedding) VALUES (?, ?)",
                (chunk_id, vector.astype(np.float32).tobytes()),
            )
            _store_code(connection, space, page_id, chunk_id, vector)


def store_page_vector(
    connection: apsw.Connection, space: StoredSpace, page_id: int, vector: Vector | None
) -> None:
    """Store the vector of a page's title and lead; None when there is nothing to be embedded.

    Kept spaces, where nobody makes a new one, lose theirs if it is that of an older text.
    """
    if not connection.execute("SELECT 1 FROM pages WHERE id = ?", (page_id,)).fetchall():
        return
    connection.execute(f"DELETE FROM {space.page_table} WHERE page_id = ?", (page_id,))
    if vector is not None:
        connection.execute(
            f"INSERT INTO {space.page_table} (page_id, embedding) VALUES (?, ?)",
            (page_id, vector.astype(np.float32).tobytes()),
        )
    # Without a vector the code only says that the page was looked at.
    made = np.zeros(space.dimensions, dtype=np.float32) if vector is None else vector
    _store_code(connection, space, page_id, WHOLE_PAGE, made)
    for other in read_spaces(connection):
        if other.role == "kept" and other.id != space.id:
            rows = connection.execute(
                f"SELECT page_id, chunk_id FROM {other.code_table}"
                " WHERE page_id = ? AND chunk_id = ? AND outdated",
                (page_id, WHOLE_PAGE),
            )
            _delete_rows(connection, other, rows.fetchall())


def delete_chunk_vectors(connection: apsw.Connection, chunk_ids: Sequence[int]) -> None:
    """Remove the vectors of passages from every space."""
    named = [(chunk_id,) for chunk_id in chunk_ids]
    for space in read_spaces(connection) if named else []:
        connection.executemany(f"DELETE FROM {space.chunk_table} WHERE chunk_id = ?", named)
        connection.executemany(
            f"DELETE FROM {space.code_table} WHERE chunk_id = ?1"
            " AND page_id = (SELECT page_id FROM page_chunks WHERE id = ?1)",
            named,
        )


def delete_page_vectors(connection: apsw.Connection, page_ids: Sequence[int]) -> None:
    """Remove the vectors of pages as a whole, and the codes of their passages, from every space."""
    named = [(page_id,) for page_id in page_ids]
    for space in read_spaces(connection) if named else []:
        connection.executemany(f"DELETE FROM {space.page_table} WHERE page_id = ?", named)
        connection.executemany(f"DELETE FROM {space.code_table} WHERE page_id = ?", named)


def empty_leaving(connection: apsw.Connection, limit: int = EMPTIED_AT_ONCE) -> bool:
    """Delete some vectors of a space that is on its way out, and its tables with the last of them.

    Returns:
        whether there was anything to do.
    """
    leaving = [space for space in read_spaces(connection) if space.role == "leaving"]
    if not leaving:
        return False
    rows = connection.execute(f"SELECT page_id, chunk_id FROM {leaving[0].code_table} LIMIT ?", (limit,))
    found = rows.fetchall()
    _delete_rows(connection, leaving[0], found)
    if len(found) < limit:
        remove_space(connection, leaving[0])
    return True


def find_orphans(
    connection: apsw.Connection, limit: int = EMPTIED_AT_ONCE
) -> list[tuple[StoredSpace, list[tuple[int, int]]]]:
    """Vectors whose page or passage is gone: it was deleted while sqlite-vec could not be loaded.

    Returns:
        (space, (page id, passage id) of some of them) of each space that has any.
    """
    found = []
    for space in read_spaces(connection):
        rows = connection.execute(
            f"SELECT page_id, chunk_id FROM {space.code_table} AS had WHERE"
            " NOT EXISTS (SELECT 1 FROM pages WHERE id = had.page_id)"
            f" OR (chunk_id <> {WHOLE_PAGE:d} AND NOT EXISTS"
            " (SELECT 1 FROM page_chunks WHERE id = had.chunk_id)) LIMIT ?",
            (limit,),
        ).fetchall()
        if rows:
            found.append((space, rows))
    return found


def delete_orphans(connection: apsw.Connection) -> None:
    """Delete what `find_orphans` finds."""
    for space, rows in find_orphans(connection):
        _delete_rows(connection, space, rows)


def compare_codes(
    connection: apsw.Connection, index: CodeIndex, space: StoredSpace, query: Vector
) -> Comparison | None:
    """Compare `query` (float32, length 1) with every code of a space.

    Returns:
        None when the space is gone, or of another dimension than the query.
    """
    if len(query) != space.dimensions or all(found.id != space.id for found in read_spaces(connection)):
        return None
    return Comparison(space, query, index.measure(connection, space, query))


def search_vectors(
    connection: apsw.Connection,
    comparison: Comparison,
    limit: int,
    page_filter: PageFilter | None = None,
) -> list[VectorHit]:
    """The passages and pages nearest to a query.

    Args:
        connection: a connection with sqlite-vec.
        comparison: of the query, from `compare_codes`.
        limit: how many vectors are compared exactly.
        page_filter: narrows the pages.

    Returns:
        hits with exact cosines, nearest first.
    """
    distances = comparison.distances
    if page_filter and not page_filter.empty:
        clause, values = page_filter.to_subquery()
        distances = distances.of_pages([int(row[0]) for row in connection.execute(clause, values)])
    return _compare(connection, comparison, distances.nearest(limit))


def compare_pages(
    connection: apsw.Connection,
    comparison: Comparison,
    page_ids: Sequence[int],
    known: Collection[tuple[int, int | None]] = (),
) -> list[VectorHit]:
    """The exact cosines of given pages: of the passage nearest by its code, and of title and lead.

    Args:
        connection: a connection with sqlite-vec.
        comparison: of the query, from `compare_codes`.
        page_ids: the pages.
        known: (page id, passage id or None) of vectors that need no comparing.
    """
    if not page_ids:
        return []
    named = comparison.distances.of_pages(page_ids).nearest_of_each()
    return _compare(
        connection,
        comparison,
        [(page, chunk) for page, chunk in named if (page, chunk or None) not in known],
    )


def compare_passages(
    connection: apsw.Connection, comparison: Comparison, page_ids: Sequence[int], limit: int
) -> dict[int, float]:
    """The exact cosines of the passages of given pages, by passage id.

    Args:
        connection: a connection with sqlite-vec.
        comparison: of the query, from `compare_codes`.
        page_ids: the pages.
        limit: how many passages of a page at most, those nearest by their codes.
    """
    if not page_ids:
        return {}
    named = comparison.distances.of_pages(page_ids).nearest_of_each(limit)
    hits = _compare(connection, comparison, [(page, chunk) for page, chunk in named if chunk != WHOLE_PAGE])
    return {hit.chunk_id: hit.cosine for hit in hits if hit.chunk_id is not None}


def _compare(
    connection: apsw.Connection, comparison: Comparison, named: Iterable[tuple[int, int]]
) -> list[VectorHit]:
    space = comparison.space
    # A vector that was stored again has an old code beside its new one.
    known = dict.fromkeys(named)
    leads = [page_id for page_id, chunk_id in known if chunk_id == WHOLE_PAGE]
    page_of = {chunk_id: page_id for page_id, chunk_id in known if chunk_id != WHOLE_PAGE}
    hits = [
        VectorHit(page_id, None, comparison.measure(data))
        for page_id, data in _read_vectors(connection, space.page_table, "page_id", leads)
    ]
    hits += [
        VectorHit(page_of[chunk_id], chunk_id, comparison.measure(data))
        for chunk_id, data in _read_vectors(connection, space.chunk_table, "chunk_id", list(page_of))
    ]
    return sorted(hits, key=lambda hit: (-hit.cosine, hit.page_id, hit.chunk_id or 0))


def _read_vectors(
    connection: apsw.Connection, table: str, key: str, ids: list[int]
) -> Iterator[tuple[int, bytes]]:
    """The (id, vector) of those that are there.

    sqlite-vec looks each of them up; where the ids come from a subquery it reads the whole table instead.
    """
    if not ids:
        return
    rows = connection.execute(
        f"SELECT {key}, embedding FROM json_each(?) AS wanted CROSS JOIN {table} ON {key} = wanted.value",
        (json.dumps(ids),),
    )
    yield from rows


def _delete_rows(connection: apsw.Connection, space: StoredSpace, rows: Iterable[tuple[int, int]]) -> None:
    for page_id, chunk_id in rows:
        if chunk_id == WHOLE_PAGE:
            connection.execute(f"DELETE FROM {space.page_table} WHERE page_id = ?", (page_id,))
        else:
            connection.execute(f"DELETE FROM {space.chunk_table} WHERE chunk_id = ?", (chunk_id,))
        connection.execute(
            f"DELETE FROM {space.code_table} WHERE page_id = ? AND chunk_id = ?", (page_id, chunk_id)
        )


def _store_code(
    connection: apsw.Connection, space: StoredSpace, page_id: int, chunk_id: int, vector: Vector
) -> None:
    # Replacing gives a new sequence number, so that indexes in memory see the change.
    connection.execute(
        f"INSERT OR REPLACE INTO {space.code_table} (page_id, chunk_id, code) VALUES (?, ?, ?)",
        (page_id, chunk_id, codes.make_code(vector)),
    )
