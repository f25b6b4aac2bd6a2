"""A database of the schema before there were several vector spaces, with vectors in it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.storage import migrations, vector_gaps, vector_spaces, vectors
from host.storage.codes import CodeIndex, make_code
from host.storage.connection import open_connection
from host.storage.database import Database
from host.storage.vector_spaces import VectorSpace
from tests.makers import NOON, find_active

if TYPE_CHECKING:
    from pathlib import Path

    import apsw
    from numpy.typing import NDArray

SIZE = 32
PAGES = 12
# Its title changed, and nobody had the time to embed it again.
CHANGED = 4
# Not embedded at all yet.
NEW = 5

TABLES = f"""
CREATE VIRTUAL TABLE chunk_embeddings USING vec0
    (chunk_id INTEGER PRIMARY KEY, embedding float[{SIZE}] distance_metric=cosine, chunk_size=128);
CREATE VIRTUAL TABLE page_embeddings USING vec0
    (page_id INTEGER PRIMARY KEY, embedding float[{SIZE}] distance_metric=cosine, chunk_size=128);
CREATE TABLE vector_codes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    page_id INTEGER NOT NULL,
    chunk_id INTEGER NOT NULL,
    code BLOB NOT NULL,
    UNIQUE (page_id, chunk_id)
);
"""


def _vector(seed: int) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).standard_normal(SIZE).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


def _store(connection: apsw.Connection, page_id: int) -> None:
    connection.execute(
        "INSERT INTO pages (id, url, domain, title, first_visit_at, last_visit_at, embedded_with)"
        " VALUES (?, ?, 'a.example', 'Tea', ?, ?, 'old')",
        (page_id, f"https://a.example/{page_id}", NOON, NOON),
    )
    chunk_id = 100 + page_id
    connection.execute(
        "INSERT INTO page_chunks (id, page_id, position, text, text_hash, embedded_with)"
        " VALUES (?, ?, 0, 'green tea', 'x', 'old')",
        (chunk_id, page_id),
    )
    if page_id == NEW:
        connection.execute("UPDATE pages SET embedded_with = NULL WHERE id = ?", (NEW,))
        connection.execute("UPDATE page_chunks SET embedded_with = NULL WHERE page_id = ?", (NEW,))
        return
    connection.execute("INSERT INTO chunk_embeddings VALUES (?, ?)", (chunk_id, _vector(chunk_id).tobytes()))
    connection.execute("INSERT INTO page_embeddings VALUES (?, ?)", (page_id, _vector(page_id).tobytes()))
    for seed, known in ((chunk_id, chunk_id), (page_id, 0)):
        connection.execute(
            "INSERT INTO vector_codes (page_id, chunk_id, code) VALUES (?, ?, ?)",
            (page_id, known, make_code(_vector(seed))),
        )


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The path of such a database."""
    path = tmp_path / "p" / "history.db"
    path.parent.mkdir()
    connection = open_connection(path, read_only=False)
    migrations.migrate(connection, migrations.load_steps()[:2])
    with connection:
        connection.execute(TABLES)
        space = json.dumps({"model_id": "old", "dimensions": SIZE})
        connection.execute("INSERT INTO meta VALUES ('vector_space', ?)", (space,))
        for page_id in range(1, PAGES + 1):
            _store(connection, page_id)
        connection.execute("UPDATE pages SET title = 'Coffee', embedded_with = NULL WHERE id = ?", (CHANGED,))
    connection.close()
    return path


def test_old_vectors_serve_on_and_nothing_that_has_one_is_embedded_again(old: Path) -> None:
    with Database(old) as database:

        def nearest(connection: apsw.Connection, seed: int) -> tuple[int, int | None, float]:
            comparison = vectors.compare_codes(
                connection, CodeIndex(), find_active(connection), _vector(seed)
            )
            assert comparison is not None
            best = vectors.search_vectors(connection, comparison, 5)[0]
            return best.page_id, best.chunk_id, round(best.cosine, 3)

        space = database.read(find_active)
        assert (space.space, space.chunk_table) == (VectorSpace("old", SIZE), "chunk_embeddings")
        for page_id in set(range(1, PAGES + 1)) - {NEW}:
            assert database.read(partial(nearest, seed=page_id)) == (page_id, None, 1.0)
            assert database.read(partial(nearest, seed=100 + page_id)) == (
                page_id,
                100 + page_id,
                1.0,
            )
        assert sorted(database.read(lambda c: vector_gaps.find_gaps(c, space))) == [CHANGED, NEW]
        changed, new = database.read(lambda c: vector_gaps.read_gaps(c, space, [CHANGED, NEW]))
        assert (changed.lead_missing, len(changed.chunks)) == (True, 0)
        assert (new.lead_missing, len(new.chunks)) == (True, 1)


def test_wanting_the_same_model_as_before_changes_nothing_and_another_is_built_beside(old: Path) -> None:
    with Database(old) as database:
        same, other = VectorSpace("old", SIZE), VectorSpace("new", 8)
        assert not database.write(lambda connection: vector_spaces.choose_space(connection, same))
        assert database.write(lambda connection: vector_spaces.choose_space(connection, other))
        assert database.read(find_active).space == same
    with Database(old) as database:
        assert [space.role for space in database.read(vector_spaces.read_spaces)] == ["active", "building"]


def test_a_database_that_never_had_vectors_has_no_space(tmp_path: Path) -> None:
    path = tmp_path / "p" / "history.db"
    path.parent.mkdir()
    connection = open_connection(path, read_only=False)
    migrations.migrate(connection, migrations.load_steps()[:2])
    connection.close()
    with Database(path) as database:
        assert database.read(vector_spaces.read_spaces) == []


def test_an_old_database_opens_also_where_vectors_cannot_be_loaded(old: Path) -> None:
    with Database(old, without=frozenset({"vectors"})) as database:
        assert database.read(find_active).model_id == "old"
        assert not database.features.vectors
