from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import DatabaseTooNew, InvalidInput
from host.history.profiles import DEFAULT_PROFILE, Profile, Profiles
from host.storage.settings import store_settings
from host.storage.statistics import count_pages
from tests.makers import add_page

if TYPE_CHECKING:
    from host.core.paths import Paths


def test_each_profile_has_a_database_of_its_own(profiles: Profiles, home: Paths) -> None:
    one, other = profiles.open("one"), profiles.open("other")
    one.database.write(lambda connection: add_page(connection, "https://a.example/"))
    assert (one.database.read(count_pages), other.database.read(count_pages)) == (1, 0)
    assert home.database("one") != home.database("other")


def test_a_profile_is_opened_once_however_many_ask_at_once(home: Paths) -> None:
    opened: list[str] = []
    profiles = Profiles(home, on_open=lambda profile: opened.append(profile.id))
    found: list[Profile] = []
    threads = [threading.Thread(target=lambda: found.append(profiles.open("one"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len({id(profile) for profile in found}) == 1
    assert opened == ["one"]
    profiles.close()


def test_a_profile_that_could_not_be_prepared_is_tried_again_by_the_next_who_asks(home: Paths) -> None:
    prepared: list[str] = []

    def prepare(profile: Profile) -> None:
        prepared.append(profile.id)
        if len(prepared) == 1:
            raise DatabaseTooNew("not now")

    profiles = Profiles(home, on_open=prepare)
    with pytest.raises(DatabaseTooNew):
        profiles.open("one")
    assert profiles.opened() == []
    assert profiles.open("one").database.read(count_pages) == 0
    assert prepared == ["one", "one"]
    profiles.close()


@pytest.mark.parametrize("name", ["..", "a/b", "a b", "ä", "x" * 65, "a\0b", "a.b", "a\n"])
def test_a_name_that_could_leave_the_folder_is_refused(profiles: Profiles, home: Paths, name: str) -> None:
    with pytest.raises(InvalidInput):
        profiles.open(name)
    assert list(home.data.iterdir()) == []


def test_without_a_name_the_profile_used_last_is_opened(home: Paths) -> None:
    profiles = Profiles(home)
    assert profiles.find_latest() == DEFAULT_PROFILE
    for number, name in enumerate(("early", "late", "middle")):
        profiles.open(name)
        path = home.database(name)
        at = 1_700_000_000 + (5, 9, 7)[number]
        for file in (path, path.with_name("history.db-wal")):
            if file.exists():
                os.utime(file, (at, at))
    assert profiles.open(None).id == "late"
    profiles.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists instead of modes")
def test_nobody_else_can_read_a_history(profiles: Profiles, home: Paths) -> None:
    profile = profiles.open("one")
    profile.database.write(lambda connection: add_page(connection, "https://a.example/"))
    for path in (home.data, home.data / "one"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for file in (home.data / "one").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file.name


def test_settings_are_kept_from_one_run_to_the_next(home: Paths) -> None:
    first = Profiles(home)
    first.open("one").update_settings({"appearance.theme": "dark", "capture.excluded_sites": ["x.example"]})
    first.open("other")
    first.close()
    second = Profiles(home)
    assert second.open("one").settings.theme == "dark"
    assert second.open("one").settings.excluded_sites == ["x.example"]
    assert second.open("other").settings.theme == "system"
    second.close()


def test_settings_change_all_together_or_not_at_all(profile: Profile) -> None:
    before = profile.settings
    with pytest.raises(InvalidInput):
        profile.update_settings({"appearance.theme": "dark", "retention.max_age_days": -5})
    assert profile.settings == before


def test_a_stored_setting_that_this_version_does_not_know_is_passed_over_and_kept(home: Paths) -> None:
    first = Profiles(home)
    values = {"future.thing": 1, "appearance.theme": "purple", "search.mode": "text"}
    first.open("one").database.write(lambda connection: store_settings(connection, values))
    first.close()
    second = Profiles(home)
    profile = second.open("one")
    assert (profile.settings.theme, profile.settings.search_mode) == ("system", "text")
    profile.update_settings({"search.mode": "vector"})
    stored = profile.database.read(lambda c: dict(c.execute("SELECT key, value FROM settings").fetchall()))
    assert stored["future.thing"] == "1"
    second.close()


def test_a_default_from_the_configuration_file_gives_way_to_what_the_user_set(home: Paths) -> None:
    home.config_file.write_text('[appearance]\ntheme = "dark"\n[search]\nmode = "text"\n', encoding="utf-8")
    profiles = Profiles(home)
    profile = profiles.open("one")
    assert (profile.settings.theme, profile.settings.search_mode) == ("dark", "text")
    profile.update_settings({"appearance.theme": "light"})
    assert profile.settings.theme == "light"
    profiles.close()


def test_a_damaged_database_is_rebuilt_when_its_profile_is_opened_and_says_so(home: Paths) -> None:
    first = Profiles(home)
    first.open("one").database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    first.close()
    path = home.database("one")
    data = bytearray(path.read_bytes())
    data[:100] = bytes(100)
    path.write_bytes(data)
    second = Profiles(home)
    profile = second.open("one")
    assert profile.recovered_from is not None
    assert (path.parent / profile.recovered_from).read_bytes() == data
    assert profile.database.read(count_pages) == 1
    second.close()


def test_a_database_of_a_newer_version_is_never_set_aside(home: Paths) -> None:
    first = Profiles(home)
    first.open("one").database.maintain(lambda c: c.execute("PRAGMA user_version=4000").fetchall())
    first.close()
    second = Profiles(home)
    with pytest.raises(DatabaseTooNew):
        second.open("one")
    assert [file.name for file in home.database("one").parent.iterdir()] == ["history.db"]
    second.close()


def test_without_full_text_in_sqlite_words_are_searched_in_memory(home: Paths) -> None:
    profiles = Profiles(home, without=frozenset({"fulltext", "vectors"}))
    profile = profiles.open("one")
    assert profile.memory_index is not None
    assert not profile.database.features.fulltext
    profiles.close()
