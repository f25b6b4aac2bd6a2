"""One bit a dimension of every stored vector, held in memory: the coarse half of the vector search.

The sign of each dimension is enough to find the few hundred vectors worth comparing exactly (Yamada et al.
2021, https://arxiv.org/abs/2106.00882), and 100,000 of them are 6 MB, read in a few milliseconds.

A row also says that its space holds the vector: what has none is embedded. One that is `outdated` serves on.

Kept in step by sequence numbers: new codes are read from where the last reading ended. Codes of vectors that
were deleted meanwhile do no harm, because the exact comparison finds no vector for them; ids are never given
twice. `clear` forgets everything, for when a person deletes pages.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    import apsw
    from numpy.typing import NDArray

    from host.storage.vector_spaces import StoredSpace

# Stands for "the page as a whole" where a passage's id would be.
WHOLE_PAGE = 0
# Rebuilt when more than this share of the codes belongs to vectors that are gone.
_STALE_SHARE = 0.2
_COUNTED_AFTER = 1000
_BITS = 64


def create_table(connection: apsw.Connection, table: str) -> None:
    """Make a table of codes under this name."""
    connection.execute(
        f"CREATE TABLE {table} (seq INTEGER PRIMARY KEY AUTOINCREMENT, page_id INTEGER NOT NULL,"
        " chunk_id INTEGER NOT NULL, code BLOB NOT NULL, outdated INTEGER NOT NULL DEFAULT 0,"
        " UNIQUE (page_id, chunk_id))"
    )


def make_code(vector: NDArray[np.float32]) -> bytes:
    """The signs of a vector, padded to whole 64-bit words."""
    bits = np.packbits(vector > 0)
    width = -(-len(vector) // _BITS) * 8
    return bits.tobytes().ljust(width, b"\0")


@dataclass(frozen=True)
class Distances:
    """How many bits each stored code differs from a query's, row by row.

    Attributes:
        pages: page ids.
        chunks: passage ids, `WHOLE_PAGE` for a page as a whole.
        bits: differing bits.
    """

    pages: NDArray[np.int64]
    chunks: NDArray[np.int64]
    bits: NDArray[np.uint16]

    def of_pages(self, page_ids: Collection[int]) -> Distances:
        """Only the rows of these pages."""
        kept = np.isin(self.pages, np.fromiter(page_ids, dtype=np.int64, count=len(page_ids)))
        return Distances(self.pages[kept], self.chunks[kept], self.bits[kept])

    def nearest(self, limit: int) -> list[tuple[int, int]]:
        """The (page id, passage id) of the rows that differ least, in no order."""
        pages, chunks = self.pages, self.chunks
        if len(self.bits) > limit:
            best = np.argpartition(self.bits, limit)[:limit]
            pages, chunks = pages[best], chunks[best]
        return list(zip(pages.tolist(), chunks.tolist(), strict=True))

    def nearest_of_each(self, limit: int = 1) -> list[tuple[int, int]]:
        """For each page its nearest passages, and the page as a whole: (page id, passage id)."""
        order = np.lexsort((self.bits, self.pages))
        found: list[tuple[int, int]] = []
        seen: Counter[int] = Counter()
        for page_id, chunk_id in zip(self.pages[order].tolist(), self.chunks[order].tolist(), strict=True):
            if chunk_id == WHOLE_PAGE:
                found.append((page_id, chunk_id))
            elif seen[page_id] < limit:
                seen[page_id] += 1
                found.append((page_id, chunk_id))
        return found


@dataclass(frozen=True)
class _Held:
    """Codes as they lie in memory: one row each, and the sequence number of the newest."""

    newest: int = 0
    pages: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    chunks: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    codes: NDArray[np.uint64] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.uint64))

    def extend(self, rows: list[tuple[Any, ...]], newest: int) -> _Held:
        """The same with rows of (page id, passage id, code) behind it."""
        codes = np.frombuffer(b"".join(row[2] for row in rows), dtype=np.uint64).reshape(len(rows), -1)
        pages = np.array([row[0] for row in rows], dtype=np.int64)
        chunks = np.array([row[1] for row in rows], dtype=np.int64)
        if self.newest:
            codes = np.concatenate([self.codes, codes])
            pages = np.concatenate([self.pages, pages])
            chunks = np.concatenate([self.chunks, chunks])
        return _Held(newest, pages, chunks, codes)


class CodeIndex:
    """The codes of one space of a database: of the one that was asked for last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = _Held()
        self._counted_at = 0
        self._space_id = 0

    def clear(self) -> None:
        """Forget everything; it is read anew when it is next needed."""
        with self._lock:
            self._held = _Held()

    def measure(
        self, connection: apsw.Connection, space: StoredSpace, query: NDArray[np.float32]
    ) -> Distances:
        """Compare a query of the space's dimension with every code, those included that are new."""
        with self._lock:
            if self._space_id != space.id:
                self._held, self._space_id = _Held(), space.id
            held = self._read_new(connection, space.code_table)
        pages, chunks, codes = held.pages, held.chunks, held.codes
        own = np.frombuffer(make_code(query), dtype=np.uint64)
        bits = np.zeros(len(pages), dtype=np.uint16)
        # Word by word: half the time of one sum over an axis as short as this.
        for column in range(codes.shape[1]):
            bits += np.bitwise_count(codes[:, column] ^ own[column])
        return Distances(pages, chunks, bits)

    def _read_new(self, connection: apsw.Connection, table: str) -> _Held:
        newest = connection.execute(f"SELECT coalesce(max(seq), 0) FROM {table}").fetchall()[0][0]
        if newest < self._held.newest or self._is_stale(connection, table):
            self._held = _Held()
        if newest > self._held.newest:
            rows = connection.execute(
                f"SELECT page_id, chunk_id, code FROM {table} WHERE seq > ? ORDER BY seq",
                (self._held.newest,),
            ).fetchall()
            self._held = self._held.extend(rows, newest)
        return self._held

    def _is_stale(self, connection: apsw.Connection, table: str) -> bool:
        """Whether too many of the codes in memory belong to vectors that are gone.

        Counting reads the whole table, so it is done again only when much came: a code that goes because its
        vector was made anew comes back as another one, and `clear` is for deletions.
        """
        if abs(len(self._held.pages) - self._counted_at) < _COUNTED_AFTER:
            return False
        self._counted_at = len(self._held.pages)
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        return len(self._held.pages) > (1 + _STALE_SHARE) * count + _COUNTED_AFTER
