from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from host.history.indexing import Indexer
from host.history.throttle import Throttle
from host.history.waiting import drop_left_out
from host.storage import jobs, pages
from host.storage.addresses import remember_addresses
from tests.makers import NOON, add_page, make_visit

if TYPE_CHECKING:
    import apsw

    from host.core.paths import Paths
    from host.history.profiles import Profile, Profiles
    from tests.history.stand_ins import InstantReader

WORD = "quagmirical"
RAW = zlib.compress(f"<p>{WORD}</p>".encode())


def _stage(connection: apsw.Connection, url: str) -> int:
    page_id = pages.record_visit(connection, make_visit(url))
    jobs.store_capture(connection, page_id, NOON, RAW)
    jobs.add_job(connection, jobs.EXTRACT, page_id, NOON)
    return page_id


def _find_waiting(profile: Profile) -> set[str]:
    return {url for _, url in profile.database.read(jobs.list_waiting)}


def test_what_waits_of_a_site_that_is_left_out_now_is_nowhere_in_the_files(
    profile: Profile, home: Paths
) -> None:
    profile.database.write(lambda c: _stage(c, "https://sub.a.example/x"))
    profile.update_settings({"capture.excluded_sites": ["a.example"]})
    assert drop_left_out(profile) == 1
    assert _find_waiting(profile) == set()
    folder = home.database("tester").parent
    assert RAW not in b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


def test_jobs_of_other_sites_and_what_was_read_before_stay(profile: Profile) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/read", "known text", "Known"))
    profile.database.write(lambda c: jobs.add_job(c, jobs.EMBED, 1, NOON))
    profile.database.write(lambda c: _stage(c, "https://b.example/"))
    profile.update_settings({"capture.excluded_sites": ["a.example"]})
    assert drop_left_out(profile) == 1
    assert _find_waiting(profile) == {"https://b.example/"}
    page = profile.database.read(lambda c: pages.read_page(c, page_id=1))
    assert page is not None
    assert page.content_text == "known text"


def test_a_page_waits_under_each_of_its_addresses(profile: Profile) -> None:
    def stage(connection: apsw.Connection) -> None:
        page_id = _stage(connection, "https://desktop.example/")
        remember_addresses(connection, page_id, ("https://m.mobile.example/",), NOON)

    profile.database.write(stage)
    profile.update_settings({"capture.excluded_sites": ["mobile.example"]})
    assert drop_left_out(profile) == 1


def test_a_raw_page_that_came_with_a_restored_backup_is_not_read_when_its_site_is_excluded(
    profiles: Profiles, profile: Profile, reader: InstantReader
) -> None:
    profile.database.write(lambda c: _stage(c, "https://a.example/"))
    profile.update_settings({"capture.excluded_sites": ["a.example"]})
    indexer = Indexer(profiles.opened, reader, throttle=Throttle(on_battery=lambda: False))
    indexer.run_once()
    assert reader.asked == []
    assert _find_waiting(profile) == set()


def test_nothing_is_done_in_the_background_for_a_profile_that_is_off_or_paused(
    profiles: Profiles, profile: Profile, reader: InstantReader
) -> None:
    profile.database.write(lambda c: _stage(c, "https://a.example/"))
    indexer = Indexer(profiles.opened, reader, throttle=Throttle(on_battery=lambda: False))
    for values in ({"capture.enabled": False}, {"capture.enabled": True, "capture.paused_until": -1}):
        profile.update_settings(values)
        assert not indexer.run_once()
        assert reader.asked == []
    profile.update_settings({"capture.paused_until": 0})
    assert indexer.run_once()
    assert reader.asked == ["https://a.example/"]
