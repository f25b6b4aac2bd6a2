"""A history with a row in every table, vectors included, and what two histories are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.storage import pages, statistics, vector_spaces, vectors
from host.storage.vector_spaces import VectorSpace
from tests.makers import NOON, add_page, find_active, make_chunk, put_category

if TYPE_CHECKING:
    import apsw

    from host.storage.connection import Features
    from host.storage.database import Database

DIMENSIONS = 16
_ALL = "SELECT * FROM "


def fill(database: Database, count: int = 5, name: str = "page") -> None:
    """Put pages with passages and vectors into a database, and one of everything else."""
    features = database.features

    def store(connection: apsw.Connection) -> None:
        if vector_spaces.find_space(connection, "active") is None:
            vector_spaces.choose_space(connection, VectorSpace("tiny", DIMENSIONS))
        for number in range(count):
            _add(connection, features, f"https://{name}-{number}.example/", f"{name} {number}", number)
        connection.execute("INSERT OR REPLACE INTO settings VALUES ('appearance.theme', '\"dark\"')")
        connection.execute(
            "INSERT INTO tab_corrections (url, page_url, host, title, category, created_at)"
            " VALUES ('https://a.example/', 'https://a.example/', 'a.example', 'A', 'dev', ?)",
            (NOON,),
        )
        connection.execute(
            "INSERT INTO conversations (title, created_at, updated_at) VALUES ('Tea', ?, ?)", (NOON, NOON)
        )
        for role, text in (("user", "Which tea?"), ("assistant", "")):
            connection.execute(
                "INSERT INTO messages (conversation_id, role, text, created_at) VALUES (1, ?, ?, ?)",
                (role, text, NOON),
            )
        connection.execute("INSERT INTO answer_sentences VALUES (1, 2, 0, 'The green one.', 1, 0)")
        connection.execute(
            "INSERT INTO citations (message_id, n, page_id, chunk_id, passage, quote, cited)"
            " VALUES (2, 1, 1, 1, 'words', 'words', 1)"
        )
        connection.execute("INSERT INTO sentence_citations VALUES (1, 1, 0)")
        connection.execute("INSERT INTO message_pages VALUES (2, 1)")
        connection.execute("INSERT INTO saved_queries VALUES (1, 'Mine', 'SELECT 1', ?)", (NOON,))
        connection.execute("INSERT INTO growth VALUES ('2024-06-07', 5, 4096)")

    database.write(store)


def dump(connection: apsw.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table by its name, those of full text and of sqlite-vec included."""
    names = [
        str(row[0])
        for row in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            " AND name NOT LIKE 'sqlite_stat%' ORDER BY name"
        )
    ]
    return {name: sorted(connection.execute(_ALL + name), key=repr) for name in names}


def read_urls(connection: apsw.Connection) -> set[str]:
    """The addresses of all pages."""
    return {str(row[0]) for row in connection.execute("SELECT url FROM pages")}


def check(connection: apsw.Connection) -> list[str]:
    """What SQLite finds wrong with the file."""
    return statistics.read_problems(connection, "integrity_check")


def _add(connection: apsw.Connection, features: Features, url: str, name: str, number: int) -> None:
    page_id = add_page(connection, url, f"words of {name} " * 20, name, NOON + number)
    pages.replace_chunks(
        connection, features, page_id, [make_chunk(0, f"words of {name}"), make_chunk(1, f"more of {name}")]
    )
    put_category(connection, [page_id], "dev")
    space = find_active(connection)
    random = np.random.default_rng(number)
    made = random.standard_normal((3, DIMENSIONS)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    chunks = [chunk.id for chunk in pages.read_chunks(connection, page_id)]
    vectors.store_chunk_vectors(
        connection, space, [(chunk, page_id, vector) for chunk, vector in zip(chunks, made, strict=False)]
    )
    vectors.store_page_vector(connection, space, page_id, made[2])
