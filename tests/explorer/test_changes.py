"""Write mode: tried and rolled back, or kept after a backup; counted with what follows from it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import DiskFull, InvalidInput, StorageError, WorkerDied
from host.explorer.ending import end_in_time
from host.explorer.statements import Page, Statement
from host.storage import vector_spaces
from host.storage.vector_spaces import VectorSpace
from host.workers.client import Worker

if TYPE_CHECKING:
    from host.history.profiles import Profile
    from tests.explorer.conftest import Bench


REFUSED = (
    "DROP TABLE pages",
    "ALTER TABLE pages ADD COLUMN x",
    "CREATE TABLE mine (a)",
    "CREATE TEMP TABLE mine (a)",
    "CREATE TRIGGER t AFTER INSERT ON pages BEGIN DELETE FROM visits; END",
    "DELETE FROM sqlite_schema",
    "DELETE FROM pages_fts",
    "INSERT INTO pages_fts (pages_fts) VALUES ('delete-all')",
    "DELETE FROM pages_fts_data",
    "DELETE FROM chunk_embeddings_vector_chunks00",
    "PRAGMA user_version = 1",
    "PRAGMA writable_schema = on",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "VACUUM",
    "COMMIT",
    "SAVEPOINT a",
    "ATTACH 'x.db' AS x",
    "REINDEX",
    "ANALYZE",
    "DELETE FROM pages; DELETE FROM visits",
    "UPDATE pages SET title = :missing",
    "UPDATE pages SET titel = 'x'",
)


def _by_table(answer: dict[str, object]) -> dict[str, dict[str, int]]:
    return {change["table"]: change for change in answer["changes"]}  # type: ignore[attr-defined]


def test_a_preview_counts_and_changes_nothing(bench: Bench, pages: int) -> None:
    answer = bench.change("UPDATE pages SET title = upper(title) RETURNING title", preview=True)
    assert answer["changed"] == pages
    assert answer["rows"][0] == ["PAGE 1"]
    assert (answer["committed"], answer["backup"], bench.backups, bench.taken_in) == (False, None, 0, 0)
    assert bench.rows("SELECT title FROM pages WHERE id = 1") == [["Page 1"]]


def test_a_change_is_kept_after_a_backup_and_taken_in(bench: Bench, pages: int) -> None:
    answer = bench.change("UPDATE pages SET title = 'Loaf' WHERE id = :id", {"id": 2})
    assert (answer["committed"], answer["changed"], answer["backup"]) == (True, 1, "backup-1.db")
    assert (bench.backups, bench.taken_in) == (1, 1)
    assert bench.rows("SELECT title FROM pages WHERE id = 2") == [["Loaf"]]
    # The triggers of full text ran, too.
    assert bench.rows("SELECT rowid FROM pages_fts WHERE pages_fts MATCH 'loaf'") == [[2]]
    assert pages == 3


def test_what_triggers_and_foreign_keys_change_is_counted_apart(bench: Bench, pages: int) -> None:
    found = _by_table(bench.change("DELETE FROM pages", preview=True))
    assert found["pages"] == {
        "table": "pages", "rows": pages, "inserted": 0, "updated": 0, "deleted": pages, "indirect": 0
    }  # fmt: skip
    assert found["visits"]["deleted"] == found["visits"]["indirect"] == pages
    assert not any(name.startswith("pages_fts") for name in found)


def test_every_row_of_a_change_is_changed_although_few_are_shown(bench: Bench, pages: int) -> None:
    answer = bench.service.change(
        bench.profile,
        Statement("UPDATE pages SET url_words = 'x' RETURNING id", None, 20.0),
        Page(limit=1),
        preview=False,
        caller="tester",
        cancelled=threading.Event(),
    )
    assert (len(answer["rows"]), answer["truncated"], answer["changed"]) == (1, True, pages)
    assert bench.rows("SELECT count(*) FROM pages WHERE url_words = 'x'") == [[pages]]


def test_a_statement_that_reads_needs_no_backup_in_write_mode(bench: Bench, pages: int) -> None:
    answer = bench.change("SELECT count(*) FROM pages")
    assert answer["rows"] == [[pages]]
    assert (answer["committed"], answer["changes"], bench.backups) == (False, [], 0)


def test_what_write_mode_refuses_takes_no_backup_and_changes_nothing(bench: Bench, pages: int) -> None:
    bench.profile.database.write(
        lambda connection: vector_spaces.choose_space(connection, VectorSpace("one", 8))
    )
    schema = bench.rows("SELECT name, sql FROM sqlite_schema ORDER BY name")
    for sql in REFUSED:
        with pytest.raises(InvalidInput):
            bench.change(sql)
        assert (bench.backups, bench.taken_in) == (0, 0), sql
        assert bench.rows("SELECT count(*), count(DISTINCT url) FROM pages") == [[pages, pages]], sql
    assert bench.rows("SELECT name, sql FROM sqlite_schema ORDER BY name") == schema


def test_rows_that_clash_leave_everything_as_it_was(bench: Bench, pages: int) -> None:
    with pytest.raises(InvalidInput, match="UNIQUE constraint failed"):
        bench.change("UPDATE pages SET url = 'https://a.example/1'")
    assert bench.taken_in == 0
    assert bench.rows("SELECT count(DISTINCT url) FROM pages") == [[pages]]


def test_a_write_of_the_product_waits_for_a_change_and_succeeds(bench: Bench, pages: int) -> None:
    bench.change("DELETE FROM pages WHERE id = 1")
    bench.profile.database.write(lambda connection: connection.execute("UPDATE pages SET title = 'mine'"))
    assert bench.rows("SELECT count(*) FROM pages WHERE title = 'mine'") == [[pages - 1]]


def test_a_kept_change_is_answered_although_what_follows_it_fails(bench: Bench, pages: int) -> None:
    bench.taking_in_fails = DiskFull("The disk is full.")
    answer = bench.change("UPDATE pages SET title = 'Loaf' WHERE id = 2")
    assert (answer["committed"], bench.taken_in) == (True, 1)
    assert bench.rows("SELECT title FROM pages WHERE id = 2") == [["Loaf"]]
    assert bench.profile.database.log_waits, "the log is folded later"
    assert pages == 3


def test_a_process_that_ends_while_it_keeps_a_change_is_not_said_to_have_kept_nothing() -> None:
    worker = Worker("SQL explorer", "host.explorer.worker", {})
    deadline = time.monotonic() + 60

    def die(*, keeping: bool) -> None:
        with end_in_time(worker, threading.Event(), deadline) as let_be:
            if keeping:
                let_be()
            raise WorkerDied("gone")

    with pytest.raises(StorageError, match="while it kept the change"):
        die(keeping=True)
    with pytest.raises(WorkerDied):
        die(keeping=False)


def test_after_a_change_that_may_have_been_kept_nothing_old_is_held_on_to(
    bench: Bench, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = bench.service._asking.ask

    def lose_answer(profile: Profile, operation: str, *more: Any, **named: Any) -> dict[str, Any]:
        answer = ask(profile, operation, *more, **named)
        if operation == "change":
            raise StorageError("The answer was lost.")
        return answer

    monkeypatch.setattr(bench.service._asking, "ask", lose_answer)
    with pytest.raises(StorageError):
        bench.change("DELETE FROM pages")
    assert bench.taken_in == 1
    assert pages == 3
