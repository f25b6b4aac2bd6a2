from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.storage import pages, vector_gaps, vector_spaces, vectors
from host.storage.codes import CodeIndex
from host.storage.statistics import Reindexing, count_rows
from host.storage.vector_gaps import Progress
from host.storage.vector_spaces import StoredSpace, VectorSpace
from tests.makers import NOON, add_page, find_active, make_chunk

if TYPE_CHECKING:
    import apsw
    from numpy.typing import NDArray

    from host.storage.database import Database

RED, BLUE, GREEN, GREY = (
    VectorSpace(model_id, size) for model_id, size in (("red", 8), ("blue", 16), ("green", 8), ("grey", 24))
)
PAGES = 30


def _vector(size: int, seed: int) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).standard_normal(size).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


def _choose(database: Database, space: VectorSpace) -> bool:
    return database.write(lambda connection: vector_spaces.choose_space(connection, space))


def _activate(database: Database) -> None:
    database.write(vector_spaces.activate_building)


def _switch(database: Database, space: VectorSpace) -> None:
    _choose(database, space)
    _activate(database)


def _roles(database: Database) -> dict[str, str]:
    return {space.model_id: space.role for space in database.read(vector_spaces.read_spaces)}


def _find(database: Database, model_id: str) -> StoredSpace:
    return next(space for space in database.read(vector_spaces.read_spaces) if space.model_id == model_id)


def _tables(database: Database) -> set[str]:
    def read(connection: apsw.Connection) -> set[str]:
        return {
            str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }

    return database.read(read)


def _count(database: Database, space: StoredSpace) -> tuple[int, int, int]:
    """Vectors of passages, of pages, and codes."""

    def read(connection: apsw.Connection) -> tuple[int, int, int]:
        one, two, three = (
            int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608
            for table in (space.chunk_table, space.page_table, space.code_table)
        )
        return one, two, three

    return database.read(read)


def _fill(connection: apsw.Connection, space: StoredSpace, page_ids: list[int]) -> None:
    """Vectors for everything that these pages lack."""
    for gap in vector_gaps.read_gaps(connection, space, page_ids):
        for chunk in gap.chunks:
            row = (chunk.id, gap.page_id, _vector(space.dimensions, chunk.id))
            vectors.store_chunk_vectors(connection, space, [row])
        if gap.lead_missing:
            vectors.store_page_vector(
                connection, space, gap.page_id, _vector(space.dimensions, 1000 + gap.page_id)
            )


@pytest.fixture
def filled(database: Database) -> Database:
    """Pages with two passages each, embedded by the red model."""

    def store(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, RED)
        for number in range(PAGES):
            page_id = add_page(connection, f"https://{number}.example/", at=NOON + number)
            texts = [make_chunk(place, f"{number} {place}") for place in range(2)]
            pages.replace_chunks(connection, database.features, page_id, texts)
            _fill(connection, find_active(connection), [page_id])

    database.write(store)
    return database


def _gaps(database: Database, model_id: str) -> list[int]:
    space = _find(database, model_id)
    return database.read(lambda connection: vector_gaps.find_gaps(connection, space))


def test_the_first_space_serves_at_once_and_another_waits_until_it_is_told(database: Database) -> None:
    assert _choose(database, RED)
    assert not _choose(database, RED)
    assert _choose(database, BLUE)
    assert not _choose(database, BLUE)
    assert _roles(database) == {"red": "active", "blue": "building"}
    _activate(database)
    assert _roles(database) == {"red": "kept", "blue": "active"}
    _activate(database)
    assert _roles(database) == {"red": "kept", "blue": "active"}


def test_a_space_that_is_built_beside_another_leaves_that_as_it_is(filled: Database) -> None:
    before = _count(filled, _find(filled, "red"))
    _choose(filled, BLUE)
    assert len(_gaps(filled, "blue")) == PAGES
    blue = _find(filled, "blue")
    filled.write(lambda connection: _fill(connection, blue, list(range(1, PAGES + 1))))
    assert (
        _count(filled, _find(filled, "red"))
        == before
        == _count(filled, blue)
        == (2 * PAGES, PAGES, 3 * PAGES)
    )
    assert _gaps(filled, "blue") == _gaps(filled, "red") == []


