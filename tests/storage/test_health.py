from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import Cancelled
from host.storage import jobs, pages, vector_spaces, vectors
from host.storage.growth import DAY_MS, MOST_DAYS, Growth, name_day, note_growth, read_growth
from host.storage.health import Health, read_health
from host.storage.sizes import measure_tables
from host.storage.vector_spaces import VectorSpace
from tests.makers import NOON, add_page, find_active, make_chunk

if TYPE_CHECKING:
    import apsw
    from numpy.typing import NDArray

    from host.storage.database import Database

SPACE = VectorSpace("red", 8)
PAGES = 3


def _vector(seed: int) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).standard_normal(SPACE.dimensions).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


@pytest.fixture
def full(database: Database) -> Database:
    """Pages with passages, each with its vectors."""

    def fill(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, SPACE)
        space = find_active(connection)
        for number in range(PAGES):
            page_id = add_page(connection, f"https://a.example/{number}", f"tea {number}", at=NOON + number)
            chunks = [make_chunk(0, f"tea {number}"), make_chunk(1, "more")]
            pages.replace_chunks(connection, database.features, page_id, chunks)
            vectors.store_page_vector(connection, space, page_id, _vector(number))
        rows = connection.execute("SELECT id, page_id FROM page_chunks").fetchall()
        vectors.store_chunk_vectors(
            connection, space, [(chunk_id, page_id, _vector(chunk_id)) for chunk_id, page_id in rows]
        )
        connection.execute("DELETE FROM jobs")

    database.write(fill)
    return database


def _look(database: Database) -> Health:
    return database.read(lambda connection: read_health(connection, database.path))


def _run(database: Database, sql: str) -> None:
    database.write(lambda connection: connection.execute(sql).fetchall())


def test_indexes_that_hold_everything_lack_nothing(full: Database) -> None:
    health = _look(full)
    assert health.fulltext is not None
    (space,) = health.spaces
    assert space.vectors is not None
    parities = (health.fulltext, space.pages, space.passages, space.vectors)
    assert [(parity.rows, parity.expected) for parity in parities] == [(3, 3), (3, 3), (6, 6), (6, 6)]
    assert not any(parity.missing or parity.surplus for parity in parities)
    assert (health.jobs_waiting, health.jobs_failed) == (0, 0)
    assert health.database_bytes == full.path.stat().st_size or health.log_bytes > 0


def test_a_page_that_full_text_lacks_is_noticed(full: Database) -> None:
    _run(full, "DELETE FROM pages_fts_docsize WHERE id = 2")
    found = _look(full).fulltext
    assert found is not None
    assert (found.rows, found.missing, found.surplus) == (2, 1, 0)


def test_as_many_rows_as_there_should_be_may_still_be_others(full: Database) -> None:
    _run(full, "UPDATE pages_fts_docsize SET id = 77 WHERE id = 2")
    found = _look(full).fulltext
    assert found is not None
    assert (found.rows, found.expected) == (3, 3)
    assert (found.missing, found.surplus) == (1, 1)


def test_a_passage_and_a_page_without_a_vector_are_noticed(full: Database) -> None:
    _run(full, "DELETE FROM vector_codes WHERE chunk_id IN (0, 1) AND page_id = 1")
    (space,) = _look(full).spaces
    assert (space.passages.missing, space.pages.missing) == (1, 1)
    assert space.vectors is not None
    assert space.vectors.surplus == 1


def test_a_vector_that_is_gone_while_its_code_is_there_is_noticed(full: Database) -> None:
    _run(full, "DELETE FROM chunk_embeddings WHERE chunk_id = 4")
    (space,) = _look(full).spaces
    assert space.passages.missing == 0
    assert space.vectors is not None
    assert space.vectors.missing == 1


def test_a_vector_of_a_page_that_is_gone_is_noticed(full: Database) -> None:
    _run(full, "UPDATE vector_codes SET page_id = 99 WHERE page_id = 3")
    (space,) = _look(full).spaces
    assert (space.pages.missing, space.pages.surplus) == (1, 1)
    assert (space.passages.missing, space.passages.surplus) == (2, 2)


def test_a_space_in_the_making_is_named_with_what_waits_for_it(full: Database) -> None:
    def build(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, VectorSpace("blue@abc", 16))
        jobs.add_job(connection, jobs.REEMBED, 1, NOON)
        jobs.add_job(connection, jobs.SUMMARISE, 2, NOON)

    full.write(build)
    health = _look(full)
    building = next(space for space in health.spaces if space.role == "building")
    assert building.model == "blue"
    assert (building.pages.missing, building.passages.missing, building.waiting) == (3, 6, 1)
    assert health.jobs_waiting == 1


def test_a_database_without_full_text_has_no_such_index(full: Database) -> None:
    _run(full, "DROP TABLE pages_terms")
    _run(full, "DROP TABLE pages_fts")
    assert _look(full).fulltext is None


def test_growth_is_told_by_the_pages_until_it_is_noted(database: Database) -> None:
    def fill(connection: apsw.Connection) -> None:
        for day, number in ((0, 1), (0, 2), (3, 3)):
            add_page(connection, f"https://a.example/{number}", "tea", at=NOON + day * DAY_MS)
        note_growth(connection, NOON + 2 * DAY_MS, 1000)
        note_growth(connection, NOON + 2 * DAY_MS + 1, 2000)

    database.write(fill)
    now = NOON + 9 * DAY_MS
    found = database.read(lambda connection: read_growth(connection, now, 7777))
    # Two pages were there on the first day; what the pages tell ends where notes begin.
    assert found == [
        Growth(name_day(NOON), 2, None),
        Growth(name_day(NOON + 2 * DAY_MS), 3, 2000),
        Growth(name_day(now), 3, 7777),
    ]


def test_growth_over_many_years_is_thinned_out_and_ends_today(database: Database) -> None:
    def fill(connection: apsw.Connection) -> None:
        for day in range(3 * MOST_DAYS):
            note_growth(connection, NOON + day * DAY_MS, day)

    database.write(fill)
    now = NOON + 3 * MOST_DAYS * DAY_MS
    found = database.read(lambda connection: read_growth(connection, now, 5))
    assert MOST_DAYS / 2 < len(found) <= MOST_DAYS
    assert found[-1] == Growth(name_day(now), 0, 5)
    assert [day.day for day in found] == sorted(day.day for day in found)


def test_sizes_go_by_the_tables_that_a_person_knows(full: Database) -> None:
    shares: list[float] = []
    sizes = full.read(lambda connection: measure_tables(connection, shares.append))
    total = full.read(lambda connection: connection.execute("PRAGMA page_count").fetchall()[0][0])
    free = full.read(lambda connection: connection.execute("PRAGMA freelist_count").fetchall()[0][0])
    page = full.read(lambda connection: connection.execute("PRAGMA page_size").fetchall()[0][0])
    assert {"pages", "pages_fts", "chunk_embeddings", "vector_codes"} <= sizes.keys()
    assert not [name for name in sizes if name.startswith(("pages_fts_", "sqlite_autoindex"))]
    assert sum(sizes.values()) == (total - free) * page
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
    assert shares


def test_measuring_sizes_can_be_taken_back(full: Database) -> None:
    cancelled = threading.Event()
    cancelled.set()

    def check() -> None:
        if cancelled.is_set():
            message = "The request was cancelled."
            raise Cancelled(message)

    with pytest.raises(Cancelled):
        full.read(lambda connection: measure_tables(connection, check_cancelled=check))
