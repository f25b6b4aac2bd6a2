from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.storage import pages, vector_spaces, vectors
from host.storage.filters import PageFilter
from host.storage.imports import ImportedPage, import_pages
from host.storage.pages import PageContent
from host.storage.vector_spaces import VectorSpace
from tests.makers import (
    NOON,
    add_page,
    find_active,
    find_unembedded,
    make_chunk,
    make_content,
    make_visit,
)

if TYPE_CHECKING:
    import apsw

    from host.storage.database import Database
    from host.storage.pages import Page

URL = "https://a.example/"


def _read(database: Database, url: str = URL) -> Page:
    page = database.read(lambda connection: pages.read_page(connection, url=url))
    assert page is not None
    return page


def _imported(url: str = URL, title: str = "A", at: int = NOON, count: int = 1) -> ImportedPage:
    return ImportedPage(url, "a.example", "a example", title, at, count)


def test_the_same_visit_told_twice_counts_once(database: Database) -> None:
    for at in (NOON, NOON, NOON + 5, NOON):
        database.write(partial(pages.record_visit, visit=make_visit(URL, at)))
    page = _read(database)
    assert page.visit_count == 2
    assert (page.first_visit_at, page.last_visit_at) == (NOON, NOON + 5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(times=st.lists(st.integers(0, 2**45), min_size=1, max_size=10))
def test_first_last_and_number_of_visits_follow_from_the_visits_in_any_order(
    database: Database, times: list[int]
) -> None:
    def store(connection: apsw.Connection) -> None:
        pages.delete_pages(connection, database.features, pages.find_page_ids(connection, everything=True))
        for at in times:
            pages.record_visit(connection, make_visit(URL, at))

    database.write(store)
    page = _read(database)
    assert (page.first_visit_at, page.last_visit_at, page.visit_count) == (
        min(times),
        max(times),
        len(set(times)),
    )


def test_a_visit_remembers_the_visit_that_led_to_it(database: Database) -> None:
    def store(connection: apsw.Connection) -> list[tuple[object, ...]]:
        pages.record_visit(connection, make_visit("https://from.example/", NOON))
        pages.record_visit(connection, make_visit("https://from.example/", NOON + 10_000))
        pages.record_visit(
            connection, make_visit("https://to.example/", NOON + 500, referrer_url="https://from.example/")
        )
        return list(
            connection.execute(
                "SELECT origin.visited_at FROM visits JOIN visits AS origin ON origin.id = visits.from_visit"
            )
        )

    assert database.write(store) == [(NOON,)]


def test_a_later_title_fills_that_of_a_page_that_was_only_visited(database: Database) -> None:
    database.write(lambda connection: pages.record_visit(connection, make_visit(URL, NOON)))
    database.write(lambda connection: pages.record_visit(connection, make_visit(URL, NOON + 1, "Tea")))
    assert _read(database).title == "Tea"


def test_a_visit_never_changes_the_title_that_the_reader_found(database: Database) -> None:
    database.write(lambda connection: add_page(connection, URL, "text", "Found"))
    database.write(lambda connection: pages.record_visit(connection, make_visit(URL, NOON + 1, "(3) Found")))
    assert _read(database).title == "Found"


def _embed(connection: apsw.Connection, page_id: int) -> None:
    vector_spaces.choose_space(connection, VectorSpace("model", 8))
    vectors.store_page_vector(connection, find_active(connection), page_id, np.ones(8, dtype=np.float32))
    assert find_unembedded(connection) == []


def test_a_new_title_of_a_visited_page_asks_for_a_new_vector(database: Database) -> None:
    def store(connection: apsw.Connection) -> list[int]:
        _embed(connection, pages.record_visit(connection, make_visit(URL, NOON)))
        pages.record_visit(connection, make_visit(URL, NOON + 1, "Tea"))
        return find_unembedded(connection)

    assert len(database.write(store)) == 1


def test_a_new_title_from_an_import_asks_for_a_new_vector(database: Database) -> None:
    def store(connection: apsw.Connection) -> list[int]:
        _embed(connection, pages.record_visit(connection, make_visit(URL, NOON)))
        import_pages(connection, [_imported(title="Tea")])
        return find_unembedded(connection)

    assert len(database.write(store)) == 1


def test_importing_the_same_again_changes_nothing(database: Database) -> None:
    items = [_imported(), _imported("https://b.example/", "B", NOON - 5, 7)]
    first = database.write(lambda connection: import_pages(connection, items))
    before = _read(database), _read(database, "https://b.example/")
    second = database.write(lambda connection: import_pages(connection, items))
    assert (first.added, first.updated, first.skipped) == (2, 0, 0)
    assert (second.added, second.updated, second.skipped) == (0, 0, 2)
    assert (_read(database), _read(database, "https://b.example/")) == before
    assert second.page_ids == []


def test_an_import_never_takes_away_what_is_known(database: Database) -> None:
    database.write(lambda connection: add_page(connection, URL, "text", "Read"))
    database.write(lambda connection: import_pages(connection, [_imported(title="", at=NOON - 9, count=0)]))
    page = _read(database)
    assert (page.title, page.last_visit_at, page.visit_count) == ("Read", NOON, 1)
    assert page.first_visit_at == NOON - 9
    assert page.content_text == "text"


def test_content_is_replaced_whole(database: Database) -> None:
    page_id = database.write(lambda connection: add_page(connection, URL, "old", "Old"))
    content = PageContent("New", "new", "hash", "de", "Ada", NOON - 1, "https://a.example/icon.png")
    database.write(lambda connection: pages.store_content(connection, page_id, content, NOON + 1))
    page = _read(database)
    assert (page.title, page.content_text, page.language, page.author) == ("New", "new", "de", "Ada")
    assert (page.published_at, page.favicon_url, page.captured_at) == (
        NOON - 1,
        "https://a.example/icon.png",
        NOON + 1,
    )
    database.write(
        lambda connection: pages.store_content(connection, page_id, replace(content, favicon_url=None), NOON)
    )
    assert _read(database).favicon_url == "https://a.example/icon.png"


def test_passages_that_did_not_change_keep_their_rows(database: Database) -> None:
    page_id = database.write(lambda connection: add_page(connection, URL, "text"))
    old = [make_chunk(0, "one"), make_chunk(1, "two"), make_chunk(2, "three"), make_chunk(3, "two")]
    new = [make_chunk(0, "zero"), make_chunk(1, "two"), make_chunk(2, "one"), make_chunk(3, "four")]
    assert database.write(lambda c: pages.replace_chunks(c, database.features, page_id, old)) == 4
    before = {chunk.text: chunk.id for chunk in database.read(lambda c: pages.read_chunks(c, page_id))[:3]}
    assert database.write(lambda c: pages.replace_chunks(c, database.features, page_id, new)) == 2
    after = database.read(lambda c: pages.read_chunks(c, page_id))
    assert [chunk.text for chunk in after] == ["zero", "two", "one", "four"]
    assert {chunk.text: chunk.id for chunk in after if chunk.text in ("one", "two")} == {
        "one": before["one"],
        "two": before["two"],
    }
    assert {chunk.id for chunk in after if chunk.text in ("zero", "four")}.isdisjoint(before.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(versions=st.lists(st.lists(st.sampled_from("abcd"), max_size=6), min_size=1, max_size=4))
def test_passages_are_those_of_the_last_version_in_its_order(
    database: Database, versions: list[list[str]]
) -> None:
    page_id = database.write(lambda connection: add_page(connection, URL, "text"))
    for texts in versions:
        chunks = [make_chunk(position, text) for position, text in enumerate(texts)]
        replace_all = partial(
            pages.replace_chunks, features=database.features, page_id=page_id, chunks=chunks
        )
        database.write(replace_all)
        stored = database.read(lambda c: pages.read_chunks(c, page_id))
        assert [chunk.text for chunk in stored] == texts
        assert [chunk.position for chunk in stored] == list(range(len(texts)))


def test_the_newest_pages_come_first_and_pass_the_filter(database: Database) -> None:
    def store(connection: apsw.Connection) -> list[int]:
        return [add_page(connection, f"https://{n}.example/", at=NOON + n) for n in range(3)]

    ids = database.write(store)
    assert database.read(lambda c: pages.find_newest(c, PageFilter(), 2)) == [ids[2], ids[1]]
    narrow = PageFilter(to_ms=NOON + 1)
    assert database.read(lambda c: pages.find_newest(c, narrow, 9)) == [ids[0]]


def test_a_page_counts_for_a_time_by_any_of_its_visits(database: Database) -> None:
    def store(connection: apsw.Connection) -> None:
        for at in (NOON, NOON + 1000, NOON + 2000):
            pages.record_visit(connection, make_visit(URL, at))

    database.write(store)
    found = database.read(
        lambda c: pages.find_newest(c, PageFilter(from_ms=NOON + 900, to_ms=NOON + 1100), 9)
    )
    assert len(found) == 1
    assert not database.read(
        lambda c: pages.find_newest(c, PageFilter(from_ms=NOON + 1, to_ms=NOON + 900), 9)
    )


def test_many_pages_are_read_by_id_beyond_one_batch(database: Database) -> None:
    def store(connection: apsw.Connection) -> list[int]:
        return [add_page(connection, f"https://{number}.example/") for number in range(1203)]

    ids = database.write(store)
    assert set(database.read(lambda c: pages.read_pages(c, ids))) == set(ids)
    assert database.read(lambda c: pages.read_visits(c, ids))[ids[-1]] == (NOON, 1)


def test_text_of_every_kind_comes_back_as_it_was(database: Database) -> None:
    text = "nul \0 rtl \u202eשלום astral \U0001f9ea combining e\u0301\u0323 zwj 👩‍🔬 bom \ufeff end"
    database.write(lambda connection: add_page(connection, URL, text, text))
    page = _read(database)
    assert page.content_text == text
    assert page.title == text
    assert make_content(text, text).content_hash == page.content_hash
