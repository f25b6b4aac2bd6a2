"""The schema for people: everything is there, counted and described."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from host.storage import vector_spaces
from host.storage.explorer_connection import open_explorer
from host.storage.explorer_descriptions import FUNCTION_NOTES
from host.storage.explorer_schema import read_schema
from host.storage.vector_spaces import VectorSpace
from tests.makers import add_page

if TYPE_CHECKING:
    from host.storage.database import Database
    from host.storage.explorer_schema import Table


def _read(database: Database) -> dict[str, Table]:
    connection = open_explorer(database.path, None, write=False)
    try:
        return {table.name: table for table in read_schema(connection)}
    finally:
        connection.close()


def test_every_table_of_ours_has_a_sentence(database: Database) -> None:
    database.write(lambda connection: vector_spaces.choose_space(connection, VectorSpace("one", 8)))
    database.write(lambda connection: vector_spaces.choose_space(connection, VectorSpace("two", 8)))
    tables = _read(database)
    assert {"chunk_embeddings", "chunk_embeddings_2", "vector_codes_2"} <= tables.keys()
    assert [name for name, table in tables.items() if not table.description.endswith(".")] == []


def test_tables_are_counted_by_their_kind(database: Database) -> None:
    database.write(lambda connection: vector_spaces.choose_space(connection, VectorSpace("one", 8)))
    database.write(lambda connection: add_page(connection, "https://a.example/", "text"))
    tables = _read(database)
    found = {name: (tables[name].kind, tables[name].rows) for name in ("pages", "pages_fts", "pages_text")}
    assert found == {"pages": ("table", 1), "pages_fts": ("virtual", 1), "pages_text": ("view", None)}
    assert tables["chunk_embeddings"].rows == 0
    assert tables["chunk_embeddings_chunks"].kind == "shadow"
    assert list(tables)[-1].startswith(("page_", "pages_", "chunk_"))


def test_counting_gives_up_in_time(database: Database) -> None:
    connection = open_explorer(database.path, None, write=False)
    clock = itertools.count(step=1.0)
    try:
        tables = read_schema(connection, lambda: next(clock))
    finally:
        connection.close()
    assert {table.rows for table in tables} == {None}
    assert all(table.columns for table in tables)


def test_functions_say_how_they_are_used() -> None:
    assert all(note.usage and note.description.endswith(".") for note in FUNCTION_NOTES)
