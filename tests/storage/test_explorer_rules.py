"""What the engine lets a person's statement use: only what is listed, and all of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import AppError
from host.storage.explorer_connection import open_explorer
from host.storage.explorer_functions import add_functions
from host.storage.explorer_limits import Watch
from host.storage.explorer_rules import FUNCTIONS, PRAGMAS, PRAGMAS_ABOUT
from host.storage.explorer_running import Run
from tests.makers import add_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    import apsw

    from host.storage.database import Database

# Those that reach beyond the statement, that only other modules use, or that nobody needs.
REFUSED = {
    "fts3_tokenizer", "fts5", "load_extension", "matchinfo", "offsets", "optimize",
    "rtreecheck", "rtreedepth", "rtreenode", "sqlite3mc_codec_data", "sqlite3mc_config", "sqlite3mc_version",
    "sqlite_log",
}  # fmt: skip


@pytest.fixture
def connection(database: Database) -> Iterator[apsw.Connection]:
    """A connection that reads, as the explorer opens it."""
    made = open_explorer(database.path, None, write=False)
    add_functions(made, {})
    yield made
    made.close()


def _run(connection: apsw.Connection, sql: str, *, write: bool = False) -> list[list[object]]:
    run = Run(connection, sql, Watch(10.0), write=write)
    return run.read(run.prepare(), None, limit=1000, offset=0, dimensions=()).cells


def _find_failures(
    connection: apsw.Connection, statements: dict[str, str], *, write: bool = False
) -> dict[str, str]:
    """What was said of each statement that was not run."""
    found = {}
    for name, sql in statements.items():
        try:
            _run(connection, sql, write=write)
        except AppError as error:
            found[name] = error.message
    return found


def test_every_function_of_this_engine_is_either_allowed_or_known_to_be_refused(
    connection: apsw.Connection,
) -> None:
    known = {row[0] for row in connection.execute("SELECT DISTINCT name FROM pragma_function_list")}
    unknown = {name for name in known - FUNCTIONS - REFUSED if not name.startswith("geopoly_")}
    assert unknown == set()
    assert not FUNCTIONS & REFUSED


def test_pragmas_that_read_are_run(connection: apsw.Connection) -> None:
    assert _find_failures(connection, {name: f"PRAGMA {name}" for name in PRAGMAS}) == {}


def test_pragmas_about_a_table_are_run_also_as_tables(connection: apsw.Connection) -> None:
    assert _find_failures(connection, {name: f"PRAGMA {name}(pages)" for name in PRAGMAS_ABOUT}) == {}
    tables = {name: f"SELECT * FROM pragma_{name}('pages')" for name in PRAGMAS_ABOUT}  # noqa: S608
    assert _find_failures(connection, tables) == {}


@pytest.mark.parametrize("write", [False, True])
def test_pragmas_that_read_take_no_argument(connection: apsw.Connection, *, write: bool) -> None:
    asked = {name: f"PRAGMA {name} = 1" for name in PRAGMAS - PRAGMAS_ABOUT}
    found = _find_failures(connection, asked, write=write)
    assert {name for name in asked if "read only" not in found.get(name, "")} == set()


def test_the_connection_itself_refuses_to_write_without_any_rule(connection: apsw.Connection) -> None:
    with pytest.raises(Exception, match="readonly"):
        connection.execute("DELETE FROM meta")


def test_full_text_is_searched_ranked_and_quoted(database: Database, connection: apsw.Connection) -> None:
    database.write(lambda writer: add_page(writer, "https://a.example/", "Bread rises slowly", "Loaf"))
    database.write(lambda writer: add_page(writer, "https://b.example/", "日本のパン", "パン"))
    sql = (
        "SELECT rowid, bm25(pages_fts, 3.0, 1.5, 1.0) < 0, snippet(pages_fts, 2, '[', ']', '…', 5),"
        " highlight(pages_fts, 0, '<', '>') FROM pages_fts WHERE pages_fts MATCH {} ORDER BY rank"
    )
    assert _run(connection, sql.format("'rising'")) == [[1, 1, "Bread [rises] slowly", "Loaf"]]
    assert _run(connection, sql.format("separate_unspaced('日本')"))[0][0] == 2
    assert _run(connection, "SELECT content_text FROM pages_text WHERE id = 2") == [[" 日  本  の  パ  ン "]]
    assert _run(connection, "SELECT doc FROM pages_terms WHERE term = 'bread'") == [[1]]
