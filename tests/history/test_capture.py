from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import DiskFull, WorkerDied
from host.history import capture as module
from host.history.capture import Capture, CapturedPage
from host.storage import jobs, pages
from host.storage.statistics import count_pages
from tests.makers import NOON, WAIT_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    import apsw

    from host.history.profiles import Profile
    from host.history.reader import Reading
    from host.storage.pages import Page
    from host.workers.children import Reply
    from tests.history.stand_ins import InstantReader

URL = "https://a.example/tea"
PAGE = CapturedPage(URL, NOON, "Tea", html="<p>green tea</p><p>black tea</p>")


@pytest.fixture
def capture(reader: InstantReader) -> Capture:
    return Capture(reader)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, reader: InstantReader) -> None:
    """The reader is never quick enough."""
    monkeypatch.setattr(module, "READ_WAIT_S", 0.0)
    reader.late = True


def _page(profile: Profile, url: str = URL) -> Page:
    page = profile.database.read(lambda connection: pages.read_page(connection, url=url))
    assert page is not None
    return page


def _chunks(profile: Profile, url: str = URL) -> list[str]:
    page_id = _page(profile, url).id
    return [chunk.text for chunk in profile.database.read(lambda c: pages.read_chunks(c, page_id))]


def _queued(profile: Profile) -> dict[str, int]:
    return {found.kind: found.count for found in profile.database.read(jobs.count_jobs)}


def test_a_page_is_stored_with_its_text_passages_and_a_job_for_its_vectors(
    capture: Capture, profile: Profile
) -> None:
    outcome = capture.capture(profile, PAGE)
    assert outcome.status == "stored"
    page = _page(profile)
    assert page.id == outcome.page_id
    assert (page.title, page.content_text, page.language) == ("Tea", "green tea\nblack tea", "en")
    assert (page.captured_at, page.visit_count, page.domain) == (NOON, 1, "a.example")
    assert _chunks(profile) == ["green tea", "black tea"]
    assert _queued(profile) == {jobs.EMBED: 1}


def test_the_same_page_again_counts_a_visit_and_makes_no_work(capture: Capture, profile: Profile) -> None:
    capture.capture(profile, PAGE)
    profile.database.write(lambda c: c.execute("DELETE FROM jobs"))
    outcome = capture.capture(profile, replace(PAGE, visited_at=NOON + 5))
    assert outcome.status == "unchanged"
    page = _page(profile)
    assert (page.visit_count, page.last_visit_at, page.captured_at) == (2, NOON + 5, NOON + 5)
    assert _queued(profile) == {}


def test_a_page_that_changed_is_replaced_and_counts_as_updated(capture: Capture, profile: Profile) -> None:
    capture.capture(profile, PAGE)
    outcome = capture.capture(
        profile, replace(PAGE, visited_at=NOON + 5, html="<p>green tea</p><p>coffee</p>")
    )
    assert outcome.status == "updated"
    assert _chunks(profile) == ["green tea", "coffee"]


def test_an_older_reading_that_comes_late_replaces_nothing(capture: Capture, profile: Profile) -> None:
    capture.capture(profile, PAGE)
    outcome = capture.capture(profile, replace(PAGE, visited_at=NOON - 5, html="<p>old</p>"))
    assert outcome.status == "unchanged"
    assert _page(profile).content_text == "green tea\nblack tea"
    assert _page(profile).visit_count == 2


def test_tracking_parameters_fragments_and_the_canonical_link_lead_to_one_page(
    capture: Capture, profile: Profile
) -> None:
    for number, url in enumerate(("?utm_source=mail", "#part", "", "?id=1&fbclid=x")):
        link = '<link rel="canonical" href="/tea">' if "id=1" in url else ""
        capture.capture(
            profile, replace(PAGE, url=URL + url, visited_at=NOON + number, html=link + "<p>tea</p>")
        )
    assert profile.database.read(count_pages) in {1, 2}
    assert _page(profile).visit_count >= 3


def test_text_given_as_text_is_stored_without_the_reader(
    capture: Capture, profile: Profile, reader: InstantReader
) -> None:
    outcome = capture.capture(profile, replace(PAGE, html=None, text="one\ntwo", language="en"))
    assert outcome.status == "stored"
    assert _chunks(profile) == ["one", "two"]
    assert reader.asked == []


def test_a_page_with_neither_is_a_visit_that_can_be_found_by_its_title(
    capture: Capture, profile: Profile
) -> None:
    assert capture.capture(profile, replace(PAGE, html=None)).status == "stored"
    assert capture.capture(profile, replace(PAGE, html=None, visited_at=NOON + 1)).status == "unchanged"
    assert (_page(profile).title, _page(profile).visit_count) == ("Tea", 2)
    assert _queued(profile) == {jobs.EMBED: 1}


