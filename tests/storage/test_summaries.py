from __future__ import annotations

from typing import TYPE_CHECKING

from host.storage import jobs, pages, summaries
from host.storage.database import fold_log
from host.storage.statistics import count_rows
from host.storage.summaries import StoredSummary
from tests.makers import NOON, add_page, digest, make_content, make_visit

if TYPE_CHECKING:
    import apsw

    from host.storage.database import Database

TEA = StoredSummary("Tea is a drink.", "small")


def _keep(connection: apsw.Connection, page_id: int, summary: StoredSummary = TEA, text: str = "tea") -> bool:
    return summaries.store_summary(connection, page_id, digest("", text), summary)


def _find(database: Database, limit: int = 10) -> list[int]:
    return database.read(lambda connection: summaries.find_unsummarised(connection, limit))


def test_pages_that_were_read_wait_for_a_summary_the_latest_visited_first(database: Database) -> None:
    def fill(connection: apsw.Connection) -> list[int]:
        pages.record_visit(connection, make_visit("https://unread.example/", NOON + 9))
        return [add_page(connection, f"https://{at}.example/", "tea", at=NOON + at) for at in (2, 5, 3)]

    second, latest, third = database.write(fill)
    assert _find(database) == [latest, third, second]
    assert _find(database, 1) == [latest]


def test_a_page_that_was_looked_at_waits_no_longer_also_when_there_was_nothing_to_say(
    database: Database,
) -> None:
    first, second = database.write(
        lambda c: [add_page(c, url, "tea") for url in ("https://a.example/", "https://b.example/")]
    )
    assert database.write(lambda c: _keep(c, first))
    assert database.write(lambda c: _keep(c, second, StoredSummary(None, "none")))
    assert _find(database) == []
    assert database.read(lambda c: summaries.read_summary(c, first)) == TEA
    assert database.read(lambda c: summaries.read_summary(c, second)) == StoredSummary(None, "none")
    assert database.read(lambda c: summaries.read_summary(c, 999)) is None


def test_a_page_that_says_something_else_loses_its_summary_and_waits_again(database: Database) -> None:
    page_id = database.write(lambda c: add_page(c, "https://a.example/", "tea"))
    database.write(lambda c: _keep(c, page_id))
    database.write(lambda c: pages.store_content(c, page_id, make_content("coffee"), NOON + 1))
    assert database.read(lambda c: summaries.read_summary(c, page_id)) == StoredSummary(None, None)
    assert _find(database) == [page_id]


def test_a_summary_of_what_a_page_said_before_is_not_kept(database: Database) -> None:
    page_id = database.write(lambda c: add_page(c, "https://a.example/", "coffee"))
    assert not database.write(lambda c: _keep(c, page_id, text="tea"))
    database.write(lambda c: pages.delete_pages(c, database.features, [page_id]))
    assert not database.write(lambda c: _keep(c, page_id, text="coffee"))
    assert _find(database) == []


def test_a_page_with_a_job_is_not_found_again_and_one_with_a_summary_needs_none(database: Database) -> None:
    page_id = database.write(lambda c: add_page(c, "https://a.example/", "tea"))
    database.write(lambda c: jobs.queue_pages(c, jobs.SUMMARISE, [page_id]))
    assert _find(database) == []
    database.write(lambda c: _keep(c, page_id))
    assert database.read(jobs.count_jobs) == []


def test_summaries_that_wait_are_not_counted_as_pages_that_wait_to_be_found(database: Database) -> None:
    page_id = database.write(lambda c: add_page(c, "https://a.example/", "tea"))
    database.write(lambda c: jobs.queue_pages(c, jobs.SUMMARISE, [page_id]))
    assert database.read(lambda c: count_rows(c, database.path)).pending_jobs == 0
    database.write(lambda c: jobs.queue_pages(c, jobs.EMBED, [page_id]))
    assert database.read(lambda c: count_rows(c, database.path)).pending_jobs == 1


def test_forgotten_summaries_are_made_anew(database: Database) -> None:
    first, second = database.write(
        lambda c: [add_page(c, url, "tea") for url in ("https://a.example/", "https://b.example/")]
    )
    database.write(lambda c: _keep(c, first))
    database.write(lambda c: jobs.queue_pages(c, jobs.SUMMARISE, [second]))
    assert database.write(summaries.forget_summaries) == 1
    assert sorted(_find(database)) == [first, second]


def test_looking_for_pages_without_a_summary_passes_over_those_that_have_one(database: Database) -> None:
    asked: list[str] = []

    def note(_cursor: object, statement: str, _values: object) -> bool:
        asked.append(statement)
        return True

    def look(connection: apsw.Connection) -> str:
        connection.exec_trace = note
        summaries.find_unsummarised(connection, 5)
        connection.exec_trace = None
        return str(connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}", ("", 5)).fetchall())

    assert "INDEX pages_unsummarised" in database.read(look)


def test_no_word_of_a_summary_is_left_in_the_file_when_its_page_is_deleted(database: Database) -> None:
    page_id = database.write(lambda c: add_page(c, "https://a.example/", "tea"))
    database.write(lambda c: _keep(c, page_id, StoredSummary("Xylographers adore oolong.", "small")))
    database.write(lambda c: pages.delete_pages(c, database.features, [page_id]))
    fold_log(database)
    files = (database.path, database.path.with_name(database.path.name + "-wal"))
    assert not any(b"Xylographers" in file.read_bytes() for file in files if file.exists())
