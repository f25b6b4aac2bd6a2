from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.storage import pages, tab_corrections
from host.storage.database import fold_log
from host.storage.page_categories import find_uncategorised
from host.storage.tab_corrections import NewCorrection
from tests.makers import NOON, add_page, put_category

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.storage.database import Database

SAID = (
    ("https://www.a.example/1?utm_source=mail", "First", "dev"),
    ("https://sub.a.example/2", "Second", "news"),
    ("https://nota.example/3", "Third", None),
    ("chrome://settings/", "Fourth", "dev"),
)


def _say(database: Database, said: Sequence[tuple[str, str, str | None]] = SAID) -> list[int]:
    def store(connection: apsw.Connection) -> list[int]:
        return [
            tab_corrections.add_correction(connection, NewCorrection(url, title, category, "work", NOON + at))
            for at, (url, title, category) in enumerate(said, start=1)
        ]

    return database.write(store)


def _titles(database: Database) -> set[str]:
    return {found.title for found in database.read(tab_corrections.read_corrections)}


def test_corrections_are_read_the_latest_first_and_page_by_page(database: Database) -> None:
    ids = _say(database)
    found = database.read(tab_corrections.read_corrections)
    assert [each.id for each in found] == ids[::-1]
    assert database.read(lambda c: tab_corrections.read_corrections(c, 2)) == found[:2]
    assert database.read(lambda c: tab_corrections.read_corrections(c, 2, 1)) == found[1:3]
    first = found[-1]
    assert (first.url, first.host, first.category, first.origin, first.created_at) == (
        "https://www.a.example/1?utm_source=mail",
        "a.example",
        "dev",
        "work",
        NOON + 1,
    )


def test_corrections_are_counted_by_the_category_that_they_name(database: Database) -> None:
    _say(database)
    assert database.read(tab_corrections.count_corrections) == {"dev": 2, "news": 1, None: 1}


def test_a_correction_that_is_taken_back_counts_no_more(database: Database) -> None:
    first, second, *_ = _say(database)
    assert database.write(lambda c: tab_corrections.delete_corrections(c, [first, second, 999])) == 2
    assert _titles(database) == {"Third", "Fourth"}
    assert database.write(tab_corrections.delete_all_corrections) == 2
    assert _titles(database) == set()


@pytest.mark.parametrize("everything", [False, True])
def test_pages_of_a_site_are_looked_at_again_when_what_was_said_of_it_is_taken_back(
    database: Database, everything: bool
) -> None:
    first, *_ = _say(database)
    same, other = database.write(
        lambda c: [add_page(c, url) for url in ("https://a.example/2", "https://b.example/")]
    )
    database.write(lambda c: put_category(c, [same, other], "dev"))
    if everything:
        database.write(tab_corrections.delete_all_corrections)
    else:
        database.write(lambda c: tab_corrections.delete_corrections(c, [first]))
    assert database.read(lambda c: find_uncategorised(c, "now", 9)) == [same]


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ({"urls": ["https://a.example/1"]}, {"First", "Second", "Third", "Fourth"}),
        ({"urls": ["https://www.a.example/1"]}, {"Second", "Third", "Fourth"}),
        ({"urls": ["https://www.a.example/1?utm_source=mail"]}, {"Second", "Third", "Fourth"}),
        ({"domain": "a.example"}, {"Third", "Fourth"}),
        ({"domain": "%"}, {"First", "Second", "Third", "Fourth"}),
        ({"from_ms": NOON + 3}, {"First", "Second"}),
        ({"from_ms": NOON + 2, "to_ms": NOON + 3}, {"First", "Third", "Fourth"}),
        ({"to_ms": NOON + 2}, {"Second", "Third", "Fourth"}),
        ({"everything": True}, set()),
        ({}, {"First", "Second", "Third", "Fourth"}),
    ],
)
def test_what_a_deletion_names_is_forgotten(
    database: Database, named: dict[str, object], left: set[str]
) -> None:
    _say(database)
    deleted = database.write(
        lambda c: tab_corrections.delete_named_corrections(c, **named)  # type: ignore[arg-type]
    )
    assert deleted == len(SAID) - len(left)
    assert _titles(database) == left


def test_a_page_that_is_deleted_takes_along_what_was_said_about_any_of_its_addresses(
    database: Database,
) -> None:
    _say(database)
    page_id = database.write(lambda connection: add_page(connection, "https://www.a.example/1"))
    database.write(
        lambda c: tab_corrections.add_correction(
            c, NewCorrection("https://m.a.example/1", "Mobile", "dev", None, NOON)
        )
    )
    database.write(
        lambda c: c.execute(
            "INSERT INTO page_urls VALUES ('https://m.a.example/1', ?, ?)", (page_id, NOON)
        ).fetchall()
    )
    database.write(lambda connection: pages.delete_pages(connection, database.features, [page_id]))
    assert _titles(database) == {"Second", "Third", "Fourth"}


def test_no_word_of_a_forgotten_correction_is_left_in_the_files(database: Database) -> None:
    _say(database, [("https://xylograph.example/oolong", "Brachiopods", "dev")])
    files = (database.path, database.path.with_name(database.path.name + "-wal"))

    def traces() -> list[bytes]:
        content = b"".join(file.read_bytes() for file in files if file.exists())
        return [word for word in (b"xylograph", b"oolong", b"Brachiopods") if word in content]

    assert len(traces()) == 3
    database.write(lambda c: tab_corrections.delete_named_corrections(c, domain="xylograph.example"))
    fold_log(database)
    assert traces() == []


def test_with_age_only_what_was_said_of_no_remembered_page_is_forgotten(database: Database) -> None:
    _say(database)
    database.write(lambda connection: add_page(connection, "https://sub.a.example/2"))
    assert database.write(lambda c: tab_corrections.delete_corrections_before(c, NOON + 4)) == 2
    assert _titles(database) == {"Second", "Fourth"}


def test_a_forgotten_correction_never_gives_its_number_to_another(database: Database) -> None:
    (first, *_) = _say(database, SAID[:1])
    database.write(tab_corrections.delete_all_corrections)
    assert _say(database, SAID[1:2]) > [first]
