from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import Forbidden, InvalidInput, NotFound
from host.history import library
from host.history.capture import Capture, CapturedPage
from host.history.forgetting import forget, select, select_old
from host.history.library import HistoryEntry
from host.storage import jobs, pages
from host.storage.statistics import count_pages
from host.storage.tab_corrections import NewCorrection, add_correction, read_corrections
from tests.makers import NOON, add_page

if TYPE_CHECKING:
    from host.core.paths import Paths
    from host.history.profiles import Profile
    from tests.history.stand_ins import InstantReader

DAY = 86_400_000


def _forget_old(profile: Profile) -> int:
    selection = select_old(profile, NOON)
    return forget(profile, selection, background=True).pages if selection else 0


def _entry(url: str = "https://a.example/", title: str = "A", at: int = NOON, count: int = 2) -> HistoryEntry:
    return HistoryEntry(url, title, at, count)


def test_an_import_adds_pages_by_name_and_queues_their_vectors(profile: Profile) -> None:
    counts = library.import_entries(profile, [_entry(), _entry("https://b.example/")])
    assert (counts.added, counts.updated, counts.skipped) == (2, 0, 0)
    found = library.get_page(profile, page_id=None, url="https://a.example/", offset=0, limit=10)
    assert (found.page.title, found.page.last_visit_at, found.page.visit_count) == ("A", NOON, 2)
    assert (found.chunks, found.chunk_count) == ((), 0)
    assert profile.database.read(jobs.count_jobs)[0].count == 2


def test_the_same_import_again_does_nothing(profile: Profile) -> None:
    entries = [_entry(), _entry("https://a.example/?utm_source=x", count=3), _entry("https://b.example/")]
    library.import_entries(profile, entries)
    before = profile.database.read(lambda c: pages.read_page(c, url="https://a.example/"))
    counts = library.import_entries(profile, entries)
    assert (counts.added, counts.updated) == (0, 0)
    assert counts.skipped == len(entries)
    assert profile.database.read(lambda c: pages.read_page(c, url="https://a.example/")) == before


def test_an_import_obeys_what_is_excluded(profile: Profile) -> None:
    profile.update_settings({"capture.excluded_sites": ["bank.example"]})
    entries = [
        _entry("https://www.bank.example/account"),
        _entry("http://localhost/"),
        _entry("chrome://history/"),
        _entry("javascript:alert(1)"),
        _entry("not a url"),
        _entry("https://fine.example/"),
    ]
    counts = library.import_entries(profile, entries)
    assert (counts.added, counts.skipped) == (1, 5)
    assert profile.database.read(count_pages) == 1


@pytest.mark.parametrize(
    "settings", [{"capture.enabled": False}, {"capture.paused_until": -1}], ids=["off", "paused"]
)
def test_nothing_is_imported_while_nothing_is_to_be_remembered(
    profile: Profile, settings: dict[str, object]
) -> None:
    profile.update_settings(settings)
    with pytest.raises(Forbidden, match="nothing is imported"):
        library.import_entries(profile, [_entry()])
    assert profile.database.read(count_pages) == 0


def test_strange_titles_are_taken_as_text(profile: Profile) -> None:
    library.import_entries(profile, [_entry(title="  half \ud83d nul \0 <b>bold</b>  ")])
    found = library.get_page(profile, page_id=1, url=None, offset=0, limit=1)
    assert found.page.title == "half nul <b>bold</b>"


def test_a_page_is_given_by_id_by_address_and_by_another_form_of_its_address(
    profile: Profile, reader: InstantReader
) -> None:
    html = "".join(f"<p>passage {number}</p>" for number in range(5))
    outcome = Capture(reader).capture(profile, CapturedPage("https://a.example/x", NOON, "X", html=html))
    for page_id, url in (
        (outcome.page_id, None),
        (None, "https://a.example/x"),
        (None, "https://A.example/x#part"),
    ):
        found = library.get_page(profile, page_id=page_id, url=url, offset=1, limit=2)
        assert found.page.id == outcome.page_id
        assert [chunk.text for chunk in found.chunks] == ["passage 1", "passage 2"]
        assert found.chunk_count == 5


def test_a_page_with_a_canonical_link_is_found_visited_and_deleted_by_the_address_in_the_address_bar(
    profile: Profile, reader: InstantReader
) -> None:
    capture = Capture(reader)
    mobile, desktop = "https://m.news.example/story/7", "https://www.news.example/story/7"
    page = CapturedPage(mobile, NOON, "Story", html="<p>story</p>", canonical_url=desktop)
    captured = capture.capture(profile, page)
    visited = capture.visit(profile, CapturedPage(mobile, NOON + 60_000))
    assert visited.page_id == captured.page_id
    found = library.get_page(profile, page_id=None, url=mobile, offset=0, limit=1)
    assert (found.page.url, found.page.visit_count) == (desktop, 2)
    assert forget(profile, select(urls=[mobile])).pages == 1
    assert profile.database.read(count_pages) == 0


def test_a_page_says_when_it_was_last_visited_under_the_very_address_that_was_asked_for(
    profile: Profile, reader: InstantReader
) -> None:
    capture = Capture(reader)
    old, plain = "https://a.example/x?utm_source=mail#part", "https://a.example/x"
    capture.visit(profile, CapturedPage(old, NOON))
    capture.visit(profile, CapturedPage(plain, NOON + 86_400_000))
    answers = [
        library.get_page(profile, page_id=None, url=url, offset=0, limit=1).url_last_visit_at
        for url in (old, plain, "https://a.example/x#never")
    ]
    assert answers == [NOON, NOON + 86_400_000, None]


