"""Many rows at once into an empty database, for measurements: as they would be, without the way to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.storage import fulltext, vector_spaces
from host.storage.codes import WHOLE_PAGE, make_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw
    import numpy as np
    from numpy.typing import NDArray

    from host.storage.vector_spaces import VectorSpace


@dataclass(frozen=True)
class BulkPage:
    """A page with its passages and vectors.

    Attributes:
        url: its address, which no other one has.
        title: of the page.
        passages: its text, in order.
        visited_at: UTC milliseconds.
        vectors: float32, length 1: one row for each passage, and the last for the page as a whole.
    """

    url: str
    title: str
    passages: tuple[str, ...]
    visited_at: int
    vectors: NDArray[np.float32]


def begin_bulk(connection: apsw.Connection, space: VectorSpace) -> None:
    """Make ready: a place for vectors, and no full text until the end."""
    vector_spaces.choose_space(connection, space)
    fulltext.drop_index(connection)


def end_bulk(connection: apsw.Connection) -> None:
    """Make full text of all that is there."""
    fulltext.create_index(connection)


def insert_bulk(
    connection: apsw.Connection, first_page: int, first_chunk: int, pages: Sequence[BulkPage]
) -> int:
    """Insert pages with a visit each; returns how many passages they have.

    Args:
        connection: inside a transaction.
        first_page: id of the first page; ids go on from there.
        first_chunk: id of the first passage.
        pages: the pages.
    """
    space = next(each for each in vector_spaces.read_spaces(connection) if each.role == "active")
    chunk_id = first_chunk
    page_rows, chunk_rows, chunk_vectors, page_vectors, codes = [], [], [], [], []
    for page_id, page in enumerate(pages, start=first_page):
        domain = page.url.split("/")[2]
        text = "\n\n".join(page.passages)
        page_rows.append((page_id, page.url, domain, page.title, text, f"{page_id:064x}", page.visited_at))
        for place, passage in enumerate(page.passages):
            chunk_rows.append((chunk_id, page_id, place, passage, f"{chunk_id:064x}"))
            chunk_vectors.append((chunk_id, page.vectors[place].tobytes()))
            codes.append((page_id, chunk_id, make_code(page.vectors[place])))
            chunk_id += 1
        page_vectors.append((page_id, page.vectors[-1].tobytes()))
        codes.append((page_id, WHOLE_PAGE, make_code(page.vectors[-1])))
    connection.executemany(
        "INSERT INTO pages (id, url, domain, title, url_words, content_text, language, content_hash,"
        " captured_at, first_visit_at, last_visit_at, visit_count, summary_model, category_stamp)"
        " VALUES (?1, ?2, ?3, ?4, replace(?2, '/', ' '), ?5, 'en', ?6, ?7, ?7, ?7, 1, 'none', 'none')",
        page_rows,
    )
    connection.executemany(
        "INSERT INTO page_urls (url, page_id, last_visit_at) VALUES (?, ?, ?)",
        [(row[1], row[0], row[6]) for row in page_rows],
    )
    connection.executemany(
        "INSERT INTO visits (page_id, visited_at) VALUES (?, ?)", [(row[0], row[6]) for row in page_rows]
    )
    connection.executemany(
        "INSERT INTO page_chunks (id, page_id, position, text, text_hash) VALUES (?, ?, ?, ?, ?)", chunk_rows
    )
    connection.executemany(
        f"INSERT INTO {space.chunk_table} (chunk_id, embedding) VALUES (?, ?)", chunk_vectors
    )
    connection.executemany(f"INSERT INTO {space.page_table} (page_id, embedding) VALUES (?, ?)", page_vectors)
    connection.executemany(
        f"INSERT INTO {space.code_table} (page_id, chunk_id, code) VALUES (?, ?, ?)", codes
    )
    return len(chunk_rows)
