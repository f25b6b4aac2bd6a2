"""Databases from elsewhere, laid over a history: older, newer, in use, hostile, damaged, encrypted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import apsw
import pytest

from host.core.errors import Cancelled, DatabaseLocked, DatabaseTooNew, InvalidInput
from host.storage import migrations
from host.storage.connection import open_connection
from host.storage.database import Database
from host.upkeep.records import merge_file
from tests.makers import NOON
from tests.upkeep.record_makers import fill, read_contents

if TYPE_CHECKING:
    from pathlib import Path

    from host.history.profiles import Profile, Profiles

NEWEST = migrations.load_steps()[-1][0]
_PAGE = (
    "INSERT INTO pages (url, domain, title, first_visit_at, last_visit_at, visit_count)"
    " VALUES ('https://old.example/', 'old.example', 'Old', 1717761600000, 1717761600000, 1)"
)
_VISIT = "INSERT INTO visits (page_id, visited_at) VALUES (1, 1717761600000)"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A closed database with something of everything."""
    path = tmp_path / "elsewhere" / "history.db"
    with Database(path) as made:
        made.write(fill)
    return path


def _change(path: Path, *statements: str) -> None:
    connection = open_connection(path, read_only=False)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def _make_older(path: Path, schema: int) -> None:
    connection = open_connection(path, read_only=False)
    migrations.migrate(connection, migrations.load_steps()[:schema])
    connection.execute(_PAGE)
    connection.execute(_VISIT)
    connection.close()


def test_a_database_gives_all_that_it_has_and_stays_as_it_was(profile: Profile, database: Path) -> None:
    before = database.read_bytes()
    result = merge_file(profile, database)
    assert (result.added["page"], result.added["conversation"], result.added["saved_query"]) == (3, 1, 1)
    with Database(database.with_name("copy.db")) as made:
        made.write(fill)
        # Settings are the affair of each history.
        expected = {**made.read(read_contents), "settings": []}
    found = profile.database.read(read_contents)
    for table, rows in expected.items():
        # What was said about a site lets its pages be looked at again: the last column.
        cut = -1 if table == "pages" else None
        assert [row[:cut] for row in found[table]] == [row[:cut] for row in rows], table
    again = merge_file(profile, database)
    assert (again.added, again.updated) == ({}, {})
    assert database.read_bytes() == before
    assert sorted(file.name for file in database.parent.glob("history*")) == ["history.db"]


@pytest.mark.parametrize("schema", range(1, NEWEST + 1))
def test_a_database_of_each_older_schema_is_taken_in(profile: Profile, tmp_path: Path, schema: int) -> None:
    path = tmp_path / "old.db"
    _make_older(path, schema)
    assert merge_file(profile, path).added["page"] == 1
    found = profile.database.read(read_contents)
    assert [row[0] for row in found["pages"]] == ["https://old.example/"]
    assert [row[:2] for row in found["visits"]] == [("https://old.example/", NOON)]
    check = open_connection(path, read_only=True)
    assert check.execute("PRAGMA user_version").fetchall() == [(schema,)]
    check.close()


def test_a_database_of_a_newer_schema_is_told_and_changes_nothing(profile: Profile, database: Path) -> None:
    _change(database, f"PRAGMA user_version={NEWEST + 1:d}")
    with pytest.raises(DatabaseTooNew, match=str(NEWEST + 1)):
        merge_file(profile, database)
    assert profile.database.read(read_contents)["pages"] == []


def test_a_database_in_use_gives_what_is_in_its_log(profile: Profile, profiles: Profiles) -> None:
    other = profiles.open("other")
    other.database.write(fill)
    assert merge_file(profile, other.database.path).added["page"] == 3


def test_nothing_that_a_file_brings_along_is_run(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    _make_older(path, 1)
    _change(
        path,
        "CREATE TABLE touched (what TEXT)",
        "CREATE TRIGGER a AFTER UPDATE ON pages BEGIN DELETE FROM pages; END",
        "CREATE TRIGGER b AFTER INSERT ON meta BEGIN DELETE FROM pages; END",
        "DROP VIEW pages_text",
        "CREATE VIEW pages_text AS SELECT load_extension('evil')",
    )
    assert merge_file(profile, path).added["page"] == 1


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE pages SET language = x'00ff' WHERE id = 1", "page.language must be text"),
        ("UPDATE pages SET visit_count = -4 WHERE id = 1", "page.visit_count must be a whole number"),
        ("UPDATE pages SET url = 'javascript:alert(1)' WHERE id = 1", "page.url must be an http"),
        ("UPDATE messages SET details = '{' WHERE role = 'assistant'", "a row cannot be read"),
        ("UPDATE visits SET visited_at = 9e18", "visits\\[0\\].at must be a whole number"),
    ],
)
def test_a_row_that_does_not_fit_is_told_before_anything_is_changed(
    profile: Profile, database: Path, statement: str, told: str
) -> None:
    _change(database, statement)
    with pytest.raises(InvalidInput, match=told):
        merge_file(profile, database)
    assert profile.database.read(read_contents)["pages"] == []


def test_a_database_of_something_else_is_told(profile: Profile, tmp_path: Path) -> None:
    other = tmp_path / "History"
    connection = apsw.Connection(str(other))
    connection.execute("CREATE TABLE urls (id INTEGER); PRAGMA user_version=3")
    connection.close()
    with pytest.raises(InvalidInput, match="no database of AI History") as caught:
        merge_file(profile, other)
    assert "ai-history import" in str(caught.value.fix)


def test_a_damaged_database_is_told_and_changes_nothing(profile: Profile, database: Path) -> None:
    content = bytearray(database.read_bytes())
    for page in range(2, len(content) // 8192):
        content[page * 8192 : page * 8192 + 64] = b"\xff" * 64
    database.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"damaged|cannot be read"):
        merge_file(profile, database)
    assert profile.database.read(read_contents)["pages"] == []


def test_a_copying_that_is_taken_back_leaves_nothing_behind(profile: Profile, database: Path) -> None:
    stop = threading.Event()
    stop.set()
    folder = profile.database.path.parent
    before = sorted(folder.iterdir())
    with pytest.raises(Cancelled):
        merge_file(profile, database, cancelled=stop)
    assert sorted(folder.iterdir()) == before


def test_an_encrypted_database_is_merged_with_the_profiles_own_key(profile: Profile, tmp_path: Path) -> None:
    key = bytes(range(32))
    path = tmp_path / "locked.db"
    with Database(path, key=key) as made:
        made.write(fill)
    with pytest.raises(DatabaseLocked):
        merge_file(profile, path)
    profile.database.replace(_make_empty(tmp_path / "own.db", key), key=key)
    assert merge_file(profile, path).added["page"] == 3


def _make_empty(path: Path, key: bytes) -> Path:
    Database(path, key=key).close()
    return path
