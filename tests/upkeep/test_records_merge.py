"""Laying an export over a history: what is united, what counts, and that twice is as good as once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.core.errors import Cancelled
from host.storage import jobs, pages
from host.storage.conversations import list_conversations, read_messages
from host.storage.records import PageRecord, VisitRecord
from host.storage.records_merge import merge_record
from host.storage.records_pages import Merging
from host.storage.settings import read_settings, store_settings
from host.storage.tab_corrections import NewCorrection, add_correction
from host.upkeep.records import export_records, merge_file
from tests.makers import NOON, make_visit
from tests.upkeep.record_makers import (
    CONTENTS,
    SPACE,
    add_conversation,
    add_page,
    any_page,
    fill,
    open_memory,
    read_contents,
)

if TYPE_CHECKING:
    import apsw

    from host.history.profiles import Profile, Profiles

ROOT = Path(__file__).resolve().parents[2]
_URLS = st.sampled_from(["https://a.example/", "https://b.example/x", "https://c.example/?y=1"])
_PAGES = st.lists(any_page(_URLS), max_size=5)
# A history has each page once. Of a page that a file has twice, once with a name and later without, nobody
# can say afterwards when the name was seen, and so not either which of two names was seen last.
_HISTORIES = st.lists(any_page(_URLS), max_size=3, unique_by=lambda page: page.url)
# What comes out the same, whichever history is laid over the other.
_COMMUTES = ("pages", "page_urls", "visits", "page_chunks", "captures")


def _merge(connection: apsw.Connection, records: list[PageRecord]) -> list[str]:
    from host.storage.connection import Features

    merging = Merging(Features(), NOON, SPACE)
    return [merge_record(connection, merging, record) for record in records]


def _fill_with_pages(count: int, connection: apsw.Connection) -> None:
    for number in range(count):
        pages.record_visit(
            connection, make_visit(f"https://many.example/{number}", NOON + number, f"No. {number}")
        )


@pytest.fixture
def other(profiles: Profiles) -> Profile:
    """A second history, with something of everything."""
    made = profiles.open("other")
    made.database.write(lambda connection: fill(connection, "other"))
    return made


@given(ours=_PAGES, theirs=_PAGES)
@settings(max_examples=30)
def test_merging_twice_gives_nothing_new_also_of_a_page_that_a_file_has_twice(
    ours: list[PageRecord], theirs: list[PageRecord]
) -> None:
    one = open_memory()
    try:
        _merge(one, ours)
        _merge(one, theirs)
        assert set(_merge(one, theirs) + _merge(one, ours)) <= {"skipped"}
    finally:
        one.close()


@given(ours=_HISTORIES, theirs=_HISTORIES)
@settings(max_examples=60)
def test_merging_both_ways_round_gives_the_same_and_twice_gives_nothing_new(
    ours: list[PageRecord], theirs: list[PageRecord]
) -> None:
    one, two = open_memory(), open_memory()
    try:
        _merge(one, ours)
        _merge(two, theirs)
        _merge(one, theirs)
        _merge(two, ours)
        assert set(_merge(one, theirs) + _merge(one, ours)) <= {"skipped"}
        contents = read_contents(one), read_contents(two)
        for table in _COMMUTES:
            assert contents[0][table] == contents[1][table], table
    finally:
        one.close()
        two.close()


def test_two_histories_become_one_that_has_all_of_both(
    profile: Profile, other: Profile, tmp_path: Path
) -> None:
    profile.database.write(fill)
    ours, theirs = (each.database.read(read_contents) for each in (profile, other))
    export_records(other, tmp_path / "other.jsonl")
    result = merge_file(profile, tmp_path / "other.jsonl")
    assert result.added["page"] == 2
    assert result.added["conversation"] == 1
    assert (result.added["saved_query"], result.added["tab_correction"]) == (1, 1)
    merged = profile.database.read(read_contents)
    # The page that both know by name only has one title.
    for table in CONTENTS.keys() - {"pages", "page_urls", "categories", "settings"}:
        assert set(merged[table]) >= {*ours[table], *theirs[table]}, table
    again = merge_file(profile, tmp_path / "other.jsonl")
    assert (again.added, again.updated) == ({}, {})
    assert profile.database.read(read_contents) == merged


def test_vectors_of_the_same_model_come_along_and_nothing_is_queued_for_them(
    profile: Profile, other: Profile, tmp_path: Path
) -> None:
    profile.database.write(fill)
    profile.database.write(lambda connection: jobs.delete_jobs(connection, jobs.EMBED))
    export_records(other, tmp_path / "other.jsonl")
    merge_file(profile, tmp_path / "other.jsonl")
    found = profile.database.read(lambda connection: read_contents(connection, with_vectors=True))
    theirs = other.database.read(lambda connection: read_contents(connection, with_vectors=True))
    assert set(found["chunk_embeddings"]) >= set(theirs["chunk_embeddings"])
    queued = profile.database.read(
        lambda connection: connection.execute(
            "SELECT url FROM jobs JOIN pages ON pages.id = page_id WHERE kind = 'embed'"
        ).fetchall()
    )
    # Its name has changed.
    assert queued == [("https://seen.example/",)]


def test_vectors_of_another_model_stay_behind(profile: Profile, other: Profile, tmp_path: Path) -> None:
    export_records(other, tmp_path / "other.jsonl")
    merge_file(profile, tmp_path / "other.jsonl")
    queued = profile.database.read(
        lambda connection: connection.execute("SELECT count(*) FROM jobs WHERE kind = 'embed'").fetchall()
    )
    assert queued == [(3,)]


def _page(at: int | None, text: str, **more: Any) -> PageRecord:
    page = PageRecord("https://a.example/", NOON, NOON + 1, 1, "Title")
    if at is not None:
        page = replace(page, captured_at=at, text=text, content_hash=text)
    return replace(page, **more)


def test_the_later_capture_counts_and_visits_are_united() -> None:
    connection = open_memory()
    ours = _page(NOON, "old", visits=(VisitRecord(NOON), VisitRecord(NOON + 1)), visit_count=2)
    theirs = _page(
        NOON + 5, "new", visits=(VisitRecord(NOON - 7), VisitRecord(NOON)), first_visit_at=NOON - 7
    )
    assert _merge(connection, [ours, theirs, replace(theirs, captured_at=NOON - 1, text="oldest")]) == [
        "added",
        "updated",
        "skipped",
    ]
    found = connection.execute(
        "SELECT content_text, first_visit_at, last_visit_at, visit_count, captured_at FROM pages"
    ).fetchall()
    assert found == [("new", NOON - 7, NOON + 1, 3, NOON + 5)]
    connection.close()


def test_a_count_is_never_smaller_than_what_either_side_knows() -> None:
    connection = open_memory()
    _merge(connection, [_page(None, "", visit_count=40), _page(None, "", visit_count=3)])
    assert connection.execute("SELECT visit_count FROM pages").fetchall() == [(40,)]
    connection.close()


def test_a_merge_brings_no_settings(profile: Profile, other: Profile, tmp_path: Path) -> None:
    strange = {"retention.max_age_days": 1, "mcp.enabled": True, "capture.excluded_sites": [], "no.such": 1}
    other.database.write(lambda c: store_settings(c, strange))
    profile.database.write(lambda c: store_settings(c, {"appearance.theme": "light"}))
    export_records(other, tmp_path / "other.jsonl")
    merge_file(profile, tmp_path / "other.jsonl")
    assert profile.database.read(read_settings) == {"appearance.theme": "light"}


def test_pages_that_the_settings_exclude_stay_out(profile: Profile, other: Profile, tmp_path: Path) -> None:
    profile.update_settings({"capture.excluded_sites": ["other.example"]})
    export_records(other, tmp_path / "other.jsonl")
    result = merge_file(profile, tmp_path / "other.jsonl")
    assert (result.added["page"], result.skipped["page"]) == (1, 2)
    found = profile.database.read(read_contents)
    assert [row[0] for row in found["pages"]] == ["https://seen.example/"]
    # The answer has lost the words of the page that is not here.
    assert [row[2] for row in found["answer_sentences"]] == ["", ""]
    assert found["citations"] == []


def test_no_other_way_leads_past_what_the_settings_exclude(
    profile: Profile, other: Profile, tmp_path: Path
) -> None:
    # The page is here, from before its site was left out.
    profile.database.write(fill)

    def add_traces(connection: apsw.Connection) -> None:
        for url in ("https://www.bank.example/mine", "https://192.168.0.1/mine"):
            add_correction(connection, NewCorrection(url, "My account", "dev", None, NOON))
        (seen,) = connection.execute("SELECT id FROM pages WHERE url = 'https://seen.example/'").fetchall()[0]
        alias = "INSERT INTO page_urls (url, page_id, last_visit_at) VALUES (?, ?, ?)"
        connection.execute(alias, ("https://bank.example/alias", seen, NOON))
        add_conversation(connection, "What is said?", _add_bread(connection), NOON + 99)

    def _add_bread(connection: apsw.Connection) -> int:
        return add_page(connection, "https://a.example/one", "One 🍞", ["Bread rises.", "Crust 黒パン."])

    other.database.write(add_traces)
    export_records(other, tmp_path / "other.jsonl")
    profile.update_settings({"capture.excluded_sites": ["bank.example", "a.example"]})
    merge_file(profile, tmp_path / "other.jsonl")
    found = profile.database.read(read_contents)
    everything = repr(found)
    assert "bank.example" not in everything.replace(repr(found["settings"]), "")
    assert "192.168" not in everything
    assert not [row for row in found["citations"] if row[0] > NOON + 90]
    assert [row[0] for row in found["pages"]].count("https://seen.example/") == 1


def test_a_category_of_the_same_name_is_the_same_whatever_its_key(
    profile: Profile, other: Profile, tmp_path: Path
) -> None:
    profile.database.write(
        lambda c: c.execute("INSERT INTO categories (key, name, position) VALUES ('own-2', 'bread', 7)")
    )
    export_records(other, tmp_path / "other.jsonl")
    merge_file(profile, tmp_path / "other.jsonl")
    found = profile.database.read(read_contents)
    own = [row[:3] for row in found["categories"] if row[0].startswith("own")]
    assert own == [("own-2", "Bread", "Loaves")]
    assert {row[16] for row in found["pages"]} == {"own-2", None}
    assert [row[4] for row in found["tab_corrections"]] == ["own-2"]


def test_a_conversation_that_went_on_gets_what_it_lacks(profile: Profile, tmp_path: Path) -> None:
    profile.database.write(fill)
    export_records(profile, tmp_path / "early.jsonl")
    profile.database.write(lambda c: c.execute("DELETE FROM messages WHERE role = 'assistant'"))
    result = merge_file(profile, tmp_path / "early.jsonl")
    assert result.updated["conversation"] == 1
    conversation = profile.database.read(list_conversations)[0]
    messages = profile.database.read(lambda c: read_messages(c, conversation.id))
    assert [message.role for message in messages] == ["user", "assistant"]
    assert messages[1].sources[0].url == "https://a.example/one"


def test_conversations_of_the_same_moment_are_told_apart_by_their_question(
    profile: Profile, other: Profile, tmp_path: Path
) -> None:
    other.database.write(lambda c: add_conversation(c, "Another?", 1))
    export_records(other, tmp_path / "other.jsonl")
    assert merge_file(profile, tmp_path / "other.jsonl").added["conversation"] == 2
    assert merge_file(profile, tmp_path / "other.jsonl").skipped["conversation"] == 2


def test_a_correction_is_kept_once(profile: Profile, other: Profile, tmp_path: Path) -> None:
    other.database.write(
        lambda c: add_correction(c, NewCorrection("https://x.example/", "X", None, None, NOON))
    )
    export_records(other, tmp_path / "other.jsonl")
    assert merge_file(profile, tmp_path / "other.jsonl").added["tab_correction"] == 2
    assert merge_file(profile, tmp_path / "other.jsonl").skipped["tab_correction"] == 2


def test_a_merge_that_is_taken_back_leaves_whole_pages_and_is_finished_by_the_next(
    profile: Profile, profiles: Profiles, tmp_path: Path
) -> None:
    many = profiles.open("many")
    many.database.write(lambda connection: _fill_with_pages(450, connection))
    export_records(many, tmp_path / "many.jsonl")
    stop = threading.Event()

    def watch(report: dict[str, Any]) -> None:
        if report["stage"] == "merging":
            stop.set()

    with pytest.raises(Cancelled):
        merge_file(profile, tmp_path / "many.jsonl", on_progress=watch, cancelled=stop)
    half = profile.database.read(read_contents)
    assert 0 < len(half["pages"]) < 450
    assert len(half["visits"]) == len(half["page_urls"]) == len(half["pages"])
    result = merge_file(profile, tmp_path / "many.jsonl")
    assert result.added["page"] + len(half["pages"]) == 450
    assert profile.database.read(read_contents)["pages"] == many.database.read(read_contents)["pages"]


_KILLED = """
import os, sys
from pathlib import Path
from host.core.paths import find_paths
from host.history.profiles import Profiles
from host.upkeep.records import merge_file
merge_file(Profiles(find_paths()).open("tester"), Path(sys.argv[1]),
           on_progress=lambda report: os._exit(9) if report["stage"] == "merging" else None)
"""


def test_a_killed_merge_leaves_whole_pages_and_is_finished_by_the_next(
    profiles: Profiles, tmp_path: Path
) -> None:
    many = profiles.open("many")
    many.database.write(lambda connection: _fill_with_pages(450, connection))
    export_records(many, tmp_path / "many.jsonl")
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path / "many.jsonl")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ended.returncode == 9
    profile = profiles.open("tester")
    half = profile.database.read(read_contents)
    assert 0 < len(half["pages"]) < 450
    assert len(half["visits"]) == len(half["page_urls"]) == len(half["pages"])
    merge_file(profile, tmp_path / "many.jsonl")
    assert profile.database.read(read_contents)["pages"] == many.database.read(read_contents)["pages"]
