from __future__ import annotations

import os
from typing import TYPE_CHECKING

import apsw
import pytest

from host.core.errors import (
    AppError,
    Cancelled,
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseTooNew,
    InvalidInput,
)
from host.storage import fulltext
from host.storage.connection import open_connection
from host.storage.copying import copy_database
from host.storage.database import Database
from host.storage.fulltext import Match, Term
from host.storage.incoming import take_in
from host.storage.migrations import load_steps, migrate
from tests.makers import NOON, add_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for copies."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A history of 40 pages, closed."""
    path = tmp_path / "given.db"
    with Database(path) as database:
        for number in range(40):
            database.write(
                lambda connection, number=number: add_page(  # type: ignore[misc]
                    connection, f"https://{number}.example/", f"words {number} " * 500, f"Page {number}"
                )
            )
    return path


def _change(path: Path, sql: str) -> None:
    connection = open_connection(path, read_only=False)
    try:
        connection.execute(sql)
    finally:
        connection.close()


def _make_other(path: Path) -> None:
    path.unlink()
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE pages (id); CREATE TABLE notes (id); PRAGMA user_version=3")
    connection.close()


def _overwrite_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(bytes(range(250)) * 400)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 100)


def _begin_alike(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:16] + b"and then something else " * 5000)


# What is wrong, how it comes about, and what is said.
WRONG: list[tuple[str, Callable[[Path], object], type[AppError], str]] = [
    ("empty", lambda path: path.write_bytes(b""), InvalidInput, "not a SQLite"),
    ("a text", lambda path: path.write_text("hello " * 1000, encoding="utf-8"), InvalidInput, "not a SQLite"),
    ("noise", lambda path: path.write_bytes(os.urandom(100_000)), InvalidInput, "not a SQLite"),
    ("a header and nothing", lambda path: os.truncate(path, 16), DatabaseCorrupt, "damaged"),
    ("cut off", _cut, DatabaseCorrupt, "damaged"),
    ("overwritten", _overwrite_middle, DatabaseCorrupt, "damaged"),
    ("begins alike", _begin_alike, DatabaseCorrupt, "damaged"),
    ("another program's", _make_other, InvalidInput, "another program"),
    ("newer", lambda path: _change(path, "PRAGMA user_version=9999"), DatabaseTooNew, "newer"),
    ("a table is gone", lambda path: _change(path, "DROP TABLE saved_queries"), InvalidInput, "tables"),
    (
        "a trigger of its own",
        lambda path: _change(path, "CREATE TRIGGER more AFTER INSERT ON pages BEGIN DELETE FROM visits; END"),
        InvalidInput,
        "tables",
    ),
    (
        "a view in the place of ours",
        lambda path: _change(
            path,
            "DROP VIEW pages_text; CREATE VIEW pages_text AS SELECT id, '' AS title, '' AS url_words,"
            " randomblob(1000000000) AS content_text FROM pages",
        ),
        InvalidInput,
        "tables",
    ),
]


@pytest.mark.parametrize(
    ("change", "error", "words"), [case[1:] for case in WRONG], ids=[c[0] for c in WRONG]
)
def test_a_file_that_cannot_be_used_is_refused_in_words_and_stays_as_it_was(
    history: Path, folder: Path, change: Callable[[Path], object], error: type[AppError], words: str
) -> None:
    change(history)
    before = history.read_bytes()
    with pytest.raises(error, match=words) as raised:
        take_in(history, folder)
    assert raised.value.fix
    assert history.read_bytes() == before
    assert [file.name for file in history.parent.iterdir() if file.name.startswith("given")] == ["given.db"]


def test_a_history_is_taken_in_as_it_is_and_its_file_stays_as_it_was(history: Path, folder: Path) -> None:
    before = history.read_bytes()
    taken = take_in(history, folder)
    assert [file.name for file in folder.iterdir()] == [taken.name]
    assert history.read_bytes() == before
    with Database(taken) as database:
        assert database.read(_count) == 40
        assert _find(database, "17")


