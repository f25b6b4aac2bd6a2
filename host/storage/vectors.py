"""Vectors of passages and pages in sqlite-vec, and the search over them.

`chunk_embeddings` and `page_embeddings` hold float32 vectors of length 1; `vector_codes` their signs, which
`CodeIndex` keeps in memory to find the few that are worth comparing exactly. All three are derived data:
made for one model, and dropped and filled anew when that changes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from host.storage import codes
from host.storage.codes import WHOLE_PAGE, CodeIndex, Distances

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import apsw

    from host.storage.filters import PageFilter

Vector = NDArray[np.float32]

_TABLES = ("chunk_embeddings", "page_embeddings", "vector_codes")


@dataclass(frozen=True)
class VectorHit:
    """A passage, or a page as a whole (`chunk_id` None), and the cosine of its vector with the query's."""

    page_id: int
    chunk_id: int | None
    cosine: float


@dataclass(frozen=True)
class VectorSpace:
    """What the stored vectors were made with."""

    model_id: str
    dimensions: int


def read_space(connection: apsw.Connection) -> VectorSpace | None:
    """What the tables were made for, or None when there are none yet."""
    rows = connection.execute("SELECT value FROM meta WHERE key = 'vector_space'").fetchall()
    return VectorSpace(**json.loads(rows[0][0])) if rows else None


def create_tables(connection: apsw.Connection, space: VectorSpace, *, anew: bool = False) -> bool:
    """Make the vector tables for `space`. Those of another model (or all, `anew`) are dropped.

    Pages and passages that had one wait for a new one then.

    Returns:
        whether anything changed.
    """
    if read_space(connection) == space and not anew:
        return False
    for table in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    size = f"{space.dimensions:d}"
    # Blocks of 128 rows keep the reading of one vector short (docs/benchmarks.md).
    connection.execute(
        "CREATE VIRTUAL TABLE chunk_embeddings USING vec0 (chunk_id INTEGER PRIMARY KEY,"
        f" embedding float[{size}] distance_metric=cosine, chunk_size=128)"
    )
    connection.execute(
        "CREATE VIRTUAL TABLE page_embeddings USING vec0 (page_id INTEGER PRIMARY KEY,"
        f" embedding float[{size}] distance_metric=cosine, chunk_size=128)"
    )
    connection.execute(codes.TABLE)
    connection.execute("UPDATE page_chunks SET embedded_with = NULL WHERE embedded_with IS NOT NULL")
    connection.execute("UPDATE pages SET embedded_with = NULL WHERE embedded_with IS NOT NULL")
    value = json.dumps({"model_id": space.model_id, "dimensions": space.dimensions})
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('vector_space', ?)", (value,))
    return True


def store_chunk_vectors(
    connection: apsw.Connection, model_id: str, rows: Iterable[tuple[int, int, Vector]]
) -> None:
    """Store vectors for (chunk id, page id, vector). Passages deleted meanwhile are passed over."""
    for chunk_id, page_id, vector in rows:
        connection.execute("UPDATE page_chunks SET embedded_with = ? WHERE id = ?", (model_id, chunk_id))
        if connection.changes():
            connection.execute("DELETE FROM chunk_embeddings WHERE chunk_id = ?", (chunk_id,))
            connection.execute(
                "INSERT INTO chunk_embeddings (chunk_id, embedding) VALUES (?, ?)",
                (chunk_id, vector.astype(np.float32).tobytes()),
            )
            _store_code(connection, page_id, chunk_id, vector)


def store_page_vector(connection: apsw.Connection, model_id: str, page_id: int, vector: Vector) -> None:
    """Store the vector of a page's title and lead."""
    connection.execute("UPDATE pages SET embedded_with = ? WHERE id = ?", (model_id, page_id))
    if connection.changes():
        connection.execute("DELETE FROM page_embeddings WHERE page_id = ?", (page_id,))
        connection.execute(
            "INSERT INTO page_embeddings (page_id, embedding) VALUES (?, ?)",
            (page_id, vector.astype(np.float32).tobytes()),
        )
        _store_code(connection, page_id, WHOLE_PAGE, vector)


