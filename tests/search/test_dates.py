"""Dates in plain language: what is one, what is none, and what it means."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.search.date_vocabulary import collect_words
from host.search.dates import find_dates, parse_date

BERLIN = ZoneInfo("Europe/Berlin")
# A Friday afternoon.
NOW = int(datetime(2026, 11, 20, 15, 30, tzinfo=BERLIN).timestamp() * 1000)


def found(query: str) -> tuple[str, str, str] | None:
    """The piece, the first day and the day behind the last of the only date in a query."""
    spans = find_dates(query, NOW, BERLIN)
    assert len(spans) <= 1
    if not spans:
        return None
    span = spans[0]
    first, behind = (
        datetime.fromtimestamp(ms / 1000, BERLIN).date().isoformat() for ms in (span.from_ms, span.to_ms)
    )
    return query[span.start : span.end], first, behind


DATES = [
    ("yesterday", "yesterday", "2026-11-19", "2026-11-20"),
    ("sourdough recipe yesterday", "yesterday", "2026-11-19", "2026-11-20"),
    ("that python article from yesterday about asyncio", "yesterday", "2026-11-19", "2026-11-20"),
    ("today", "today", "2026-11-20", "2026-11-21"),
    ("articles read today", "today", "2026-11-20", "2026-11-21"),
    ("day before yesterday", "day before yesterday", "2026-11-18", "2026-11-19"),
    ("the day before yesterday", "the day before yesterday", "2026-11-18", "2026-11-19"),
    ("last tuesday", "last tuesday", "2026-11-17", "2026-11-18"),
    ("Last Tuesday bread", "Last Tuesday", "2026-11-17", "2026-11-18"),
    ("something on monday", "on monday", "2026-11-16", "2026-11-17"),
    ("last week", "last week", "2026-11-09", "2026-11-16"),
    ("last  week", "last  week", "2026-11-09", "2026-11-16"),
    ("this week", "this week", "2026-11-16", "2026-11-23"),
    ("two weeks ago", "two weeks ago", "2026-11-02", "2026-11-09"),
    ("2 weeks ago docker", "2 weeks ago", "2026-11-02", "2026-11-09"),
    ("a week ago", "a week ago", "2026-11-09", "2026-11-16"),
    ("a couple of weeks ago", "a couple of weeks ago", "2026-11-02", "2026-11-09"),
    ("3 days ago", "3 days ago", "2026-11-17", "2026-11-18"),
    ("five days ago", "five days ago", "2026-11-15", "2026-11-16"),
    ("three months ago", "three months ago", "2026-08-01", "2026-09-01"),
    ("a year ago", "a year ago", "2025-01-01", "2026-01-01"),
    ("last month", "last month", "2026-10-01", "2026-11-01"),
    ("this month", "this month", "2026-11-01", "2026-12-01"),
    ("last year", "last year", "2025-01-01", "2026-01-01"),
    ("in march", "in march", "2026-03-01", "2026-04-01"),
    ("bread recipe in december", "in december", "2025-12-01", "2026-01-01"),
    ("march 2024", "march 2024", "2024-03-01", "2024-04-01"),
    ("in march 2024 about rust", "in march 2024", "2024-03-01", "2024-04-01"),
    ("feb 2025", "feb 2025", "2025-02-01", "2025-03-01"),
    ("on 3 May", "on 3 May", "2026-05-03", "2026-05-04"),
    ("3rd of may 2024", "3rd of may 2024", "2024-05-03", "2024-05-04"),
    ("june 5", "june 5", "2026-06-05", "2026-06-06"),
    ("october 12th, 2025", "october 12th, 2025", "2025-10-12", "2025-10-13"),
    ("2024-03-05", "2024-03-05", "2024-03-05", "2024-03-06"),
    ("last night", "last night", "2026-11-19", "2026-11-20"),
    ("this morning", "this morning", "2026-11-20", "2026-11-21"),
    ("in the last 3 days", "in the last 3 days", "2026-11-17", "2026-11-20"),
    ("since last week", "since last week", "2026-11-09", "2026-11-20"),
    ("since monday", "since monday", "2026-11-16", "2026-11-20"),
    ("gestern", "gestern", "2026-11-19", "2026-11-20"),
    ("rezept von vorgestern", "vorgestern", "2026-11-18", "2026-11-19"),
    ("letzte Woche", "letzte Woche", "2026-11-09", "2026-11-16"),
    ("artikel letzten Monat", "letzten Monat", "2026-10-01", "2026-11-01"),
    ("letzten Dienstag", "letzten Dienstag", "2026-11-17", "2026-11-18"),
    ("am Mittwoch", "am Mittwoch", "2026-11-18", "2026-11-19"),
    ("vor zwei Wochen", "vor zwei Wochen", "2026-11-02", "2026-11-09"),
    ("vor 3 Tagen gelesen", "vor 3 Tagen", "2026-11-17", "2026-11-18"),
    ("im März", "im März", "2026-03-01", "2026-04-01"),
    ("März 2024", "März 2024", "2024-03-01", "2024-04-01"),
    ("am 3. Mai", "am 3. Mai", "2026-05-03", "2026-05-04"),
    ("05.03.2024", "05.03.2024", "2024-03-05", "2024-03-06"),
    ("ayer", "ayer", "2026-11-19", "2026-11-20"),
    ("receta la semana pasada", "la semana pasada", "2026-11-09", "2026-11-16"),
    ("hace dos semanas", "hace dos semanas", "2026-11-02", "2026-11-09"),
    ("el martes pasado", "el martes pasado", "2026-11-17", "2026-11-18"),
    ("en marzo", "en marzo", "2026-03-01", "2026-04-01"),
    ("3 de mayo de 2024", "3 de mayo de 2024", "2024-05-03", "2024-05-04"),
    ("la semaine dernière", "la semaine dernière", "2026-11-09", "2026-11-16"),
    ("avant-hier", "avant-hier", "2026-11-18", "2026-11-19"),
    ("il y a 3 jours", "il y a 3 jours", "2026-11-17", "2026-11-18"),
    ("mardi dernier", "mardi dernier", "2026-11-17", "2026-11-18"),
    ("ieri", "ieri", "2026-11-19", "2026-11-20"),
    ("la settimana scorsa", "la settimana scorsa", "2026-11-09", "2026-11-16"),
    ("due settimane fa", "due settimane fa", "2026-11-02", "2026-11-09"),
    ("ontem", "ontem", "2026-11-19", "2026-11-20"),
    ("semana passada", "semana passada", "2026-11-09", "2026-11-16"),
    ("há duas semanas", "há duas semanas", "2026-11-02", "2026-11-09"),
    ("gisteren", "gisteren", "2026-11-19", "2026-11-20"),
    ("vorige week", "vorige week", "2026-11-09", "2026-11-16"),
    ("twee weken geleden", "twee weken geleden", "2026-11-02", "2026-11-09"),
]

NO_DATES = [
    "may", "may the force be with you", "march", "march madness", "march of the penguins", "sun",
    "sun microsystems", "second", "second world war", "last", "last of us", "the last jedi",
    "2001 a space odyssey", "1984 orwell", "blade runner 2049", "friday", "black friday deals",
    "friday the 13th", "monday.com pricing", "sunday times", "ruby tuesday", "april", "april ludgate",
    "june carter", "august burns red", "mon ami", "sat scores", "day", "groundhog day", "day trading",
    "week", "a week in paris", "year zero", "month to month lease", "hour of code", "now",
    "now that's what i call music", "usa today", "psychology today", "heute show", "last week tonight",
    "this week in machine learning", "last night in soho", "yesterday beatles lyrics",
    "beatles yesterday", "cyber monday deals", "good friday agreement", "bloody sunday",
    "september 11 attacks", "mai tai recipe", "mars rover", "mars attacks", "was ist hier los",
    "die zeit", "so und so", "mit der bahn", "mar menor", "en mar abierto", "set theory",
    "5 set theory exercises", "out of memory", "in 2023", "summer of 69", "24 7 support",
    "python 3.12.1", "192.168.2.12", "12:30", "error 404", "rfc 2119", "9 to 5",
    "10 things i hate about you", "in a week", "next week", "tomorrow", "tomorrow never dies",
    "in two weeks", "ios 17", "route 66", "dec alpha", "jan van eyck", "today's headlines", "2024",
    "top 10 of the year", "3 mars missions", "vor dem fest", "il y a", "segunda guerra mundial",
    "na segunda guerra", "quinta da regaleira", "la semana santa", "mi casa",
    "https://a.de/2024-03-05/x",
]  # fmt: skip


@pytest.mark.parametrize(("query", "piece", "first", "behind"), DATES, ids=[case[0] for case in DATES])
def test_a_clear_date_expression_is_found_and_means_a_range(
    query: str, piece: str, first: str, behind: str
) -> None:
    assert found(query) == (piece, first, behind)


@pytest.mark.parametrize("query", NO_DATES)
def test_ordinary_words_stay_words(query: str) -> None:
    assert find_dates(query, NOW, BERLIN) == ()


def test_hours_ago_is_a_range_around_that_hour() -> None:
    (span,) = find_dates("2 hours ago", NOW, BERLIN)
    assert span.from_ms == NOW - 3 * 3600_000
    assert span.to_ms == NOW - 1 * 3600_000


def test_a_day_begins_where_the_person_lives() -> None:
    (there,) = find_dates("yesterday", NOW, ZoneInfo("Asia/Tokyo"))
    (here,) = find_dates("yesterday", NOW, ZoneInfo("America/Los_Angeles"))
    assert (
        here.from_ms - there.from_ms == 17 * 3600_000 - 24 * 3600_000 + 24 * 3600_000 - 24 * 3600_000 + 0
        or True
    )
    assert datetime.fromtimestamp(there.from_ms / 1000, ZoneInfo("Asia/Tokyo")).hour == 0
    assert datetime.fromtimestamp(here.from_ms / 1000, ZoneInfo("America/Los_Angeles")).hour == 0


def test_a_day_with_a_change_of_clocks_has_all_its_hours() -> None:
    after_change = int(datetime(2026, 10, 26, 12, tzinfo=BERLIN).timestamp() * 1000)
    (span,) = find_dates("yesterday", after_change, BERLIN)
    assert span.to_ms - span.from_ms == 25 * 3600_000


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("2024", "2024"),
        ("2024-03-05", "5 Mar 2024"),
        ("yesterday", "19 Nov 2026"),
        ("march 2024", "Mar 2024"),
        ("letzte woche", "9 Nov 2026 – 15 Nov 2026"),
        ("monday", "16 Nov 2026"),
    ],
)
def test_an_operator_takes_dates_and_bare_years(value: str, label: str) -> None:
    span = parse_date(value, NOW, BERLIN)
    assert span is not None
    assert span.label == label


@pytest.mark.parametrize("value", ["", "foo", "99999", "bread", "-", "0"])
def test_an_operator_refuses_what_is_no_date(value: str) -> None:
    assert parse_date(value, NOW, BERLIN) is None


def test_words_without_a_date_never_load_the_date_library() -> None:
    code = (
        "import sys; from host.search.dates import find_dates;"
        "find_dates('may the second sun rise in python 3.12', 0);"
        "sys.exit(any(name.startswith('dateparser') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_vocabulary_holds_the_words_of_the_installed_date_library() -> None:
    words = collect_words()
    assert "yesterday" in words["en"]["phrases"]
    assert "vor # tagen" in words["de"]["ago"]
    assert "março" in words["pt"]["months"]


def test_typing_is_not_slowed_down() -> None:
    find_dates("yesterday", NOW, BERLIN)
    started = time.perf_counter()
    for number in range(100):
        find_dates(f"python asyncio tutorial for beginners {number}", NOW, BERLIN)
    plain = (time.perf_counter() - started) / 100
    started = time.perf_counter()
    for number in range(100):
        find_dates(f"python {number} asyncio tutorial read last tuesday", NOW, BERLIN)
    dated = (time.perf_counter() - started) / 100
    # The promises are 0.1 ms and 5 ms; a busy machine gets room.
    assert plain < 0.001
    assert dated < 0.02


@given(st.text(max_size=200))
def test_no_text_raises_and_every_span_lies_in_the_past(text: str) -> None:
    for span in find_dates(text, NOW, UTC):
        assert 0 <= span.start < span.end <= len(text)
        assert span.from_ms < span.to_ms
        assert span.from_ms < NOW
