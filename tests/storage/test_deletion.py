from __future__ import annotations

import threading
import zlib
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.storage import jobs, pages, vector_spaces, vectors
from host.storage.connection import open_connection
from host.storage.database import Database, fold_log
from host.storage.vector_spaces import VectorSpace
from tests.makers import NOON, WAIT_S, add_page, find_active, make_chunk, make_visit, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

WORDS = ("quagmirical", "zephyrously", "xenolithics", "brachiopodal")
SPACE = VectorSpace("model", 16)


def _vector(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    made = np.random.default_rng(seed).standard_normal(16).astype(np.float32)
    found: np.ndarray[tuple[int], np.dtype[np.float32]] = made / np.linalg.norm(made)
    return found


def _raw(word: str) -> bytes:
    return zlib.compress(f"<p>{word}</p>".encode())


def _fill(database: Database) -> list[int]:
    """A page for each word, with everything that a page can have."""

    def store(connection: apsw.Connection) -> list[int]:
        vector_spaces.choose_space(connection, SPACE)
        space = find_active(connection)
        ids = []
        for number, word in enumerate(WORDS):
            page_id = add_page(
                connection,
                f"https://{word}.example/{word}",
                f"the {word} text",
                f"Title {word}",
                NOON + number,
            )
            pages.replace_chunks(connection, database.features, page_id, [make_chunk(0, f"a {word}", word)])
            (chunk,) = pages.read_chunks(connection, page_id)
            vectors.store_chunk_vectors(connection, space, [(chunk.id, page_id, _vector(number))])
            vectors.store_page_vector(connection, space, page_id, _vector(100 + number))
            jobs.store_capture(connection, page_id, NOON, _raw(word))
            jobs.add_job(connection, jobs.EXTRACT, page_id, NOON)
            ids.append(page_id)
        return ids

    return database.write(store)


def _read_files(database: Database) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(database.path.parent.iterdir()))


def _traces(database: Database, number: int) -> list[str]:
    """What of a page can be found in the files."""
    content, word = _read_files(database), WORDS[number]
    wanted = {
        "word": word.encode(),
        "raw page": _raw(word),
        "passage vector": _vector(number).tobytes()[:32],
        "page vector": _vector(100 + number).tobytes()[:32],
    }
    return [name for name, data in wanted.items() if data in content]


def _delete(database: Database, ids: list[int]) -> int:
    deleted = database.write(lambda connection: pages.delete_pages(connection, database.features, ids))
    fold_log(database)
    return deleted


def test_a_deleted_page_is_nowhere_in_the_files(database: Database) -> None:
    ids = _fill(database)
    fold_log(database)
    assert len(_traces(database, 1)) == 4
    assert _delete(database, [ids[1]]) == 1
    assert _traces(database, 1) == []
    assert len(_traces(database, 0)) == 4
    assert len(_traces(database, 2)) == 4


def test_a_page_deleted_before_the_log_was_folded_is_nowhere_in_the_log(database: Database) -> None:
    ids = _fill(database)
    assert len(_traces(database, 0)) == 4
    _delete(database, ids)
    assert [_traces(database, number) for number in range(len(WORDS))] == [[], [], [], []]


def test_text_that_a_page_no_longer_says_is_nowhere_in_the_files(database: Database) -> None:
    (page_id, *_) = _fill(database)

    def change(connection: apsw.Connection) -> None:
        add_page(connection, f"https://{WORDS[0]}.example/{WORDS[0]}", "the plainest text", "Plain", NOON)
        pages.replace_chunks(connection, database.features, page_id, [make_chunk(0, "plain")])
        jobs.delete_capture_before(connection, page_id, NOON)

    database.write(change)
    fold_log(database)
    # The address is still there; its title, text, passages and vectors are not.
    content = _read_files(database)
    for gone in (f"the {WORDS[0]} text", f"Title {WORDS[0]}", f"a {WORDS[0]}"):
        assert gone.encode() not in content
    assert _traces(database, 0) in (["word"], ["word", "page vector"])


