from __future__ import annotations

import shutil
from collections import namedtuple
from typing import TYPE_CHECKING, Literal

from host.history import checks
from host.history.checks import Check, check_installation
from host.history.profiles import Profiles
from host.storage import jobs
from host.storage.vector_spaces import VectorSpace, choose_space
from tests.makers import NOON, add_page

if TYPE_CHECKING:
    import pytest

    from host.core.paths import Paths
    from host.history.profiles import Profile

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - what the standard library returns


class _Embedder:
    state: Literal["ready", "failed"] = "ready"


def _look(home: Paths, profile: Profile | None, embedder: _Embedder | None = None) -> dict[str, Check]:
    return {check.name: check for check in check_installation(home, profile, embedder)}


def test_a_sound_installation_passes_every_check_and_needs_no_fix(home: Paths, profile: Profile) -> None:
    profile.database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    found = _look(home, profile, _Embedder())
    assert [check.name for check in found.values() if not check.ok] == []
    assert [check.name for check in found.values() if check.fix] == []
    assert len(found) >= 7


def test_every_failed_check_has_one_fix(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = Profiles(home, without=frozenset({"fulltext", "vectors"}))
    profile = profiles.open("one")

    def fail(connection: object) -> None:
        page_id = add_page(connection, "https://a.example/", "tea")
        jobs.add_job(connection, jobs.EMBED, page_id, NOON)
        for _ in range(jobs.MAX_ATTEMPTS):
            for job in jobs.take_jobs(connection, jobs.EMBED, 1, NOON * 2):
                jobs.fail_job(connection, job, "worker_died", NOON)

    profile.database.write(fail)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 1000))
    failed = _Embedder()
    failed.state = "failed"
    found = _look(home, profile, failed)
    broken = {name for name, check in found.items() if not check.ok}
    assert broken >= {"Disk space", "Embedding model", "Full text", "Vectors", "Queue"}
    assert all(found[name].fix for name in broken)
    profiles.close()


def test_without_a_model_the_doctor_says_what_that_means(home: Paths) -> None:
    check = _look(home, None)["Embedding model"]
    assert not check.ok
    assert "words only" in check.detail
    assert check.fix == checks.REINSTALL


def test_an_index_that_differs_from_the_pages_is_noticed(home: Paths, profile: Profile) -> None:
    def damage(connection: object) -> None:
        add_page(connection, "https://a.example/", "tea")
        connection.execute("DROP TRIGGER pages_fts_update")  # type: ignore[attr-defined]
        connection.execute("UPDATE pages SET content_text = 'coffee'")  # type: ignore[attr-defined]

    profile.database.write(damage)
    assert not _look(home, profile)["Full-text index"].ok


def test_no_check_tells_what_a_person_read(home: Paths, profile: Profile) -> None:
    profile.database.write(
        lambda c: add_page(c, "https://quagmirical.example/", "zephyrously", "xenolithics")
    )
    told = str(_look(home, profile))
    for word in ("quagmirical", "zephyrously", "xenolithics"):
        assert word not in told


def test_the_doctor_says_which_vectors_serve_and_how_far_those_of_another_model_are(
    home: Paths, profile: Profile
) -> None:
    profile.database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    profile.database.write(lambda connection: choose_space(connection, VectorSpace("former", 8)))
    assert "0 of 0 passages have a vector of former" in _look(home, profile)["Queue"].detail
    profile.database.write(lambda connection: choose_space(connection, VectorSpace("better", 16)))
    assert "0 of 1 vectors of better are made" in _look(home, profile)["Queue"].detail
