from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.storage import vector_spaces
from host.storage.codes import CodeIndex, Distances, make_code
from host.storage.vector_spaces import VectorSpace
from tests.makers import find_active

if TYPE_CHECKING:
    import apsw

    from host.storage.database import Database

ROWS = 1500
VECTOR = np.ones(8, dtype=np.float32)


def _store(database: Database) -> None:
    def store(connection: apsw.Connection) -> None:
        connection.executemany(
            "INSERT OR REPLACE INTO vector_codes (page_id, chunk_id, code) VALUES (1, ?, ?)",
            [(number, make_code(VECTOR)) for number in range(1, ROWS + 1)],
        )

    database.write(store)


def _measure(database: Database, index: CodeIndex) -> Distances:
    return database.read(lambda connection: index.measure(connection, find_active(connection), VECTOR))


def test_codes_of_vectors_that_were_made_anew_do_not_pile_up_in_memory(database: Database) -> None:
    database.write(lambda connection: vector_spaces.choose_space(connection, VectorSpace("red", 8)))
    index = CodeIndex()
    for _ in range(4):
        _store(database)
        _measure(database, index)
    _measure(database, index)
    found = _measure(database, index)
    assert set(found.chunks.tolist()) == set(range(1, ROWS + 1))
    assert len(found.chunks) <= 1.2 * ROWS + 1000


def test_codes_are_not_counted_while_none_come(database: Database) -> None:
    database.write(lambda connection: vector_spaces.choose_space(connection, VectorSpace("red", 8)))
    index = CodeIndex()
    _store(database)
    for _ in range(2):
        _measure(database, index)
    before = database.statements.read()[-1].n
    for _ in range(3):
        assert len(_measure(database, index).chunks) == ROWS
    ran = [entry.sql for entry in database.statements.read(after=before)]
    assert ran
    assert not [sql for sql in ran if "count(*)" in sql]