def test_a_deleted_page_is_in_no_vector_space_whatever_that_is_for(database: Database) -> None:
    ids = _fill(database)

    def build(connection: apsw.Connection, name: str) -> None:
        """Another space with the same vectors, so that one look finds a trace in any of them."""
        vector_spaces.choose_space(connection, VectorSpace(name, 16))
        space = vector_spaces.read_spaces(connection)[-1]
        for number, page_id in enumerate(ids):
            (chunk,) = pages.read_chunks(connection, page_id)
            vectors.store_chunk_vectors(connection, space, [(chunk.id, page_id, _vector(number))])
            vectors.store_page_vector(connection, space, page_id, _vector(100 + number))

    for name in ("second", "third"):
        database.write(partial(build, name=name))
        database.write(vector_spaces.activate_building)
    database.write(lambda connection: build(connection, "fourth"))
    roles = [space.role for space in database.read(vector_spaces.read_spaces)]
    assert roles == ["leaving", "kept", "active", "building"]
    fold_log(database)
    wanted = _vector(1).tobytes()[:32]
    assert _read_files(database).count(wanted) == len(roles)
    _delete(database, [ids[1]])
    assert _traces(database, 1) == []
    assert _read_files(database).count(_vector(0).tobytes()[:32]) == len(roles)


def test_a_space_that_left_is_nowhere_in_the_files(database: Database) -> None:
    _fill(database)
    database.write(vector_spaces.restart_spaces)
    while database.write(vectors.empty_leaving):
        pass
    fold_log(database)
    for number in range(len(WORDS)):
        assert set(_traces(database, number)) == {"word", "raw page"}


def test_the_log_is_emptied_even_when_someone_is_reading(database: Database) -> None:
    ids = _fill(database)
    reading, go_on = threading.Event(), threading.Event()

    def read_slowly(connection: apsw.Connection) -> None:
        rows = connection.execute("SELECT title FROM pages")
        next(rows)
        reading.set()
        assert go_on.wait(WAIT_S)
        rows.fetchall()

    reader = threading.Thread(target=lambda: database.read(read_slowly))
    reader.start()
    assert reading.wait(WAIT_S)
    deleting = threading.Thread(target=lambda: _delete(database, ids))
    deleting.start()
    wait_until(lambda: database.read(_count_pages) == 0, "the pages are deleted")
    go_on.set()
    reader.join(WAIT_S)
    deleting.join(WAIT_S)
    assert [_traces(database, number) for number in range(len(WORDS))] == [[], [], [], []]


def _count_pages(connection: apsw.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM pages").fetchall()[0][0])


def test_everything_that_belongs_to_a_page_goes_with_it(database: Database) -> None:
    ids = _fill(database)
    _delete(database, ids[:3])

    def count(connection: apsw.Connection) -> dict[str, int]:
        tables = ("pages", "visits", "page_chunks", "captures", "jobs", "chunk_embeddings", "page_embeddings")
        return {
            table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608
            for table in tables
        }

    assert set(database.read(count).values()) == {1}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"urls": ["https://a.example/1", "https://nowhere.example/"]}, {1}),
        ({"domain": "a.example"}, {1, 2}),
        ({"domain": "%"}, set()),
        ({"domain": "_.example"}, set()),
        ({"from_ms": NOON + 3}, {3, 4}),
        ({"to_ms": NOON + 2}, {1}),
        ({"from_ms": NOON + 2, "to_ms": NOON + 3}, {2}),
        ({"urls": ["https://a.example/1"], "domain": "b.example"}, {1, 4}),
        ({"everything": True}, {1, 2, 3, 4}),
        ({}, set()),
    ],
)
def test_pages_are_named_by_address_site_time_or_all(
    database: Database, named: dict[str, object], expected: set[int]
) -> None:
    def store(connection: apsw.Connection) -> None:
        hosts = ("a.example/1", "sub.a.example/2", "nota.example/3", "b.example/4")
        for number, host in enumerate(hosts, start=1):
            pages.record_visit(connection, make_visit(f"https://{host}", NOON + number))

    database.write(store)
    assert set(database.read(lambda connection: pages.find_page_ids(connection, **named))) == expected  # type: ignore[arg-type]


def test_an_id_is_never_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "p" / "history.db"
    with Database(path) as database:
        (*_, last) = _fill(database)
        _delete(database, [last])
    with Database(path) as database:
        again = database.write(lambda connection: add_page(connection, "https://new.example/"))
    assert again > last


def test_a_log_that_another_process_is_reading_is_folded_once_it_is_done(database: Database) -> None:
    database.write(lambda connection: add_page(connection, "https://a.example/", "before"))
    other = open_connection(database.path, read_only=True)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM pages").fetchall()
    database.write(lambda connection: add_page(connection, "https://b.example/", "after"))
    try:
        assert not fold_log(database)
        assert database.log_waits
    finally:
        other.close()
    assert fold_log(database)
    assert not database.log_waits
