"""Vectors of passages and pages in sqlite-vec, and the exact search over them.

`chunk_embeddings` and `page_embeddings` hold float32 vectors of length 1, `chunk_codes` one bit a
dimension. A small history is scanned exactly; a large one by bits first, then exactly over the best
(Yamada et al. 2021, https://arxiv.org/abs/2106.00882). The tables are derived data: they are made for
one model and dropped and filled anew when that changes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from host.storage.filters import PageFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import apsw

Vector = NDArray[np.float32]

# Up to here an exact scan is faster than bits and rescoring (docs/benchmarks.md).
EXACT_UP_TO = 15_000
# Candidates taken by bits for each one that is wanted.
OVERSAMPLE = 4
# sqlite-vec refuses more.
MAX_NEIGHBOURS = 4096

_TABLES = ("chunk_embeddings", "chunk_codes", "page_embeddings")


@dataclass(frozen=True)
class ChunkHit:
    """A passage and the cosine of its vector with the query's."""

    chunk_id: int
    page_id: int
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


def create_tables(connection: apsw.Connection, space: VectorSpace) -> bool:
    """Make the vector tables for `space`. Those of another model are dropped, and their pages wait again.

    Returns:
        whether anything changed.
    """
    if read_space(connection) == space:
        return False
    for table in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    size = f"{space.dimensions:d}"
    # Blocks of 128 rows keep the reading of one vector short (docs/benchmarks.md).
    connection.execute(
        "CREATE VIRTUAL TABLE chunk_embeddings USING vec0 (chunk_id INTEGER PRIMARY KEY, page_id INTEGER,"
        f" embedding float[{size}] distance_metric=cosine, chunk_size=128)"
    )
    connection.execute(
        f"CREATE VIRTUAL TABLE chunk_codes USING vec0 (chunk_id INTEGER PRIMARY KEY, code bit[{size}])"
    )
    connection.execute(
        "CREATE VIRTUAL TABLE page_embeddings USING vec0 (page_id INTEGER PRIMARY KEY,"
        f" embedding float[{size}] distance_metric=cosine, chunk_size=128)"
    )
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
        if not connection.changes():
            continue
        connection.execute("DELETE FROM chunk_embeddings WHERE chunk_id = ?", (chunk_id,))
        connection.execute("DELETE FROM chunk_codes WHERE chunk_id = ?", (chunk_id,))
        data = vector.astype(np.float32).tobytes()
        connection.execute(
            "INSERT INTO chunk_embeddings (chunk_id, page_id, embedding) VALUES (?, ?, ?)",
            (chunk_id, page_id, data),
        )
        connection.execute(
            "INSERT INTO chunk_codes (chunk_id, code) VALUES (?, vec_quantize_binary(?))", (chunk_id, data)
        )


def store_page_vector(connection: apsw.Connection, model_id: str, page_id: int, vector: Vector) -> None:
    """Store the vector of a page's title and lead."""
    connection.execute("UPDATE pages SET embedded_with = ? WHERE id = ?", (model_id, page_id))
    if connection.changes():
        connection.execute("DELETE FROM page_embeddings WHERE page_id = ?", (page_id,))
        connection.execute(
            "INSERT INTO page_embeddings (page_id, embedding) VALUES (?, ?)",
            (page_id, vector.astype(np.float32).tobytes()),
        )


def delete_chunk_vectors(connection: apsw.Connection, chunk_ids: Sequence[int]) -> None:
    """Remove the vectors of passages."""
    if chunk_ids and read_space(connection):
        connection.executemany("DELETE FROM chunk_embeddings WHERE chunk_id = ?", [(i,) for i in chunk_ids])
        connection.executemany("DELETE FROM chunk_codes WHERE chunk_id = ?", [(i,) for i in chunk_ids])


def delete_page_vectors(connection: apsw.Connection, page_ids: Sequence[int]) -> None:
    """Remove the vectors of pages."""
    if page_ids and read_space(connection):
        connection.executemany("DELETE FROM page_embeddings WHERE page_id = ?", [(i,) for i in page_ids])


