from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.history import checks
from host.history.checks import check_installation
from host.history.health import FREE_BYTES, LOG_BYTES, VACUUM, check_health, describe_parts
from host.storage import jobs
from host.storage.health import Health, Parity, SpaceHealth
from tests.makers import NOON, add_page

if TYPE_CHECKING:
    from host.core.paths import Paths
    from host.history.checks import Action
    from host.history.health import Part
    from host.history.profiles import Profile

FULL = Parity(10, 10, 0)
LACKING = Parity(8, 10, 2)
SURPLUS = Parity(12, 10, 0)


def _space(
    passages: Parity = FULL,
    *,
    role: str = "active",
    waiting: int = 0,
    failed: int = 0,
    vectors: Parity = FULL,
) -> SpaceHealth:
    kind = "building" if role == "building" else "active"
    return SpaceHealth("red", kind, passages, FULL, vectors, waiting, failed)  # type: ignore[arg-type]


def _health(
    *spaces: SpaceHealth, fulltext: Parity | None = FULL, failed: int = 0, free: int = 0, log: int = 0
) -> Health:
    return Health(fulltext, list(spaces), 0, failed, 1000 * 2**20, free, log)


def _broken(health: Health) -> dict[str, Part]:
    return {part.name: part for part in describe_parts(health) if not part.ok}


def test_a_sound_database_has_nothing_to_mend() -> None:
    parts = describe_parts(_health(_space()))
    assert all(part.ok and part.fix is None and part.action is None for part in parts)
    assert {part.name for part in parts} >= {"Full text", "Vectors (red)", "Queue", "Free space"}


@pytest.mark.parametrize(
    ("health", "name", "action"),
    [
        (_health(fulltext=LACKING), "Full text", checks.REBUILD_TEXT),
        (_health(fulltext=SURPLUS), "Full text", checks.REBUILD_TEXT),
        (_health(_space(LACKING)), "Vectors (red)", checks.REBUILD_VECTORS),
        (_health(_space(LACKING, failed=2)), "Vectors (red)", checks.RETRY_JOBS),
        (_health(_space(SURPLUS)), "Vectors (red)", checks.REBUILD_VECTORS),
        (_health(_space(vectors=LACKING)), "Vector codes (red)", checks.REBUILD_VECTORS),
        (_health(failed=1), "Queue", checks.RETRY_JOBS),
        (_health(free=300 * 2**20), "Free space", VACUUM),
    ],
)
def test_each_failure_has_one_thing_to_do_about_it(health: Health, name: str, action: Action) -> None:
    broken = _broken(health)
    assert list(broken) == [name]
    assert broken[name].action == action
    assert broken[name].fix


def test_vectors_that_are_on_their_way_are_no_failure() -> None:
    waiting = describe_parts(_health(_space(LACKING, waiting=2)), paused=True)
    (vectors,) = [part for part in waiting if part.name == "Vectors (red)"]
    assert vectors.ok
    assert "2 pages wait" in vectors.detail
    assert "paused" in vectors.detail
    assert not _broken(_health(_space(LACKING, role="building")))


def test_free_space_is_worth_a_word_only_where_it_is_much() -> None:
    assert not _broken(_health(free=FREE_BYTES - 1))
    assert not _broken(_health(free=FREE_BYTES + 1))


def test_a_log_that_cannot_be_folded_is_said_with_what_holds_it() -> None:
    assert "Write-ahead log" in _broken(_health(log=LOG_BYTES + 1))
    (log,) = [part for part in describe_parts(_health(), log_waits=True) if part.name == "Write-ahead log"]
    assert not log.ok
    assert "another program" in log.detail


def test_a_failed_job_is_offered_again_by_the_doctor(home: Paths, profile: Profile) -> None:
    def fail(connection: object) -> None:
        page_id = add_page(connection, "https://a.example/", "tea")
        jobs.add_job(connection, jobs.EMBED, page_id, NOON)
        for _ in range(jobs.MAX_ATTEMPTS):
            for job in jobs.take_jobs(connection, jobs.EMBED, 1, NOON * 2):
                jobs.fail_job(connection, job, "worker_died", NOON)

    profile.database.write(fail)
    found = {check.name: check for check in check_installation(home, profile, None)}
    assert found["Queue"].action == checks.RETRY_JOBS
    assert all(check.ok for check in check_health(profile))


def test_a_large_database_is_not_read_whole_by_the_doctor(
    home: Paths, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "READ_WHOLE_BYTES", 1)
    profile.database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    read_before = len(profile.database.statements.read())

    def look() -> dict[str, checks.Check]:
        return {check.name: check for check in check_installation(home, profile, None)}

    found = look()
    assert found["Database"].ok
    assert found["Database"].action == checks.CHECK_WHOLE
    assert found["Full-text index"].ok
    ran = [entry.sql for entry in profile.database.statements.read()[read_before:]]
    assert not [sql for sql in ran if "quick_check" in sql or "integrity-check" in sql]
    profile.database.write(lambda connection: connection.execute("DELETE FROM pages_fts_docsize"))
    assert look()["Full-text index"].action == checks.REBUILD_TEXT
