"""Statements in processes of their own: what ends them, and what that costs others."""

from __future__ import annotations

import os
import secrets
import signal
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from host.core.errors import Cancelled, InvalidInput, NotReady, StorageError, Timeout, WorkerDied
from host.core.settings import Settings
from host.explorer import processes
from host.explorer.processes import Processes
from host.explorer.statements import Statement
from host.history.profiles import Profile
from host.storage import vector_spaces
from host.storage.connection import open_connection
from host.storage.database import Database
from host.storage.vector_spaces import VectorSpace
from tests.explorer.conftest import Bench
from tests.makers import add_page, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
# Inside one function, where SQLite looks at no clock.
DEAF = "SELECT instr(hex(zeroblob(30000000)), hex(zeroblob(1000000)) || '1')"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Where statements run that a test does not wait for."""
    with ThreadPoolExecutor(8) as made:
        yield made


def _find_processes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if processes.MODULE in child.cmdline()]


def _is_working(bench: Bench) -> bool:
    """Whether a statement is under way."""
    return bench.service.processes.busy > 0 and bool(_find_processes())


def _begin(pool: ThreadPoolExecutor, bench: Bench, sql: str, **options: Any) -> Future[dict[str, Any]]:
    running = pool.submit(bench.run, sql, timeout_s=600.0, **options)
    wait_until(lambda: running.done() or _is_working(bench), "the statement is under way")
    return running


def test_a_process_serves_many_statements_and_rests_when_idle(bench: Bench) -> None:
    assert _find_processes() == []
    for _ in range(3):
        bench.run("SELECT 1")
    assert len(_find_processes()) == 1
    bench.service.rest()
    assert len(_find_processes()) == 1
    bench.service.processes.rest(0.0)
    assert _find_processes() == []
    assert bench.rows("SELECT 2") == [[2]]


def test_statements_give_way_to_everything_else(bench: Bench) -> None:
    bench.run("SELECT 1")
    assert _find_processes()[0].nice() > min(18, psutil.Process().nice())


def test_a_killed_process_costs_only_its_statement(
    bench: Bench, pool: ThreadPoolExecutor, pages: int
) -> None:
    running = _begin(pool, bench, ENDLESS)
    os.kill(_find_processes()[0].pid, signal.SIGKILL)
    with pytest.raises(WorkerDied):
        running.result(timeout=20)
    assert bench.rows("SELECT count(*) FROM pages") == [[pages]]


def test_what_looks_at_no_clock_is_ended_with_its_process(bench: Bench) -> None:
    with pytest.raises(Timeout):
        bench.run(DEAF, timeout_s=0.1)
    assert bench.rows("SELECT 1") == [[1]]


@pytest.mark.parametrize("sql", [ENDLESS, DEAF])
def test_what_is_taken_back_ends_also_where_it_looks_at_nothing(
    bench: Bench, pool: ThreadPoolExecutor, sql: str
) -> None:
    cancelled = threading.Event()
    running = _begin(pool, bench, sql, cancelled=cancelled)
    cancelled.set()
    with pytest.raises(Cancelled):
        running.result(timeout=20)


def test_the_next_statement_of_a_caller_ends_the_one_before_but_nobody_elses(
    bench: Bench, pool: ThreadPoolExecutor
) -> None:
    mine = _begin(pool, bench, ENDLESS, caller="me")
    cancelled = threading.Event()
    other = pool.submit(bench.run, ENDLESS, timeout_s=600.0, caller="you", cancelled=cancelled)
    assert bench.run("SELECT 1", caller="me")["rows"] == [[1]]
    with pytest.raises(Cancelled):
        mine.result(timeout=20)
    assert not other.done()
    cancelled.set()
    with pytest.raises(Cancelled):
        other.result(timeout=20)


def test_too_many_statements_at_once_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MOST", 0)
    with pytest.raises(NotReady), Processes().lend("me"):
        pytest.fail("lent")


def test_a_text_is_embedded_once_and_the_statement_run_again(bench: Bench) -> None:
    bench.profile.database.write(
        lambda connection: vector_spaces.choose_space(connection, VectorSpace("one", 4))
    )
    sql = (
        "SELECT embed('bread'), vec_to_json(embed('a')), vec_distance_l2(embed('a'), embed('bread')),"
        " embed(NULL)"
    )
    first, second, third, fourth = bench.rows(sql)[0]
    assert first["kind"] == "vector"
    assert first["values"] == [5.0, 0.0, 0.0, 1.0]
    assert second == "[1.000000,0.000000,0.000000,1.000000]"
    assert (third, fourth) == (4.0, None)
    assert sorted(bench.embedded) == ["a", "bread"]


def test_the_nearest_vectors_are_found_by_a_text(bench: Bench) -> None:
    def fill(connection: Any) -> None:
        vector_spaces.choose_space(connection, VectorSpace("one", 4))
        for number in range(1, 6):
            vector = struct.pack("<4f", float(number), 0.0, 0.0, 1.0)
            connection.execute(
                "INSERT INTO chunk_embeddings (chunk_id, embedding) VALUES (?, ?)", (number, vector)
            )

    bench.profile.database.write(fill)
    nearest = (
        "SELECT chunk_id FROM chunk_embeddings WHERE embedding MATCH embed(:text) AND k = 2 ORDER BY distance"
    )
    assert [row[0] for row in bench.rows(nearest, {"text": "five!"})] == [5, 4]
    scan = (
        "SELECT chunk_id FROM chunk_embeddings ORDER BY vec_distance_cosine(embedding, embed('abc')) LIMIT 1"
    )
    assert bench.rows(scan) == [[3]]


def test_a_statement_is_described_without_its_values(bench: Bench) -> None:
    told = bench.service.describe(
        bench.profile,
        Statement("SELECT url FROM pages WHERE domain = :site AND id > ?"),
        cancelled=threading.Event(),
    )
    assert (told["parameters"], told["columns"], told["writes"]) == (["site", "2"], ["url"], False)
    assert "pages" in told["plan"][0]["detail"]


def test_parameters_are_bound_by_any_sign_and_by_number(bench: Bench) -> None:
    assert bench.rows("SELECT :a, @a, $b, ?4", {"a": 1, "b": "x", "4": None}) == [[1, 1, "x", None]]
    assert bench.rows("SELECT ?, ?", [True, 0.5]) == [[1, 0.5]]
    assert bench.rows("SELECT ?5", {"5": "five"}) == [["five"]]
    assert bench.rows("SELECT ?5", ["five"]) == [["five"]]


def test_readers_are_not_held_up_by_a_writer_and_a_change_says_who_is_in_the_way(
    bench: Bench, pages: int
) -> None:
    other = open_connection(bench.profile.database.path, read_only=False)
    try:
        other.execute("BEGIN EXCLUSIVE")
        assert bench.rows("SELECT count(*) FROM pages") == [[pages]]
        with pytest.raises(StorageError, match="Another program"):
            bench.change("DELETE FROM pages")
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert bench.change("DELETE FROM pages")["changed"] > pages


def test_an_export_ends_when_the_database_is_replaced(
    bench: Bench, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    told: list[dict[str, int]] = []
    sql = ENDLESS.replace("count(*)", "n")
    running = pool.submit(bench.export, sql, "csv", str(tmp_path / "rows.csv"), progress=told)
    wait_until(lambda: told, "rows are being written")
    new = tmp_path / "new.db"
    with Database(new) as made:
        made.write(lambda connection: add_page(connection, "https://new.example/", "new"))
    bench.profile.database.replace(new)
    with pytest.raises(NotReady):
        running.result(timeout=20)
    assert bench.rows("SELECT url FROM pages") == [["https://new.example/"]]


def test_an_encrypted_database_is_read_and_changed_with_its_key(bench: Bench, tmp_path: Path) -> None:
    key = secrets.token_bytes(32)
    with Database(tmp_path / "secret" / "history.db", key=key) as database:
        database.write(lambda connection: add_page(connection, "https://a.example/", "text"))
        secret = Bench(Profile("secret", database, Settings()), bench.explorer)
        assert secret.rows("SELECT url FROM pages") == [["https://a.example/"]]
        assert secret.change("UPDATE pages SET title = 'x'")["changed"] == 1
        seen = [process.cmdline() + list(process.environ().values()) for process in _find_processes()]
        assert seen
        assert not any(key.hex() in text for words in seen for text in words)


def test_a_statement_that_is_no_statement_needs_no_database(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match="no statement"):
        bench.run("-- nothing")