def test_what_is_still_in_the_log_beside_a_file_comes_along(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "open" / "history.db"
    with Database(path) as database:
        database.write(lambda connection: add_page(connection, "https://a.example/", "only in the log"))
        assert path.with_name("history.db-wal").stat().st_size > 0
        with Database(take_in(path, folder)) as taken:
            assert taken.read(_count) == 1


@pytest.mark.parametrize("version", [number for number, _ in load_steps()])
def test_a_file_of_each_older_schema_is_brought_up_to_date(
    tmp_path: Path, folder: Path, version: int
) -> None:
    path = tmp_path / "old.db"
    connection = open_connection(path, read_only=False)
    try:
        migrate(connection, load_steps()[:version])
        connection.execute(
            "INSERT INTO pages (url, domain, title, content_text, first_visit_at, last_visit_at)"
            " VALUES ('https://old.example/', 'old.example', 'Old', 'words of long ago', ?, ?)",
            (NOON, NOON),
        )
    finally:
        connection.close()
    before = path.read_bytes()
    with Database(take_in(path, folder)) as taken:
        assert taken.read(_version) == load_steps()[-1][0]
        assert _find(taken, "ago")
    assert path.read_bytes() == before


def test_full_text_that_was_tampered_with_is_made_anew(history: Path, folder: Path) -> None:
    _change(
        history,
        "DROP TRIGGER pages_fts_delete;"
        " CREATE TRIGGER pages_fts_delete BEFORE DELETE ON pages BEGIN SELECT 1; END;"
        " DROP TABLE pages_terms; DROP TABLE pages_fts; CREATE TABLE pages_fts (title)",
    )
    with Database(take_in(history, folder)) as taken:
        assert _find(taken, "17")
        taken.write(lambda connection: connection.execute("DELETE FROM pages").fetchall())
        assert not _find(taken, "17")
        assert taken.write(fulltext.check_index)


def test_a_file_in_clear_is_encrypted_for_an_encrypted_history(history: Path, folder: Path) -> None:
    key = os.urandom(32)
    taken = take_in(history, folder, key=key)
    assert [file.name for file in folder.iterdir()] == [taken.name]
    assert b"words" not in taken.read_bytes()
    with Database(taken, key=key) as database:
        assert database.read(_count) == 40


def test_an_encrypted_file_is_taken_in_with_its_own_key_only(tmp_path: Path, folder: Path) -> None:
    key, other = os.urandom(32), os.urandom(32)
    given = tmp_path / "encrypted.db"
    with Database(tmp_path / "p" / "history.db", key=key) as database:
        database.write(lambda connection: add_page(connection, "https://a.example/", "secret"))
        copy_database(database, given)
    for wrong in (None, other):
        with pytest.raises(DatabaseLocked, match="another key"):
            take_in(given, folder, key=wrong)
        for left in folder.iterdir():
            left.unlink()
    with Database(take_in(given, folder, key=key), key=key) as taken:
        assert taken.read(_count) == 1


def test_taking_in_can_be_cancelled(history: Path, folder: Path) -> None:
    with pytest.raises(Cancelled):
        take_in(history, folder, cancelled=lambda: True)
    assert list(folder.iterdir()) == []


def test_looking_at_it_can_be_cancelled_as_well(history: Path, folder: Path) -> None:
    checking: list[int] = []
    with pytest.raises(Cancelled):
        take_in(history, folder, on_check=lambda: checking.append(1), cancelled=lambda: bool(checking))
    assert checking


def _count(connection: apsw.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM pages").fetchall()[0][0])


def _version(connection: apsw.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchall()[0][0])


def _find(database: Database, word: str) -> list[fulltext.TextHit]:
    match = Match(any_of=(Term(word),))
    return database.read(lambda connection: fulltext.search_text(connection, match, 10))
