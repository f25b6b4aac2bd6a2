from __future__ import annotations

from typing import TYPE_CHECKING, Any

import apsw
from hypothesis import given
from hypothesis import strategies as st

from host.core.urls import split_domain, url_words
from host.storage import migrations, page_categories, pages
from host.storage.connection import separate_unspaced
from host.storage.imports import ImportedPage, import_pages
from host.storage.page_categories import PageCategory
from tests.makers import NOON, add_page, make_content, make_visit

if TYPE_CHECKING:
    import pytest

    from host.storage.database import Database


def _fill(database: Database, count: int = 4) -> list[int]:
    """Pages; each was visited after the one before."""
    return database.write(
        lambda c: [
            add_page(c, f"https://{n}.example/", f"text {n}", f"Title {n}", NOON + n) for n in range(count)
        ]
    )


def _put(database: Database, page_ids: list[int], category: str | None, stamp: str = "now") -> int:
    def store(connection: apsw.Connection) -> int:
        leads = page_categories.read_leads(connection, page_ids)
        found = [PageCategory(lead, category, 0.75) for lead in leads]
        return page_categories.store_categories(connection, found, stamp)

    return database.write(store)


def _waiting(database: Database, stamp: str = "now", limit: int = 99) -> list[int]:
    return database.read(lambda c: page_categories.find_uncategorised(c, stamp, limit))


def _categories(database: Database) -> dict[int, str | None]:
    return dict(database.read(lambda c: c.execute("SELECT id, category FROM pages").fetchall()))


def test_pages_that_were_not_looked_at_wait_those_visited_last_first(database: Database) -> None:
    ids = _fill(database)
    assert _waiting(database) == ids[::-1]
    assert _waiting(database, limit=2) == [ids[3], ids[2]]
    assert _put(database, [ids[3], ids[1]], "dev") == 2
    assert _waiting(database) == [ids[2], ids[0]]


def test_pages_looked_at_by_something_else_wait_among_the_others(database: Database) -> None:
    ids = _fill(database)
    _put(database, [ids[0]], "dev", "first")
    _put(database, [ids[2]], "dev", "second")
    _put(database, [ids[3]], "dev", "third")
    assert _waiting(database, "second") == [ids[3], ids[1], ids[0]]
    assert _waiting(database, "fourth") == ids[::-1]
    assert _waiting(database, "second", 2) == [ids[3], ids[1]]


def test_a_page_of_no_category_is_not_looked_at_again(database: Database) -> None:
    ids = _fill(database)
    _put(database, ids, None)
    assert _waiting(database) == []
    assert set(_categories(database).values()) == {None}


def test_a_page_that_says_something_else_waits_again_and_keeps_its_category_until_then(
    database: Database,
) -> None:
    ids = _fill(database)
    _put(database, ids, "dev")
    database.write(lambda c: pages.store_content(c, ids[1], make_content("new", "New"), NOON))
    assert _waiting(database) == [ids[1]]
    assert _categories(database)[ids[1]] == "dev"


def test_a_title_that_comes_later_is_looked_at(database: Database) -> None:
    url = "https://later.example/"
    page_id = database.write(lambda c: pages.record_visit(c, make_visit(url)))
    _put(database, [page_id], None)
    database.write(lambda c: pages.record_visit(c, make_visit(url, NOON + 1, "Tea")))
    assert _waiting(database) == [page_id]


def test_an_import_that_brings_a_title_is_looked_at_and_one_that_does_not_is_not(database: Database) -> None:
    def bring(title: str) -> None:
        url = "https://brought.example/"
        item = ImportedPage(url, split_domain(url), url_words(url), title, NOON, 1)
        database.write(lambda c: import_pages(c, [item]))

    bring("")
    (page_id,) = _waiting(database)
    _put(database, [page_id], None)
    bring("")
    assert _waiting(database) == []
    bring("Tea")
    assert _waiting(database) == [page_id]


def test_a_category_of_what_a_page_no_longer_says_is_not_kept(database: Database) -> None:
    first, second, *_ = _fill(database)
    leads = database.read(lambda c: page_categories.read_leads(c, [first, second, 999]))
    assert [lead.id for lead in leads] == [first, second]
    database.write(lambda c: pages.store_content(c, first, make_content("new", "New"), NOON))
    found = [PageCategory(lead, "dev", 0.9) for lead in leads]
    assert database.write(lambda c: page_categories.store_categories(c, found, "now")) == 1
    assert first in _waiting(database)
    assert _categories(database)[first] is None


