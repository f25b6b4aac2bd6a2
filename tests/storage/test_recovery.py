from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import DatabaseCorrupt, DiskFull
from host.storage import connection as connections
from host.storage import jobs, pages, recovery, settings
from host.storage.categories import BUILT_IN, StoredCategory, read_categories, write_categories
from host.storage.database import Database
from host.storage.fulltext import Match, Term, search_text
from host.storage.page_categories import (
    CategoryCounts,
    PageCategory,
    count_categories,
    read_leads,
    store_categories,
)
from host.storage.recovery import rebuild_damaged, suspicion_path
from host.storage.tab_corrections import NewCorrection, add_correction, count_corrections
from tests.makers import NOON, add_page, make_chunk

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

PAGES = 200
BLOCK = 8192
Damage = Callable[[bytearray], bytes]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed history of many pages."""
    path = tmp_path / "p" / "history.db"
    with Database(path) as database:

        def fill(connection: apsw.Connection) -> None:
            for number in range(PAGES):
                page_id = add_page(
                    connection, f"https://{number}.example/", f"tea {number} " * 200, f"T {number}"
                )
                pages.replace_chunks(connection, database.features, page_id, [make_chunk(0, f"tea {number}")])
            jobs.store_capture(connection, 1, NOON, b"raw")
            settings.store_settings(connection, {"appearance.theme": "dark"})

        database.write(fill)
    return path


def _noise(size: int) -> bytes:
    return hashlib.shake_128(b"noise").digest(size)


def _overwrite_middle(data: bytearray) -> bytes:
    middle = len(data) // 2
    data[middle : middle + 4 * BLOCK] = _noise(4 * BLOCK)
    return bytes(data)


def _cut_off(data: bytearray) -> bytes:
    return bytes(data[: len(data) * 2 // 3])


def _clear_header(data: bytearray) -> bytes:
    data[:100] = bytes(100)
    return bytes(data)


def _replace_all(data: bytearray) -> bytes:
    return _noise(len(data))


def _damage(path: Path, how: Damage) -> bytes:
    damaged = how(bytearray(path.read_bytes()))
    path.write_bytes(damaged)
    return damaged


def _meet_damage(path: Path) -> None:
    """Use a database until its damage shows, as a daemon does; then open it again."""
    with Database(path) as database, pytest.raises(DatabaseCorrupt):
        database.read(lambda c: c.execute("SELECT length(content_text), author FROM pages").fetchall())
    with pytest.raises(DatabaseCorrupt):
        Database(path)


@pytest.mark.parametrize(
    ("how", "at_least"),
    [(_overwrite_middle, PAGES // 2), (_cut_off, PAGES // 3), (_clear_header, PAGES), (_replace_all, 0)],
)
def test_a_damaged_database_is_set_aside_and_rebuilt_from_what_can_be_read(
    path: Path, how: Damage, at_least: int
) -> None:
    damaged = _damage(path, how)
    if how is _overwrite_middle:
        _meet_damage(path)
        damaged = path.read_bytes()
    else:
        with pytest.raises(DatabaseCorrupt):
            Database(path)
    repaired = rebuild_damaged(path)
    assert repaired.backup.read_bytes() == damaged
    assert repaired.rows["pages"] >= at_least
    with Database(path) as database:
        count = database.read(lambda c: int(c.execute("SELECT count(*) FROM pages").fetchall()[0][0]))
        assert count == repaired.rows["pages"]
        assert database.read(lambda c: c.execute("PRAGMA integrity_check").fetchall()) == [("ok",)]
        # Every page that was saved is found again, and waits for its vectors.
        hits = database.read(lambda c: search_text(c, Match(any_of=(Term("tea"),)), PAGES))
        assert len(hits) == count
        queued = {found.kind: found.count for found in database.read(jobs.count_jobs)}
        assert queued.get(jobs.EMBED, 0) == count
        database.write(lambda c: add_page(c, "https://new.example/", "new"))
    assert sorted(file.name for file in path.parent.iterdir()) == sorted([path.name, repaired.backup.name])


def test_settings_passages_and_raw_pages_are_saved_too(path: Path) -> None:
    _damage(path, _clear_header)
    rows = rebuild_damaged(path).rows
    assert (rows["page_chunks"], rows["captures"], rows["settings"]) == (PAGES, 1, 1)
    with Database(path) as database:
        assert database.read(settings.read_settings) == {"appearance.theme": "dark"}
        assert database.read(lambda c: jobs.read_capture(c, 1)) == (NOON, b"raw")
        assert {found.kind for found in database.read(jobs.count_jobs)} == {jobs.EMBED, jobs.EXTRACT}


def test_categories_corrections_and_where_pages_belong_are_saved_too(path: Path) -> None:
    renamed = [replace(BUILT_IN[1], name="Dev"), replace(BUILT_IN[0], name="Social", enabled=False)]
    own = StoredCategory("cooking", "Cooking", "recipes", "yellow", ("Bread",))

    def change(connection: apsw.Connection) -> list[StoredCategory]:
        write_categories(connection, [own, *renamed, *BUILT_IN[2:]])
        add_correction(connection, NewCorrection("https://a.example/", "Bread", "cooking", None, NOON))
        leads = read_leads(connection, [1])
        store_categories(connection, [PageCategory(leads[0], "cooking", 0.9)], "now")
        return read_categories(connection)

    with Database(path) as database:
        before = database.write(change)
    _damage(path, _clear_header)
    rows = rebuild_damaged(path).rows
    assert rows["tab_corrections"] == 1
    with Database(path) as database:
        assert database.read(read_categories) == before
        assert database.read(count_corrections) == {"cooking": 1}
        assert database.read(count_categories) == CategoryCounts(1, {"cooking": 1})


def test_pages_that_were_only_in_the_log_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "p" / "history.db"
    database = Database(path)
    database.write(lambda c: add_page(c, "https://a.example/", "tea"))
    copies = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    database.close()
    assert copies["history.db-wal"]
    for name, data in copies.items():
        (path.parent / name).write_bytes(data)
    assert rebuild_damaged(path).rows["pages"] == 1


def test_damage_that_is_met_while_working_is_mended_at_the_next_start(path: Path) -> None:
    _damage(path, _overwrite_middle)
    _meet_damage(path)
    assert suspicion_path(path).exists()
    rebuild_damaged(path)
    assert not suspicion_path(path).exists()
    Database(path).close()


def test_damage_to_the_index_alone_costs_no_row(path: Path) -> None:
    def damage(connection: apsw.Connection) -> None:
        connection.execute("UPDATE pages_fts_data SET block = x'ff00ff00' WHERE id > 10")

    with Database(path) as database:
        database.write(damage)
    with Database(path) as database, pytest.raises(DatabaseCorrupt):
        database.read(lambda c: search_text(c, Match(any_of=(Term("tea"),)), 10))
    with Database(path) as database:
        assert len(database.read(lambda c: search_text(c, Match(any_of=(Term("tea"),)), PAGES))) == PAGES
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_rebuilding_that_fails_leaves_the_damaged_file_where_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = _damage(path, _clear_header)
    real = connections.open_connection

    def small(*args: object, **kwargs: object) -> apsw.Connection:
        connection = real(*args, **kwargs)  # type: ignore[arg-type]
        connection.execute("PRAGMA max_page_count=25")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(recovery, "open_connection", small)
        with pytest.raises(DiskFull):
            rebuild_damaged(path)
    assert path.read_bytes() == damaged
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert rebuild_damaged(path).rows["pages"] == PAGES


def test_two_damaged_files_of_one_second_have_names_of_their_own(path: Path) -> None:
    first = rebuild_damaged(path).backup
    second = rebuild_damaged(path).backup
    assert first != second
    assert first.exists()
    assert second.exists()
