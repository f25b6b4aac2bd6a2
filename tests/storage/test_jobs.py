from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from host.storage import jobs
from host.storage.database import Database
from host.storage.jobs import EMBED, EXTRACT, Job
from tests.makers import NOON, add_page

if TYPE_CHECKING:
    from pathlib import Path

    import apsw


@pytest.fixture
def page_id(database: Database) -> int:
    return database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))


def _take(database: Database, kind: str = EMBED, now_ms: int = NOON) -> list[Job]:
    return database.write(lambda connection: jobs.take_jobs(connection, kind, 10, now_ms))


def _states(database: Database) -> list[tuple[str, str, int]]:
    return [(found.kind, found.state, found.count) for found in database.read(jobs.count_jobs)]


def test_a_job_is_taken_once_and_gone_when_it_is_finished(database: Database, page_id: int) -> None:
    database.write(lambda connection: jobs.add_job(connection, EMBED, page_id, NOON))
    taken = _take(database)
    assert [job.page_id for job in taken] == [page_id]
    assert _take(database) == []
    database.write(lambda connection: jobs.finish_jobs(connection, taken))
    assert _states(database) == []


def test_a_job_that_ran_when_the_process_died_is_queued_again_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "p" / "history.db"
    with Database(path) as first:

        def begin(connection: apsw.Connection) -> None:
            jobs.add_job(connection, EMBED, add_page(connection, "https://a.example/", "tea"), NOON)

        first.write(begin)
        assert _take(first)
        assert _states(first) == [(EMBED, "running", 1)]
    with Database(path) as second:
        assert _states(second) == [(EMBED, "queued", 1)]
        assert _take(second)


def test_a_job_queued_anew_while_it_runs_is_not_finished_by_the_old_run(
    database: Database, page_id: int
) -> None:
    database.write(lambda connection: jobs.add_job(connection, EMBED, page_id, NOON))
    taken = _take(database)
    database.write(lambda connection: jobs.add_job(connection, EMBED, page_id, NOON + 1))
    database.write(lambda connection: jobs.finish_jobs(connection, taken))
    assert _states(database) == [(EMBED, "queued", 1)]


def test_a_failure_is_tried_again_later_each_time_after_longer_until_it_is_given_up(
    database: Database, page_id: int
) -> None:
    database.write(lambda connection: jobs.add_job(connection, EMBED, page_id, NOON))
    now, waits = NOON, []
    for attempt in range(jobs.MAX_ATTEMPTS):
        (job,) = _take(database, now_ms=now)
        assert job.attempts == attempt
        database.write(partial(jobs.fail_job, job=job, error="worker_died", now_ms=now))
        if attempt < jobs.MAX_ATTEMPTS - 1:
            begin = now
            while not database.read(partial(jobs.has_due_job, kind=EMBED, now_ms=now)):
                now += 1000
            waits.append(now - begin)
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * waits[0] > 0
    assert _states(database) == [(EMBED, "failed", 1)]
    assert database.read(jobs.count_jobs)[0].error == "worker_died"
    assert not database.read(lambda connection: jobs.has_due_job(connection, EMBED, NOON * 2))


def test_a_person_can_have_failed_jobs_tried_again(database: Database, page_id: int) -> None:
    database.write(lambda connection: jobs.add_job(connection, EMBED, page_id, NOON))
    for _ in range(jobs.MAX_ATTEMPTS):
        for job in _take(database, now_ms=NOON * 2):
            database.write(partial(jobs.fail_job, job=job, error="worker", now_ms=NOON))
    assert _states(database) == [(EMBED, "failed", 1)]
    assert database.write(jobs.retry_failed_jobs) == 1
    (job,) = _take(database)
    assert job.attempts == 0


def test_trying_again_leaves_a_job_alone_that_runs(database: Database, page_id: int) -> None:
    database.write(lambda connection: jobs.add_job(connection, EMBED, page_id, NOON))
    (job,) = _take(database)
    database.write(lambda connection: jobs.fail_job(connection, job, "worker", NOON))
    running = _take(database, now_ms=NOON * 2)
    assert database.write(jobs.retry_failed_jobs) == 0
    database.write(lambda connection: jobs.finish_jobs(connection, running))
    assert _states(database) == []


def test_a_delayed_job_is_not_due_before_its_time(database: Database, page_id: int) -> None:
    database.write(lambda connection: jobs.add_job(connection, EXTRACT, page_id, NOON, delay_ms=500))
    assert _take(database, EXTRACT, NOON + 499) == []
    assert len(_take(database, EXTRACT, NOON + 500)) == 1


def test_newer_pages_are_worked_on_first(database: Database) -> None:
    def store(connection: apsw.Connection) -> list[int]:
        ids = [add_page(connection, f"https://{number}.example/", "tea") for number in range(4)]
        for age, page_id in enumerate(ids):
            jobs.add_job(connection, EMBED, page_id, NOON - age)
        return ids

    ids = database.write(store)
    assert [job.page_id for job in _take(database)] == ids


def test_jobs_that_were_interrupted_are_put_back_without_blame(database: Database, page_id: int) -> None:
    database.write(lambda connection: jobs.add_job(connection, EMBED, page_id, NOON))
    taken = _take(database)
    database.write(lambda connection: jobs.put_back_jobs(connection, taken))
    (job,) = _take(database)
    assert job.attempts == 0


def test_a_newer_reading_ends_the_waiting_of_an_older_raw_page_and_not_the_other_way(
    database: Database, page_id: int
) -> None:
    def stage(connection: apsw.Connection) -> None:
        jobs.store_capture(connection, page_id, NOON, b"raw")
        jobs.add_job(connection, EXTRACT, page_id, NOON)

    database.write(stage)
    database.write(lambda connection: jobs.delete_capture_before(connection, page_id, NOON - 1))
    assert database.read(lambda connection: jobs.read_capture(connection, page_id)) == (NOON, b"raw")
    assert _states(database) == [(EXTRACT, "queued", 1)]
    database.write(lambda connection: jobs.delete_capture_before(connection, page_id, NOON + 1))
    assert database.read(lambda connection: jobs.read_capture(connection, page_id)) is None
    assert _states(database) == []