def test_a_lead_is_the_beginning_of_a_page_under_any_of_its_addresses(database: Database) -> None:
    page_id = database.write(lambda c: add_page(c, "https://a.example/", "ab" * 900, "Tea"))
    database.write(
        lambda c: c.execute(
            "INSERT INTO page_urls VALUES ('https://b.example/', ?, 1)", (page_id,)
        ).fetchall()
    )
    asked = ["https://a.example/", "https://b.example/", "https://c.example/"]
    found = database.read(lambda c: page_categories.read_leads_by_url(c, asked))
    assert set(found) == set(asked[:2])
    assert found[asked[0]] == found[asked[1]]
    lead = found[asked[0]]
    assert (lead.id, lead.url, lead.title, lead.text) == (page_id, asked[0], "Tea", "ab" * 500)


def test_pages_of_one_host_are_looked_at_again_and_no_others(database: Database) -> None:
    ids = _fill(database)
    _put(database, ids, "dev")
    assert database.write(lambda c: page_categories.mark_sites_outdated(c, ["2.example", "x.example"])) == 1
    assert _waiting(database) == [ids[2]]
    assert _categories(database)[ids[2]] == "dev"


def test_of_a_site_with_many_pages_only_those_visited_last_are_looked_at_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_categories, "MOST_OUTDATED", 2)
    ids = database.write(
        lambda c: [add_page(c, f"https://a.example/{n}", "tea", "Tea", NOON + n) for n in range(4)]
    )
    _put(database, ids, "dev")
    assert database.write(lambda c: page_categories.mark_sites_outdated(c, ["a.example"])) == 2
    assert _waiting(database) == [ids[3], ids[2]]
    assert database.write(lambda c: page_categories.mark_sites_outdated(c, ["a.example"])) == 0


def test_pages_are_counted_by_category(database: Database) -> None:
    ids = _fill(database, 5)
    _put(database, ids[:2], "dev")
    _put(database, ids[2:3], "news")
    _put(database, ids[3:4], None)
    counts = database.read(page_categories.count_categories)
    assert (counts.looked_at, counts.by_category) == (4, {"dev": 2, "news": 1})


def test_forgotten_categories_are_found_anew(database: Database) -> None:
    ids = _fill(database)
    _put(database, ids[:3], "dev")
    assert database.write(page_categories.forget_categories) == 3
    assert _waiting(database) == ids[::-1]
    assert set(_categories(database).values()) == {None}


def test_a_history_that_is_done_is_looked_through_by_index_alone(database: Database) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_cursor: object, statement: str, values: Any) -> bool:
        asked.append((statement, values))
        return True

    _put(database, _fill(database), "dev", "before")

    def look(connection: apsw.Connection) -> list[str]:
        connection.exec_trace = note
        page_categories.find_uncategorised(connection, "now", 5)
        page_categories.count_categories(connection)
        connection.exec_trace = None
        plans = []
        for statement, values in asked:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans += [str(row[3]) for row in plan if " pages" in str(row[3])]
        return plans

    plans = database.read(look)
    assert len(plans) >= 6
    assert all("COVERING INDEX" in plan for plan in plans), plans


@given(
    stamps=st.lists(st.sampled_from([None, "", "a", "b", "é", "now", "z"]), max_size=12),
    visits=st.permutations(range(12)),
    limit=st.integers(0, 14),
)
def test_whatever_stamps_there_are_the_latest_of_the_others_wait(
    stamps: list[str | None], visits: list[int], limit: int
) -> None:
    connection = apsw.Connection(":memory:")
    connection.create_scalar_function("separate_unspaced", separate_unspaced, 1, deterministic=True)
    migrations.migrate(connection)
    for number, stamp in enumerate(stamps):
        connection.execute(
            "INSERT INTO pages (id, url, domain, first_visit_at, last_visit_at, category_stamp)"
            " VALUES (?, ?, 'a.example', 1, ?, ?)",
            (number + 1, f"https://a.example/{number}", visits[number], stamp),
        )
    found = page_categories.find_uncategorised(connection, "now", limit)
    expected = [number + 1 for number, stamp in enumerate(stamps) if stamp != "now"]
    expected.sort(key=lambda page_id: -visits[page_id - 1])
    assert found == expected[:limit]
    connection.close()