def test_a_space_that_is_chosen_again_still_holds_its_vectors(filled: Database) -> None:
    _switch(filled, BLUE)
    _choose(filled, RED)
    assert _roles(filled) == {"red": "building", "blue": "active"}
    assert _gaps(filled, "red") == []
    page_id = filled.write(lambda connection: add_page(connection, "https://later.example/", at=NOON + 99))
    assert _gaps(filled, "red") == [page_id]


def test_the_space_that_serves_can_be_wanted_again_before_the_other_is_ready(filled: Database) -> None:
    _choose(filled, BLUE)
    assert _choose(filled, RED)
    assert _roles(filled) == {"red": "active", "blue": "kept"}


def test_one_former_space_is_kept_and_the_one_wanted_longest_ago_leaves(filled: Database) -> None:
    _switch(filled, BLUE)
    _choose(filled, GREEN)
    assert _roles(filled) == {"red": "kept", "blue": "active", "green": "building"}
    _activate(filled)
    assert _roles(filled) == {"red": "leaving", "blue": "kept", "green": "active"}
    _choose(filled, GREY)
    _choose(filled, BLUE)
    assert _roles(filled) == {"red": "leaving", "grey": "kept", "green": "active", "blue": "building"}


def test_a_leaving_space_is_emptied_in_small_steps_and_then_gone(filled: Database) -> None:
    _switch(filled, BLUE)
    _switch(filled, GREEN)
    red = _find(filled, "red")
    steps = [_count(filled, red)[2]]
    while filled.write(lambda connection: vectors.empty_leaving(connection, 20)):
        steps.append(_count(filled, red)[2])
    assert steps == [90, 70, 50, 30, 10, 0]
    assert _roles(filled) == {"blue": "kept", "green": "active"}


def test_the_tables_of_the_first_slot_keep_their_names_and_those_of_others_go(filled: Database) -> None:
    first = {"chunk_embeddings", "page_embeddings", "vector_codes"}
    second = {f"{name}_2" for name in first}
    _switch(filled, BLUE)
    _switch(filled, GREEN)
    while filled.write(vectors.empty_leaving):
        pass
    assert first | second <= _tables(filled)
    # The free first slot is taken again, with tables for another dimension.
    _switch(filled, GREY)
    assert _find(filled, "grey").chunk_table == "chunk_embeddings"
    while filled.write(vectors.empty_leaving):
        pass
    assert _roles(filled) == {"green": "kept", "grey": "active"}
    assert not second & _tables(filled)
    grey = _find(filled, "grey")
    filled.write(lambda connection: _fill(connection, grey, [1]))
    assert _count(filled, grey) == (2, 1, 3)


def test_spaces_that_begin_anew_are_empty_and_the_old_ones_leave(filled: Database) -> None:
    _choose(filled, BLUE)
    blue = _find(filled, "blue")
    filled.write(lambda connection: _fill(connection, blue, [1, 2]))
    filled.write(vector_spaces.restart_spaces)
    spaces = filled.read(vector_spaces.read_spaces)
    assert sorted((space.model_id, space.role) for space in spaces) == [
        ("blue", "building"),
        ("blue", "leaving"),
        ("red", "active"),
        ("red", "leaving"),
    ]
    fresh = [space for space in spaces if space.role != "leaving"]
    assert [_count(filled, space) for space in fresh] == [(0, 0, 0)] * 2
    assert not filled.read(lambda connection: vector_spaces.is_held(connection, blue))
    while filled.write(vectors.empty_leaving):
        pass
    assert _roles(filled) == {"red": "active", "blue": "building"}


