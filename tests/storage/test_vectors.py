from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from host.storage import jobs, pages, vector_spaces, vectors
from host.storage.codes import CodeIndex, make_code
from host.storage.database import Database
from host.storage.filters import PageFilter
from host.storage.vector_spaces import VectorSpace
from tests.makers import NOON, add_page, find_active, make_chunk

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from host.storage.vectors import VectorHit

Vector = NDArray[np.float32]

SIZE = 384
SPACE = VectorSpace("model", SIZE)
PAGES = 300
PER_PAGE = 3


def _unit(array: NDArray[np.float64]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (array / np.linalg.norm(array, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


def _clustered(count: int, seed: int) -> NDArray[np.float32]:
    """Vectors that lie in bunches, as those of texts do."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((20, SIZE))
    return _unit(centres[random.integers(0, 20, count)] + 0.7 * random.standard_normal((count, SIZE)))


MADE = _clustered(PAGES * (PER_PAGE + 1), seed=1).reshape(PAGES, PER_PAGE + 1, SIZE)


@pytest.fixture
def filled(database: Database) -> Database:
    """Pages on two sites with a vector for each passage and one for the whole."""

    def store(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, SPACE)
        space = find_active(connection)
        for number in range(PAGES):
            site = "even" if number % 2 == 0 else "odd"
            page_id = add_page(connection, f"https://{site}.example/{number}", at=NOON + number)
            texts = [make_chunk(place, f"{number} {place}") for place in range(PER_PAGE)]
            pages.replace_chunks(connection, database.features, page_id, texts)
            chunks = pages.read_chunks(connection, page_id)
            rows = [(chunk.id, page_id, MADE[number, place]) for place, chunk in enumerate(chunks)]
            vectors.store_chunk_vectors(connection, space, rows)
            vectors.store_page_vector(connection, space, page_id, MADE[number, PER_PAGE])

    database.write(store)
    return database


def _search(
    database: Database,
    query: Vector,
    limit: int,
    page_filter: PageFilter | None = None,
    index: CodeIndex | None = None,
) -> list[VectorHit]:
    def read(connection: apsw.Connection) -> list[VectorHit]:
        space = vector_spaces.find_space(connection, "active")
        comparison = vectors.compare_codes(connection, index or CodeIndex(), space, query) if space else None
        return vectors.search_vectors(connection, comparison, limit, page_filter) if comparison else []

    return database.read(read)


def _exact(query: Vector) -> NDArray[np.float32]:
    cosines: NDArray[np.float32] = MADE.reshape(-1, SIZE) @ query
    return cosines


def test_cosines_are_exact_and_the_nearest_comes_first(filled: Database) -> None:
    query = _clustered(1, seed=2)[0]
    hits = _search(filled, query, PAGES * (PER_PAGE + 1))
    assert len(hits) == PAGES * (PER_PAGE + 1)
    cosines = [hit.cosine for hit in hits]
    assert cosines == sorted(cosines, reverse=True)
    assert np.allclose(cosines, np.sort(_exact(query))[::-1], atol=1e-5)


def test_the_coarse_look_finds_what_the_exact_one_finds(filled: Database) -> None:
    found = wanted = 0
    noise = np.random.default_rng(3).standard_normal((25, SIZE))
    for query in _unit(MADE[:25, 0] + 0.06 * noise):
        best = {round(float(cosine), 4) for cosine in np.sort(_exact(query))[::-1][:10]}
        hits = _search(filled, query, 150)
        found += len(best & {round(hit.cosine, 4) for hit in hits})
        wanted += len(best)
    assert found / wanted >= 0.95


def test_a_vector_is_nearest_to_itself(filled: Database) -> None:
    for number in range(0, PAGES, 17):
        assert _search(filled, MADE[number, 1], 5)[0].page_id == number + 1
        whole = _search(filled, MADE[number, PER_PAGE], 5)[0]
        assert (whole.page_id, whole.chunk_id) == (number + 1, None)


def test_a_filter_narrows_before_the_nearest_are_taken(filled: Database) -> None:
    query = MADE[0, 0]
    assert all(hit.page_id % 2 == 0 for hit in _search(filled, query, 20, PageFilter(sites=("odd.example",))))
    only = _search(filled, query, 20, PageFilter(from_ms=NOON + PAGES - 1))
    assert {hit.page_id for hit in only} == {PAGES}
    assert len(only) == PER_PAGE + 1
    assert _search(filled, query, 20, PageFilter(sites=("nowhere.example",))) == []


def test_given_pages_are_compared_by_their_best_passage_and_as_a_whole(filled: Database) -> None:
    query = MADE[7, 2]

    def read(connection: apsw.Connection) -> list[VectorHit]:
        comparison = vectors.compare_codes(connection, CodeIndex(), find_active(connection), query)
        assert comparison is not None
        return vectors.compare_pages(connection, comparison, [8, 9, 9999])

    hits = filled.read(read)
    assert {(hit.page_id, hit.chunk_id is None) for hit in hits} == {
        (8, True),
        (8, False),
        (9, True),
        (9, False),
    }
    assert hits[0].page_id == 8
    assert hits[0].cosine == pytest.approx(1.0, abs=1e-5)


def test_the_nearest_passages_of_given_pages_are_compared_exactly(filled: Database) -> None:
    query = MADE[7, 2]

    def read(connection: apsw.Connection, limit: int) -> dict[int, float]:
        comparison = vectors.compare_codes(connection, CodeIndex(), find_active(connection), query)
        assert comparison is not None
        return vectors.compare_passages(connection, comparison, [8, 9, 9999], limit)

    every = filled.read(lambda connection: read(connection, PER_PAGE + 5))
    assert len(every) == 2 * PER_PAGE
    assert max(every.values()) == pytest.approx(1.0, abs=1e-5)
    assert len(filled.read(lambda connection: read(connection, 1))) == 2


def test_codes_in_memory_follow_what_is_stored_changed_and_deleted(filled: Database) -> None:
    index = CodeIndex()
    query = MADE[4, 0]
    assert _search(filled, query, 5, index=index)[0].page_id == 5
    filled.write(lambda connection: pages.delete_pages(connection, filled.features, [5]))
    assert all(hit.page_id != 5 for hit in _search(filled, query, 50, index=index))

    def add(connection: apsw.Connection) -> int:
        page_id = add_page(connection, "https://new.example/")
        vectors.store_page_vector(connection, find_active(connection), page_id, MADE[9, 0])
        vectors.store_page_vector(connection, find_active(connection), page_id, query)
        return page_id

    page_id = filled.write(add)
    hits = _search(filled, query, 50, index=index)
    assert (hits[0].page_id, hits[0].chunk_id) == (page_id, None)
    assert len([hit for hit in hits if hit.page_id == page_id]) == 1


def test_a_vector_stored_again_is_found_once_and_as_it_is_now(filled: Database) -> None:
    index = CodeIndex()
    _search(filled, MADE[0, 0], 5, index=index)
    filled.write(lambda c: vectors.store_page_vector(c, find_active(c), 1, MADE[200, 0]))
    hits = [
        hit
        for hit in _search(filled, MADE[200, 0], 1500, index=index)
        if hit.page_id == 1 and hit.chunk_id is None
    ]
    assert [hit.cosine for hit in hits] == [pytest.approx(1.0, abs=1e-5)]


def test_a_vector_for_a_passage_that_is_gone_is_not_stored(database: Database) -> None:
    def store(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, SPACE)
        space = find_active(connection)
        vectors.store_chunk_vectors(connection, space, [(4711, 1, MADE[0, 0])])
        vectors.store_page_vector(connection, space, 4711, MADE[0, 0])

    database.write(store)
    assert _search(database, MADE[0, 0], 10) == []


def test_passages_that_are_replaced_lose_their_vectors_and_kept_ones_keep_them(filled: Database) -> None:
    def change(connection: apsw.Connection) -> set[int]:
        before = {chunk.text: chunk.id for chunk in pages.read_chunks(connection, 1)}
        pages.replace_chunks(connection, filled.features, 1, [make_chunk(0, "new"), make_chunk(1, "0 1")])
        return {before["0 1"]}

    kept = filled.write(change)
    hits = _search(filled, MADE[0, 1], PAGES * (PER_PAGE + 1))
    assert {hit.chunk_id for hit in hits if hit.page_id == 1 and hit.chunk_id is not None} == kept


def test_without_tables_nothing_is_found_and_deleting_works(database: Database) -> None:
    page_id = database.write(lambda connection: add_page(connection, "https://a.example/"))
    assert _search(database, MADE[0, 0], 5) == []
    assert (
        database.write(lambda connection: pages.delete_pages(connection, database.features, [page_id])) == 1
    )


def test_without_the_extension_pages_are_stored_and_deleted_all_the_same(tmp_path: Path) -> None:
    with Database(tmp_path / "p" / "history.db", without=frozenset({"vectors"})) as database:
        assert not database.features.vectors

        def store(connection: apsw.Connection) -> int:
            page_id = add_page(connection, "https://a.example/")
            pages.replace_chunks(connection, database.features, page_id, [make_chunk(0, "a")])
            jobs.add_job(connection, jobs.EMBED, page_id, NOON)
            return page_id

        page_id = database.write(store)
        database.write(lambda connection: pages.delete_pages(connection, database.features, [page_id]))
        assert database.read(jobs.count_jobs) == []


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=200))
def test_a_code_is_the_signs_of_its_vector_in_whole_words(values: list[float]) -> None:
    vector = np.array(values, dtype=np.float32)
    code = make_code(vector)
    assert len(code) % 8 == 0
    bits = np.unpackbits(np.frombuffer(code, dtype=np.uint8))
    assert bits[: len(values)].tolist() == [int(value > 0) for value in vector]
    assert not bits[len(values) :].any()