def test_a_visit_never_takes_away_what_was_read(capture: Capture, profile: Profile) -> None:
    capture.capture(profile, PAGE)
    capture.visit(profile, CapturedPage(URL, NOON + 9, "(1) Tea"))
    page = _page(profile)
    assert (page.title, page.content_text, page.visit_count) == ("Tea", "green tea\nblack tea", 2)


@pytest.mark.parametrize(
    ("changed", "values", "reason"),
    [
        ({"incognito": True}, {}, "incognito"),
        ({"has_password": True}, {}, "password"),
        ({"url": "chrome://settings/"}, {}, "unsupported_url"),
        ({"url": "javascript:alert(1)"}, {}, "unsupported_url"),
        ({"url": "file:///etc/passwd"}, {}, "unsupported_url"),
        ({"url": "http://192.168.0.1/"}, {}, "local"),
        ({"url": "http://localhost:8000/"}, {}, "local"),
        ({}, {"capture.enabled": False}, "disabled"),
        ({}, {"capture.paused_until": -1}, "paused"),
        ({}, {"capture.paused_until": 2**52}, "paused"),
        ({}, {"capture.excluded_sites": ["a.example"]}, "excluded"),
        (
            {"canonical_url": "https://a.example/secret"},
            {"capture.excluded_sites": ["a.example/secret"]},
            "excluded",
        ),
    ],
)
@pytest.mark.parametrize("how", ["capture", "visit"])
def test_what_must_not_be_remembered_leaves_no_row(
    capture: Capture,
    profile: Profile,
    reader: InstantReader,
    how: str,
    changed: dict[str, object],
    values: dict[str, object],
    reason: str,
) -> None:
    profile.update_settings(values)
    page = replace(PAGE, **changed)  # type: ignore[arg-type]
    outcome = getattr(capture, how)(profile, page)
    assert (outcome.page_id, outcome.status, outcome.reason) == (None, "skipped", reason)
    assert profile.database.read(count_pages) == 0
    assert reader.asked == []


@pytest.mark.parametrize(
    ("changed", "values"),
    [
        ({"has_password": True}, {"capture.password_pages": True}),
        ({"url": "http://localhost:8000/"}, {"capture.local_addresses": True}),
        ({}, {"capture.paused_until": 1}),
        ({"url": "https://nota.example/"}, {"capture.excluded_sites": ["a.example"]}),
    ],
)
def test_what_the_settings_allow_is_remembered(
    capture: Capture, profile: Profile, changed: dict[str, object], values: dict[str, object]
) -> None:
    profile.update_settings(values)
    assert capture.capture(profile, replace(PAGE, **changed)).status == "stored"  # type: ignore[arg-type]


@pytest.mark.usefixtures("impatient")
def test_a_page_that_is_read_slowly_is_durable_first_and_complete_later(
    capture: Capture, profile: Profile, reader: InstantReader
) -> None:
    outcome = capture.capture(profile, replace(PAGE, favicon_url="https://a.example/i.png"))
    assert outcome.status == "stored"
    assert _queued(profile) == {jobs.EXTRACT: 1}
    assert outcome.page_id is not None
    assert profile.database.read(lambda c: jobs.read_capture(c, outcome.page_id or 0)) is not None
    reader.deliver()
    page = _page(profile)
    assert (page.title, page.content_text, page.captured_at) == ("Tea", "green tea\nblack tea", NOON)
    assert page.favicon_url == "https://a.example/i.png"
    assert _queued(profile) == {jobs.EMBED: 1}
    assert profile.database.read(lambda c: jobs.read_capture(c, page.id)) is None


@pytest.mark.usefixtures("impatient")
def test_a_slow_page_that_was_deleted_meanwhile_does_not_come_back(
    capture: Capture, profile: Profile, reader: InstantReader
) -> None:
    outcome = capture.capture(profile, PAGE)
    profile.database.write(lambda c: pages.delete_pages(c, profile.database.features, [outcome.page_id or 0]))
    reader.deliver()
    assert profile.database.read(count_pages) == 0


@pytest.mark.usefixtures("impatient")
def test_of_two_slow_readings_the_newer_page_wins(
    capture: Capture, profile: Profile, reader: InstantReader
) -> None:
    capture.capture(profile, PAGE)
    capture.capture(profile, replace(PAGE, visited_at=NOON + 5, html="<p>new</p>"))
    reader.deliver()
    assert _page(profile).content_text == "new"
    assert _queued(profile) == {jobs.EMBED: 1}


@pytest.mark.usefixtures("impatient")
def test_a_slow_reading_that_fails_leaves_the_page_to_its_job(
    capture: Capture, profile: Profile, reader: InstantReader
) -> None:
    capture.capture(profile, PAGE)
    reader.deliver(WorkerDied("It stopped."))
    assert _queued(profile) == {jobs.EXTRACT: 1}
    assert _page(profile).content_text == ""


