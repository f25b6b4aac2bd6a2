"""Vectors that come with a page: taken over where the same model serves. Inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.storage import vectors
from host.storage.codes import WHOLE_PAGE
from host.storage.vector_spaces import choose_space, read_spaces

if TYPE_CHECKING:
    import apsw

    from host.storage.connection import Features
    from host.storage.records import PageRecord
    from host.storage.vector_spaces import StoredSpace, VectorSpace


def begin_space(connection: apsw.Connection, features: Features, space: VectorSpace | None) -> None:
    """Let the vectors of a new history be those that come with its pages."""
    if features.vectors and space is not None:
        choose_space(connection, space)


def adopt_vectors(
    connection: apsw.Connection,
    features: Features,
    made_with: VectorSpace | None,
    page_id: int,
    record: PageRecord,
) -> bool:
    """Store a page's vectors where there are none yet, in each space that is made with the same.

    Args:
        connection: inside a transaction.
        features: of the history.
        made_with: what the record's vectors were made with.
        page_id: a page that says what the record says.
        record: with the vectors.

    Returns:
        whether the space that serves lacks nothing of this page now.
    """
    if not features.vectors or made_with is None:
        return False
    complete = False
    for space in read_spaces(connection):
        if space.space == made_with and space.role in ("active", "building"):
            whole = _adopt(connection, space, page_id, record)
            complete = complete or (whole and space.role == "active")
    return complete


def _adopt(connection: apsw.Connection, space: StoredSpace, page_id: int, record: PageRecord) -> bool:
    held = dict(
        connection.execute(
            f"SELECT chunk_id, outdated FROM {space.code_table} WHERE page_id = ?", (page_id,)
        ).fetchall()
    )
    ids = dict(
        connection.execute("SELECT position, id FROM page_chunks WHERE page_id = ?", (page_id,)).fetchall()
    )
    lead_there = held.get(WHOLE_PAGE) == 0
    if not lead_there and record.lead_known:
        lead = None if record.lead is None else np.frombuffer(record.lead, dtype="<f4")
        vectors.store_page_vector(connection, space, page_id, lead)
        lead_there = True
    missing = {chunk_id for chunk_id in ids.values() if chunk_id not in held}
    brought = [
        (ids[passage.position], page_id, np.frombuffer(passage.vector, dtype="<f4"))
        for passage in record.passages
        if passage.vector is not None and ids.get(passage.position) in missing
    ]
    vectors.store_chunk_vectors(connection, space, brought)
    return lead_there and len(brought) == len(missing)
