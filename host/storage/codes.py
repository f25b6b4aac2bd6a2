"""One bit a dimension of every stored vector, held in memory: the coarse half of the vector search.

The sign of each dimension is enough to find the few hundred vectors worth comparing exactly (Yamada et al.
2021, https://arxiv.org/abs/2106.00882), and 100,000 of them are 6 MB, read in a few milliseconds.

Kept in step by sequence numbers: new codes are read from where the last reading ended. Codes of vectors that
were deleted meanwhile do no harm, because the exact comparison finds no vector for them; ids are never given
twice. `clear` forgets everything, for when a person deletes pages.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

import apsw
import numpy as np
from numpy.typing import NDArray

TABLE = """
CREATE TABLE IF NOT EXISTS vector_codes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    page_id INTEGER NOT NULL,
    chunk_id INTEGER NOT NULL,
    code BLOB NOT NULL,
    UNIQUE (page_id, chunk_id)
)
"""
# Stands for "the page as a whole" where a passage's id would be.
WHOLE_PAGE = 0
# Rebuilt when more than this share of the codes belongs to vectors that are gone.
_STALE_SHARE = 0.2
_BITS = 64


def make_code(vector: NDArray[np.float32]) -> bytes:
    """The signs of a vector, padded to whole 64-bit words."""
    bits = np.packbits(vector > 0)
    width = -(-len(vector) // _BITS) * 8
    return bits.tobytes().ljust(width, b"\0")


class CodeIndex:
    """The codes of one database, and the nearest of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything; it is read anew when it is next needed."""
        with self._lock:
            self._reset()

    def nearest(
        self,
        connection: apsw.Connection,
        query: NDArray[np.float32],
        limit: int,
        allowed_pages: Collection[int] | None = None,
    ) -> list[tuple[int, int]]:
        """The (page id, passage id) of the codes that differ from the query's in the fewest bits.

        Args:
            connection: to read what is new.
            query: of the stored dimension.
            limit: how many.
            allowed_pages: only codes of these pages; None for all.
        """
        pages, chunks, distances = self._measure(connection, query)
        if allowed_pages is not None:
            kept = np.isin(pages, np.fromiter(allowed_pages, dtype=np.int64, count=len(allowed_pages)))
            pages, chunks, distances = pages[kept], chunks[kept], distances[kept]
        if len(distances) > limit:
            best = np.argpartition(distances, limit)[:limit]
            pages, chunks = pages[best], chunks[best]
        return list(zip(pages.tolist(), chunks.tolist(), strict=True))

    def nearest_of_pages(
        self, connection: apsw.Connection, query: NDArray[np.float32], page_ids: Collection[int]
    ) -> list[tuple[int, int]]:
        """For each of the pages its nearest passage, and the page as a whole: (page id, passage id)."""
        pages, chunks, distances = self._measure(connection, query)
        kept = np.isin(pages, np.fromiter(page_ids, dtype=np.int64, count=len(page_ids)))
        pages, chunks, distances = pages[kept], chunks[kept], distances[kept]
        order = np.lexsort((distances, pages))
        found: list[tuple[int, int]] = []
        seen: set[int] = set()
        for page_id, chunk_id in zip(pages[order].tolist(), chunks[order].tolist(), strict=True):
            if chunk_id == WHOLE_PAGE:
                found.append((page_id, chunk_id))
            elif page_id not in seen:
                seen.add(page_id)
                found.append((page_id, chunk_id))
        return found

    def _measure(
        self, connection: apsw.Connection, query: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint16]]:
        with self._lock:
            self._read_new(connection)
            pages, chunks, codes = self._pages, self._chunks, self._codes
        own = np.frombuffer(make_code(query), dtype=np.uint64)
        if codes.shape[1] != len(own):
            return pages[:0], chunks[:0], np.zeros(0, dtype=np.uint16)
        distances = np.bitwise_count(codes ^ own).sum(axis=1, dtype=np.uint16)
        return pages, chunks, distances

    def _read_new(self, connection: apsw.Connection) -> None:
        newest, count = connection.execute("SELECT coalesce(max(seq), 0), count(*) FROM vector_codes").fetchall()[0]
        if newest < self._newest or len(self._pages) > (1 + _STALE_SHARE) * count + 1000:
            self._reset()
        if newest == self._newest:
            return
        rows = connection.execute(
            "SELECT page_id, chunk_id, code FROM vector_codes WHERE seq > ? ORDER BY seq", (self._newest,)
        ).fetchall()
        width = len(rows[0][2])
        codes = np.frombuffer(b"".join(row[2] for row in rows), dtype=np.uint64).reshape(len(rows), width // 8)
        pages = np.array([row[0] for row in rows], dtype=np.int64)
        chunks = np.array([row[1] for row in rows], dtype=np.int64)
        if self._codes.shape[1] == codes.shape[1]:
            codes = np.concatenate([self._codes, codes])
            pages = np.concatenate([self._pages, pages])
            chunks = np.concatenate([self._chunks, chunks])
        self._codes, self._pages, self._chunks, self._newest = codes, pages, chunks, newest

    def _reset(self) -> None:
        self._newest = 0
        self._pages: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._chunks: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._codes: NDArray[np.uint64] = np.zeros((0, 0), dtype=np.uint64)