def search_chunks(
    connection: apsw.Connection, query: Vector, limit: int, page_filter: PageFilter | None = None
) -> list[ChunkHit]:
    """The passages nearest to `query`.

    Args:
        connection: a connection with sqlite-vec.
        query: float32, length 1, of the stored dimension.
        limit: how many passages.
        page_filter: narrows the pages.

    Returns:
        hits, nearest first.
    """
    if read_space(connection) is None:
        return []
    narrow = ""
    values: tuple[object, ...] = ()
    if page_filter and not page_filter.empty:
        clause, values = page_filter.to_subquery()
        narrow = f" AND chunk_id IN (SELECT id FROM page_chunks WHERE page_id IN ({clause}))"  # noqa: S608
    data = query.astype(np.float32).tobytes()
    stored = int(connection.execute("SELECT count(*) FROM page_chunks").fetchall()[0][0])
    if stored <= EXACT_UP_TO or narrow:
        rows = connection.execute(
            "SELECT chunk_id, page_id, 1.0 - distance FROM chunk_embeddings"  # noqa: S608 - constants
            f" WHERE embedding MATCH ? AND k = ?{narrow}",
            (data, min(limit, MAX_NEIGHBOURS), *values),
        )
        hits = [ChunkHit(int(a), int(b), float(c)) for a, b, c in rows]
    else:
        coarse = connection.execute(
            "SELECT chunk_id FROM chunk_codes WHERE code MATCH vec_quantize_binary(?) AND k = ?",
            (data, min(limit * OVERSAMPLE, MAX_NEIGHBOURS)),
        ).fetchall()
        hits = _rescore(connection, data, [int(row[0]) for row in coarse])
    return sorted(hits, key=lambda hit: (-hit.cosine, hit.chunk_id))[:limit]


def search_pages(
    connection: apsw.Connection, query: Vector, limit: int, page_filter: PageFilter | None = None
) -> list[tuple[int, float]]:
    """The pages whose title and lead are nearest to `query`: (page id, cosine), nearest first."""
    if read_space(connection) is None:
        return []
    narrow, values = (page_filter or PageFilter()).to_sql("page_id")
    rows = connection.execute(
        f"SELECT page_id, 1.0 - distance FROM page_embeddings WHERE embedding MATCH ? AND k = ?{narrow}",  # noqa: S608
        (query.astype(np.float32).tobytes(), min(limit, MAX_NEIGHBOURS), *values),
    )
    return sorted(((int(a), float(b)) for a, b in rows), key=lambda row: (-row[1], row[0]))


def compare_pages(
    connection: apsw.Connection, query: Vector, page_ids: Sequence[int], per_page: int = 24
) -> tuple[dict[int, ChunkHit], dict[int, float]]:
    """The exact cosine of given pages: their best passage, and their title and lead.

    Args:
        connection: a connection with sqlite-vec.
        query: float32, length 1.
        page_ids: the pages.
        per_page: only the first passages of a very long page are compared.

    Returns:
        (best passage by page id, cosine of title and lead by page id); pages without vectors are absent.
    """
    if read_space(connection) is None or not page_ids:
        return {}, {}
    data = query.astype(np.float32).tobytes()
    marks = ",".join("?" * len(page_ids))
    rows = connection.execute(
        f"SELECT id FROM page_chunks WHERE page_id IN ({marks}) AND position < ?"  # noqa: S608
        " AND embedded_with IS NOT NULL",
        (*page_ids, per_page),
    )
    best: dict[int, ChunkHit] = {}
    for hit in _rescore(connection, data, [int(row[0]) for row in rows]):
        if hit.page_id not in best or hit.cosine > best[hit.page_id].cosine:
            best[hit.page_id] = hit
    leads: dict[int, float] = {}
    for page_id in page_ids:
        for (cosine,) in connection.execute(
            "SELECT 1.0 - vec_distance_cosine(embedding, ?) FROM page_embeddings WHERE page_id = ?",
            (data, page_id),
        ):
            leads[page_id] = float(cosine)
    return best, leads


def _rescore(connection: apsw.Connection, query: bytes, chunk_ids: Sequence[int]) -> list[ChunkHit]:
    hits = []
    for chunk_id in chunk_ids:
        for page_id, cosine in connection.execute(
            "SELECT page_id, 1.0 - vec_distance_cosine(embedding, ?) FROM chunk_embeddings"
            " WHERE chunk_id = ?",
            (query, chunk_id),
        ):
            hits.append(ChunkHit(chunk_id, int(page_id), float(cosine)))
    return hits