def test_a_visit_that_an_import_has_counted_is_not_counted_again(
    profile: Profile, reader: InstantReader
) -> None:
    entry = library.HistoryEntry("https://a.example/x", "X", NOON, 5)
    library.import_entries(profile, [entry])
    capture = Capture(reader)
    capture.visit(profile, CapturedPage("https://a.example/x", NOON))
    assert library.get_page(profile, page_id=1, url=None, offset=0, limit=1).page.visit_count == 5
    capture.visit(profile, CapturedPage("https://a.example/x", NOON + 60_000))
    assert library.get_page(profile, page_id=1, url=None, offset=0, limit=1).page.visit_count == 6


def test_a_page_that_is_not_there_is_said_to_be_missing(profile: Profile) -> None:
    with pytest.raises(NotFound):
        library.get_page(profile, page_id=99, url=None, offset=0, limit=1)
    with pytest.raises(InvalidInput):
        library.get_page(profile, page_id=None, url=None, offset=0, limit=1)


def test_deleting_nothing_in_particular_is_refused(profile: Profile) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/"))
    with pytest.raises(InvalidInput):
        select()
    assert profile.database.read(count_pages) == 1


def test_a_page_is_deleted_by_any_form_of_its_address(profile: Profile) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/x"))
    assert forget(profile, select(urls=["https://a.example/x?utm_source=mail#top"])).pages == 1
    assert profile.database.read(count_pages) == 0


def test_a_site_is_deleted_with_those_below_it(profile: Profile) -> None:
    for url in (
        "https://a.example/",
        "https://www.a.example/x",
        "https://sub.a.example/",
        "https://b.example/",
    ):
        profile.database.write(lambda c, url=url: add_page(c, url))  # type: ignore[misc]
    assert forget(profile, select(domain="https://www.A.example/")).pages == 3


def test_a_deletion_leaves_no_trace_in_the_files_and_tells_who_remembers(
    profile: Profile, home: Paths
) -> None:
    told: list[bool] = []
    profile.database.write(
        lambda c: add_page(c, "https://a.example/zephyrously", "quagmirical", "xenolithics")
    )
    assert forget(profile, select(everything=True), on_deleted=lambda: told.append(True)).pages == 1
    content = b"".join(file.read_bytes() for file in home.database("tester").parent.iterdir())
    for word in (b"zephyrously", b"quagmirical", b"xenolithics"):
        assert word not in content
    assert told == [True]


def test_a_deletion_forgets_what_was_said_about_tabs_of_the_same_address_site_or_time(
    profile: Profile, home: Paths
) -> None:
    def say(url: str, title: str, at: int) -> None:
        said = NewCorrection(url, title, "dev", None, at)
        profile.database.write(lambda c: add_correction(c, said))

    say("https://www.a.example/oolong?utm_source=mail", "Quagmirical", NOON)
    say("https://sub.b.example/", "Zephyrously", NOON)
    say("https://c.example/", "Xenolithics", NOON + 5)
    say("https://d.example/", "Brachiopods", NOON + 10)
    profile.database.write(lambda c: add_page(c, "https://a.example/oolong", at=NOON))

    def left() -> set[str]:
        rows = {row.title for row in profile.database.read(read_corrections)}
        content = b"".join(file.read_bytes() for file in home.database("tester").parent.iterdir())
        words = ("Quagmirical", "Zephyrously", "Xenolithics", "Brachiopods")
        assert {word for word in words if word.encode() in content} == rows
        return rows

    assert len(left()) == 4
    forget(profile, select(urls=["https://www.a.example/oolong"]))
    assert left() == {"Zephyrously", "Xenolithics", "Brachiopods"}
    forget(profile, select(domain="b.example"))
    assert left() == {"Xenolithics", "Brachiopods"}
    forget(profile, select(from_ms=NOON + 5, to_ms=NOON + 6))
    assert left() == {"Brachiopods"}
    forget(profile, select(everything=True))
    assert left() == set()


def test_retention_forgets_what_was_said_about_tabs_of_pages_that_are_gone(profile: Profile) -> None:
    for host, seen in (("kept", 1), ("old", 100)):
        url = f"https://{host}.example/"
        profile.database.write(lambda c, url=url, seen=seen: add_page(c, url, at=NOON - seen * DAY))  # type: ignore[misc]
        said = NewCorrection(url, host, "dev", None, NOON - 90 * DAY)
        profile.database.write(lambda c, said=said: add_correction(c, said))  # type: ignore[misc]
    lone = NewCorrection("https://lone.example/", "lone", "dev", None, NOON - 90 * DAY)
    profile.database.write(lambda c: add_correction(c, lone))
    profile.update_settings({"retention.max_age_days": 30})
    assert _forget_old(profile) == 1
    assert [found.title for found in profile.database.read(read_corrections)] == ["kept"]


def test_retention_forgets_by_the_last_visit_and_only_when_it_is_set(profile: Profile) -> None:
    for age in (1, 29, 31, 400):
        profile.database.write(lambda c, age=age: add_page(c, f"https://{age}.example/", at=NOON - age * DAY))  # type: ignore[misc]
    assert _forget_old(profile) == 0
    profile.update_settings({"retention.max_age_days": 30})
    assert _forget_old(profile) == 2
    kept = profile.database.read(lambda c: {row[0] for row in c.execute("SELECT url FROM pages")})
    assert kept == {"https://1.example/", "https://29.example/"}


def test_deleting_anything_deletes_the_damaged_files_that_were_set_aside(profile: Profile) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/"))
    aside = profile.database.path.with_name("history.damaged-20260101-000000.db")
    aside.write_bytes(b"old text")
    assert forget(profile, select(urls=["https://a.example/"])).pages == 1
    assert not aside.exists()