def test_pages_that_go_or_change_do_so_in_every_space(filled: Database) -> None:
    everything = list(range(1, PAGES + 1))
    _switch(filled, BLUE)
    _choose(filled, GREEN)
    for name in ("blue", "green"):
        space = _find(filled, name)
        filled.write(partial(_fill, space=space, page_ids=everything))
    filled.write(lambda connection: pages.delete_pages(connection, filled.features, [3]))
    texts = [make_chunk(0, "0 0"), make_chunk(1, "new")]
    filled.write(lambda connection: pages.replace_chunks(connection, filled.features, 1, texts))
    filled.write(lambda connection: add_page(connection, "https://1.example/", "other", at=NOON + 1))
    for name in ("red", "blue", "green"):
        space = _find(filled, name)
        assert _count(filled, space) == (2 * PAGES - 3, PAGES - 1, 3 * PAGES - 4), name
        gaps = filled.read(partial(vector_gaps.read_gaps, space=space, page_ids=[1, 2, 3]))
        lacks = {gap.page_id: (gap.lead_missing, [chunk.text for chunk in gap.chunks]) for gap in gaps}
        assert lacks == {1: (False, ["new"]), 2: (True, [])}, name
    assert _gaps(filled, "green") == [2, 1]


def test_a_kept_space_does_not_hold_on_to_what_a_page_said_before(filled: Database) -> None:
    _switch(filled, BLUE)
    blue, red = _find(filled, "blue"), _find(filled, "red")
    filled.write(lambda connection: _fill(connection, blue, list(range(1, PAGES + 1))))
    filled.write(lambda connection: add_page(connection, "https://1.example/", "other", at=NOON + 1))
    assert _count(filled, red)[1] == _count(filled, blue)[1] == PAGES
    filled.write(lambda connection: _fill(connection, blue, [2]))
    assert (_count(filled, red)[1], _count(filled, blue)[1]) == (PAGES - 1, PAGES)
    assert (_gaps(filled, "red"), _gaps(filled, "blue")) == ([2], [])


def test_progress_counts_what_is_there_of_what_should_be(filled: Database) -> None:
    _choose(filled, BLUE)
    blue = _find(filled, "blue")
    filled.write(lambda connection: _fill(connection, blue, [1, 2]))
    assert filled.read(lambda c: vector_gaps.count_progress(c, blue)) == Progress(6, 3 * PAGES)
    counts = filled.read(lambda connection: count_rows(connection, filled.path))
    assert (counts.chunks, counts.embedded_chunks, counts.vector_model) == (2 * PAGES, 2 * PAGES, "red")
    assert counts.reindexing == Reindexing("blue", 6, 3 * PAGES)
    _activate(filled)
    counts = filled.read(lambda connection: count_rows(connection, filled.path))
    assert (counts.embedded_chunks, counts.vector_model, counts.reindexing) == (4, "blue", None)


def test_a_query_is_compared_with_the_space_that_it_was_made_for_and_with_no_other(filled: Database) -> None:
    _switch(filled, BLUE)
    blue, red = _find(filled, "blue"), _find(filled, "red")
    filled.write(lambda connection: _fill(connection, blue, [7]))
    index = CodeIndex()

    def nearest(space: StoredSpace, query: NDArray[np.float32]) -> list[int] | None:
        def read(connection: apsw.Connection) -> list[int] | None:
            comparison = vectors.compare_codes(connection, index, space, query)
            if comparison is None:
                return None
            return [hit.page_id for hit in vectors.search_vectors(connection, comparison, 500)]

        return filled.read(read)

    def page_vector(space: StoredSpace) -> NDArray[np.float32]:
        return _vector(space.dimensions, 1007)

    for _ in range(2):
        assert nearest(blue, page_vector(blue)) == [7, 7, 7]
        found = nearest(red, page_vector(red))
        assert found is not None
        assert (found[0], len(found)) == (7, 3 * PAGES)
    assert nearest(blue, page_vector(red)) is None
    _switch(filled, GREEN)
    while filled.write(vectors.empty_leaving):
        pass
    assert nearest(red, page_vector(red)) is None


def test_vectors_of_pages_that_went_while_vectors_could_not_be_deleted_are_swept(filled: Database) -> None:
    def delete(connection: apsw.Connection) -> None:
        connection.execute("DELETE FROM pages WHERE id = 5")
        connection.execute("DELETE FROM page_chunks WHERE page_id = 6 AND position = 0")

    filled.write(delete)
    assert sum(len(rows) for _, rows in filled.read(vectors.find_orphans)) == 4
    filled.write(vectors.delete_orphans)
    assert filled.read(vectors.find_orphans) == []
    assert _count(filled, _find(filled, "red")) == (2 * PAGES - 3, PAGES - 1, 3 * PAGES - 4)
