"""What is left out, off or forbidden stays so, whatever file takes a history's place."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

import pytest

from host.core.settings import Settings
from host.storage.settings import read_settings
from host.upkeep.guards import find_guards
from host.upkeep.store import Store
from tests.makers import add_page

if TYPE_CHECKING:
    from host.history.profiles import Profile, Profiles


@pytest.mark.parametrize("made_of", ["sqlite", "jsonl"])
def test_a_file_that_replaces_a_history_permits_nothing_that_was_not_permitted(
    profile: Profile, profiles: Profiles, made_of: Literal["sqlite", "jsonl"]
) -> None:
    store = Store(lambda _profile: None)
    other = profiles.open("other")
    other.database.write(lambda c: add_page(c, "https://a.example/"))
    other.update_settings(
        {
            "capture.password_pages": True,
            "capture.local_addresses": True,
            "mcp.enabled": True,
            "capture.excluded_sites": ["theirs.example"],
            "appearance.theme": "dark",
        }
    )
    made = store.export(other, made_of, None, lambda _report: None, threading.Event())
    profile.update_settings({"capture.enabled": False, "capture.excluded_sites": ["ours.example"]})
    done = store.take_in(
        profile,
        path=str(made.path),
        upload_id=None,
        mode="replace",
        report=lambda _report: None,
        cancelled=threading.Event(),
    )
    assert set(done.kept_settings) == {
        "capture.enabled",
        "capture.excluded_sites",
        "capture.local_addresses",
        "capture.password_pages",
        "mcp.enabled",
    }
    found = profile.settings
    assert found.excluded_sites == ["ours.example", "theirs.example"]
    assert not any((found.capture_enabled, found.password_pages, found.local_addresses))
    assert profile.database.read(read_settings)["mcp.enabled"] is False
    # The rest is what the file says.
    assert found.theme == "dark"


def test_the_longer_pause_counts_and_a_past_one_does_not() -> None:
    def find(ours: int, theirs: int) -> dict[str, int]:
        values = Settings.model_validate({}).to_values()
        settings = Settings.model_validate({**values, "capture.paused_until": ours})
        return find_guards(settings, {**values, "capture.paused_until": theirs}, 1.0)

    assert find(5000, 0) == {"capture.paused_until": 5000}
    assert find(-1, 5000) == {"capture.paused_until": -1}
    assert find(5000, -1) == {}
    assert find(5000, 6000) == {}
    assert find(500, 0) == {}
