from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import StorageError
from host.insight_services import GROWTH_EVERY_S, GrowthNotes
from host.protocol.methods import METHODS
from tests.makers import NOON, add_page, wait_until
from tests.processes import Installation

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    import pytest

    from host.history.profiles import Profile


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _noted(profile: Profile) -> list[tuple[str, int, int]]:
    return profile.database.read(lambda connection: connection.execute("SELECT * FROM growth").fetchall())


def test_growth_is_noted_at_once_and_then_every_hour(profile: Profile) -> None:
    clock = Clock()
    notes = GrowthNotes(lambda: [profile], clock)
    notes.look()
    notes.close()
    ((_, pages, size),) = _noted(profile)
    assert pages == 0
    assert size > 0
    profile.database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    clock.now += GROWTH_EVERY_S - 1
    notes.look()
    notes.close()
    assert _noted(profile)[-1][1] == 0
    clock.now += 2
    notes.look()
    notes.close()
    assert _noted(profile)[-1][1] == 1


def test_a_database_that_cannot_be_noted_is_noted_later(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    notes = GrowthNotes(lambda: [profile], clock)

    def fail(*_: object, **__: object) -> None:
        message = "The database refused."
        raise StorageError(message)

    with monkeypatch.context() as broken:
        broken.setattr(profile.database, "write", fail)
        notes.look()
        notes.close()
    assert _noted(profile) == []
    clock.now += GROWTH_EVERY_S
    notes.look()
    notes.close()
    assert len(_noted(profile)) == 1


def test_a_running_daemon_names_its_processes_and_what_mends_each_failure(short_path: Path) -> None:
    installation = Installation(short_path)
    try:
        installation.start_daemon()
        wire = installation.connect()
        wire.call("pages.capture", url="https://a.example/", html="<p>Green tea.</p>", visited_at=NOON)

        def find_processes() -> dict[str, Any]:
            return {item["name"]: item for item in wire.call("daemon.status")["processes"]}

        wait_until(lambda: "Page reader" in find_processes(), "the page reader runs")
        wire.call("sql.run", sql="SELECT 1")
        found = find_processes()
        assert {"Page reader", "SQL explorer"} <= found.keys()
        assert all(process["memory_bytes"] > 1_000_000 for process in found.values())
        checks = {check["name"]: check for check in wire.call("doctor")["checks"]}
    finally:
        installation.close()
    assert {"Database", "Full-text index", "Backups", "Encryption", "Write-ahead log"} <= checks.keys()
    # There are no models here.
    assert not checks["Models"]["ok"]
    assert checks["Models"]["action"]["method"] == "models.download"
    failed = [check for check in checks.values() if not check["ok"]]
    assert all(check["fix"] for check in failed)
    actions = [check["action"] for check in checks.values() if check["action"]]
    for action in actions:
        METHODS[action["method"]].params.model_validate(action["params"])
