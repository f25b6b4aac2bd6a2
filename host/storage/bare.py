"""The bare engine, for measurements: what SQLite, FTS5 and sqlite-vec take by themselves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from host.storage.connection import open_connection
from host.storage.replacement import sync

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import apsw
    from numpy.typing import NDArray


def time_bare_inserts(path: Path, texts: Sequence[str]) -> list[float]:
    """Milliseconds to insert each text into an FTS5 table of its own, one durable transaction each."""
    connection = open_connection(path, read_only=False)
    try:
        connection.execute("CREATE VIRTUAL TABLE bare USING fts5 (text, tokenize='porter unicode61')")
        times = []
        for text in texts:
            began = time.perf_counter()
            with connection:
                connection.execute("INSERT INTO bare (text) VALUES (?)", (text,))
            times.append((time.perf_counter() - began) * 1000)
        return times
    finally:
        connection.close()


def time_bare_searches(
    path: Path, expressions: Sequence[str], vector: NDArray[np.float32], limit: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of one FTS5 query and of one exact vector scan, on a history, for each expression."""
    connection = open_connection(path, read_only=True)
    try:
        data = vector.astype(np.float32).tobytes()
        words, scans = [], []
        for expression in expressions:
            began = time.perf_counter()
            _drain(
                connection.execute(
                    "SELECT rowid, rank FROM pages_fts WHERE pages_fts MATCH ? ORDER BY rank LIMIT ?",
                    (expression, limit),
                )
            )
            words.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            _drain(
                connection.execute(
                    "SELECT chunk_id, distance FROM chunk_embeddings WHERE embedding MATCH ? AND k = ?",
                    (data, limit),
                )
            )
            scans.append((time.perf_counter() - began) * 1000)
        return words, scans
    finally:
        connection.close()


def time_bare_copy(path: Path, target: Path) -> float:
    """Seconds that `VACUUM INTO` takes by itself for the database at `path`, until it is durable."""
    connection = open_connection(path, read_only=True)
    try:
        # It changes nothing, but counts as a change.
        connection.execute("PRAGMA query_only=OFF")
        began = time.perf_counter()
        connection.execute("VACUUM INTO ?", (str(target),))
        sync(target)
        return time.perf_counter() - began
    finally:
        connection.close()


def time_bare_scan(path: Path, key: bytes | None) -> float:
    """Milliseconds to read every passage of a history once, through a connection that has cached nothing."""
    connection = open_connection(path, read_only=True, key=key)
    try:
        began = time.perf_counter()
        connection.execute("SELECT sum(length(text)) FROM page_chunks").fetchall()
        return (time.perf_counter() - began) * 1000
    finally:
        connection.close()


def _drain(cursor: apsw.Cursor) -> None:
    for _ in cursor:
        pass