def delete_chunk_vectors(connection: apsw.Connection, chunk_ids: Sequence[int]) -> None:
    """Remove the vectors of passages."""
    if chunk_ids and read_space(connection):
        named = [(chunk_id,) for chunk_id in chunk_ids]
        connection.executemany("DELETE FROM chunk_embeddings WHERE chunk_id = ?", named)
        connection.executemany(
            "DELETE FROM vector_codes WHERE chunk_id = ?1"
            " AND page_id = (SELECT page_id FROM page_chunks WHERE id = ?1)",
            named,
        )


def delete_page_vectors(connection: apsw.Connection, page_ids: Sequence[int]) -> None:
    """Remove the vectors of pages as a whole, and the codes of their passages."""
    if page_ids and read_space(connection):
        named = [(page_id,) for page_id in page_ids]
        connection.executemany("DELETE FROM page_embeddings WHERE page_id = ?", named)
        connection.executemany("DELETE FROM vector_codes WHERE page_id = ?", named)


def compare_codes(connection: apsw.Connection, index: CodeIndex, query: Vector) -> Distances | None:
    """Compare `query` (float32, length 1, of the stored dimension) with every code; None without vectors."""
    return index.measure(connection, query) if read_space(connection) else None


def search_vectors(
    connection: apsw.Connection,
    distances: Distances,
    query: Vector,
    limit: int,
    page_filter: PageFilter | None = None,
) -> list[VectorHit]:
    """The passages and pages nearest to `query`.

    Args:
        connection: a connection with sqlite-vec.
        distances: of the query, from `compare_codes`.
        query: the same query.
        limit: how many vectors are compared exactly.
        page_filter: narrows the pages.

    Returns:
        hits with exact cosines, nearest first.
    """
    if page_filter and not page_filter.empty:
        clause, values = page_filter.to_subquery()
        distances = distances.of_pages([int(row[0]) for row in connection.execute(clause, values)])
    return _compare(connection, query, distances.nearest(limit))


def compare_pages(
    connection: apsw.Connection,
    distances: Distances,
    query: Vector,
    page_ids: Sequence[int],
    known: Collection[tuple[int, int | None]] = (),
) -> list[VectorHit]:
    """The exact cosines of given pages: of the passage nearest by its code, and of title and lead.

    Args:
        connection: a connection with sqlite-vec.
        distances: of the query, from `compare_codes`.
        query: the same query.
        page_ids: the pages.
        known: (page id, passage id or None) of vectors that need no comparing.
    """
    if not page_ids:
        return []
    named = distances.of_pages(page_ids).nearest_of_each()
    return _compare(
        connection, query, [(page, chunk) for page, chunk in named if (page, chunk or None) not in known]
    )


def _compare(connection: apsw.Connection, query: Vector, named: Iterable[tuple[int, int]]) -> list[VectorHit]:
    hits = []
    # A vector that was stored again has an old code beside its new one.
    for page_id, chunk_id in dict.fromkeys(named):
        if chunk_id == WHOLE_PAGE:
            rows = connection.execute("SELECT embedding FROM page_embeddings WHERE page_id = ?", (page_id,))
        else:
            rows = connection.execute(
                "SELECT embedding FROM chunk_embeddings WHERE chunk_id = ?", (chunk_id,)
            )
        for (data,) in rows:
            cosine = float(np.frombuffer(data, dtype=np.float32) @ query)
            hits.append(VectorHit(page_id, None if chunk_id == WHOLE_PAGE else chunk_id, cosine))
    return sorted(hits, key=lambda hit: (-hit.cosine, hit.page_id, hit.chunk_id or 0))


def _store_code(connection: apsw.Connection, page_id: int, chunk_id: int, vector: Vector) -> None:
    # Replacing gives a new sequence number, so that indexes in memory see the change.
    connection.execute(
        "INSERT OR REPLACE INTO vector_codes (page_id, chunk_id, code) VALUES (?, ?, ?)",
        (page_id, chunk_id, codes.make_code(vector)),
    )