def _extract_is_due(profile: Profile) -> bool:
    from host.core.clock import now_ms

    return profile.database.read(lambda c: jobs.has_due_job(c, jobs.EXTRACT, now_ms()))


def test_without_a_ready_reader_a_page_is_durable_at_once_and_read_by_its_job(
    capture: Capture, profile: Profile, reader: InstantReader
) -> None:
    reader.ready = False
    assert capture.capture(profile, PAGE).status == "stored"
    assert reader.asked == []
    assert _extract_is_due(profile)


def test_a_reader_that_died_costs_no_page(capture: Capture, profile: Profile, reader: InstantReader) -> None:
    reader.failure = WorkerDied("It stopped.")
    assert capture.capture(profile, PAGE).status == "stored"
    assert _extract_is_due(profile)


def test_a_very_long_page_is_stored_before_it_is_read(
    capture: Capture, profile: Profile, reader: InstantReader
) -> None:
    html = "<p>" + "long " * (module.WAIT_UP_TO_BYTES // 4) + "</p>"
    assert capture.capture(profile, replace(PAGE, html=html)).status == "stored"
    assert reader.asked == []
    assert _extract_is_due(profile)


def test_a_page_that_could_not_be_stored_is_not_acknowledged(capture: Capture, profile: Profile) -> None:
    profile.database.maintain(lambda c: c.execute("PRAGMA max_page_count=1").fetchall())
    with pytest.raises(DiskFull):
        capture.capture(profile, replace(PAGE, html="<p>" + "tea " * 50_000 + "</p>"))
    assert profile.database.read(count_pages) == 0


@pytest.mark.parametrize("as_text", [True, False])
def test_text_with_every_kind_of_character_is_stored_and_can_be_read_back(
    capture: Capture, profile: Profile, as_text: bool
) -> None:
    strange = "nul \0 half \ud83d half \udc00 rtl \u202eשלום\u202c astral \U0001f9ea e\u0301 zwj 👩‍🔬 end"
    page = replace(
        PAGE,
        title=strange,
        html=None if as_text else f"<p>{strange}</p>",
        text=strange if as_text else None,
    )
    capture.capture(profile, page)
    stored = _page(profile)
    for kept in ("nul", "שלום", "\U0001f9ea", "👩\u200d🔬", "é", "end"):
        assert kept in stored.title
        assert kept in stored.content_text
    stored.title.encode("utf-8")
    assert "\0" not in stored.title


def test_many_threads_may_capture_at_once(capture: Capture, profile: Profile) -> None:
    def run(number: int) -> None:
        for count in range(5):
            capture.capture(
                profile, replace(PAGE, url=f"https://{number}.example/{count}", visited_at=NOON + count)
            )

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert profile.database.read(count_pages) == 30


def test_the_way_to_a_page_is_kept(capture: Capture, profile: Profile) -> None:
    capture.capture(profile, replace(PAGE, url="https://from.example/"))
    capture.capture(profile, replace(PAGE, visited_at=NOON + 5, referrer="https://from.example/#x"))

    def read(connection: apsw.Connection) -> list[tuple[object, ...]]:
        return list(
            connection.execute(
                "SELECT pages.url FROM visits JOIN visits AS origin ON origin.id = visits.from_visit"
                " JOIN pages ON pages.id = origin.page_id"
            )
        )

    assert profile.database.read(read) == [("https://from.example/",)]


class Meanwhile:
    """A reader during whose work its person changes a setting."""

    def __init__(self, reader: InstantReader, change: Callable[[], object]) -> None:
        self._reader = reader
        self._change = change
        self.ready = True

    def submit_html(self, html: bytes, url: str, *, compressed: bool = False) -> Future[Reply]:
        self._change()
        return self._reader.submit_html(html, url, compressed=compressed)

    def read_text(self, text: str, title: str, language: str | None) -> Reading:
        self._change()
        return self._reader.read_text(text, title, language)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"capture.enabled": False}, "disabled"),
        ({"capture.paused_until": -1}, "paused"),
        ({"capture.excluded_sites": ["a.example"]}, "excluded"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("page", [PAGE, replace(PAGE, html=None, text="green tea")])
def test_a_page_that_is_being_read_when_its_person_says_no_is_not_stored(
    reader: InstantReader,
    profile: Profile,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, object],
    reason: str,
    late: bool,
    page: CapturedPage,
) -> None:
    monkeypatch.setattr(module, "READ_WAIT_S", 0.0 if late else WAIT_S)
    reader.late = late
    capture = Capture(Meanwhile(reader, lambda: profile.update_settings(settings)))
    outcome = capture.capture(profile, page)
    assert (outcome.page_id, outcome.status, outcome.reason) == (None, "skipped", reason)
    reader.deliver()
    assert profile.database.read(count_pages) == 0
    assert _queued(profile) == {}
