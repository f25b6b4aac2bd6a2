"""Training in the background as the daemon wires it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.history.capture import CapturedPage, make_visit
from host.history.forgetting import forget
from host.history.profiles import Profiles
from host.improvement.readiness import NEEDED
from host.improvement_services import (
    check_improvement,
    find_remembered,
    improve_by_settings,
    make_improvement,
)
from host.models.registry import LocalSource, ModelEntry, ModelFile
from host.models.store import ModelStore
from host.protocol.person_clock import PersonClock
from host.storage import pages
from host.storage.deletion import select_said
from host.tabs import learning
from host.tabs.categories import CategoryChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.core.paths import Paths
    from host.improvement.service import Improvement


@pytest.fixture
def profiles(home: Paths) -> Iterator[Profiles]:
    made = Profiles(home)
    yield made
    made.close()


@pytest.fixture
def improvement(home: Paths, profiles: Profiles) -> Iterator[Improvement]:
    made = make_improvement(home, profiles, ModelStore(home.models), PersonClock())
    yield made
    made.close()


@pytest.mark.parametrize(
    ("wanted", "paused", "expected"), [(True, False, ["a"]), (False, False, []), (True, True, [])]
)
def test_it_begins_by_itself_only_where_that_is_wanted_and_work_goes_on(
    improvement: Improvement,
    profiles: Profiles,
    monkeypatch: pytest.MonkeyPatch,
    wanted: bool,
    paused: bool,
    expected: list[str],
) -> None:
    considered: list[str] = []
    monkeypatch.setattr(improvement, "consider", considered.append)
    profile = profiles.open("a")
    profile.update_settings({"tabs.improve": wanted})
    profile.paused = paused
    profiles.open("b")
    improve_by_settings(improvement, profiles)
    assert considered == expected


def test_each_profile_learns_from_what_was_said_in_it(
    home: Paths, improvement: Improvement, profiles: Profiles
) -> None:
    (home.models / "tiny").mkdir()
    (home.models / "tiny" / "model.gguf").write_bytes(b"x" * 100)
    ModelStore(home.models).add_entry(
        ModelEntry(
            "tiny", "Tiny", "instruction", "gguf", "MIT", 512, 100, 0,
            files=(ModelFile("model.gguf", 100),), sources=(LocalSource("nowhere"),), added=True,
        )
    )  # fmt: skip
    for number in range(NEEDED):
        url = f"https://a.example/{number}"
        learning.correct_tab(profiles.open("a"), url=url, title="Tea", category="Work", origin=None)
    with pytest.raises(InvalidInput, match="no corrections"):
        improvement.improve("b")
    for number in range(NEEDED):
        url = f"https://b.example/{number}"
        learning.correct_tab(profiles.open("b"), url=url, title="Tea", category="Work", origin=None)
    few = [CategoryChange(name="My cats", examples=("Purring", "Whiskers"))]
    learning.set_categories(profiles.open("b"), few)
    with pytest.raises(InvalidInput, match="Too little is known of My cats"):
        improvement.improve("b")
    # Somebody has just begun to work here.
    assert improvement.improve("a").state == "waiting"
    (check,) = check_improvement(improvement)
    assert (check.name, check.ok) == ("Training", True)
    assert improvement.cancel().state == "cancelled"
    assert check_improvement(improvement) == []


def test_only_what_was_said_and_not_taken_back_is_remembered(profiles: Profiles) -> None:
    profile = profiles.open("a")
    said = {"url": "https://a.example/1", "title": "Tea"}
    number = learning.correct_tab(profile, **said, category="Work", origin=None)
    learning.correct_tab(profile, url="", title="Only  A Title", category="Work", origin=None)
    learning.set_categories(profile, [CategoryChange(name="Garden", examples=("Roses in May", "b.example"))])
    profile.database.write(
        lambda connection: pages.record_visit(
            connection, make_visit(CapturedPage(url="https://b.example/read", visited_at=1, title="Read"))
        )
    )
    is_remembered = find_remembered(profile)
    assert is_remembered({**said, "source": "correction"})
    assert is_remembered({"url": "", "title": "Only A Title", "source": "correction"})
    assert is_remembered({"url": "", "title": "Roses in May", "source": "correction"})
    assert not is_remembered({"url": "", "title": "Tulips", "source": "correction"})
    assert is_remembered({"url": "https://b.example/read", "title": "Read", "source": "page"})
    assert not is_remembered({"url": "https://b.example/other", "title": "Read", "source": "page"})
    said_once = profile.database.read(lambda connection: select_said(connection, [number]))
    forget(profile, said_once)
    assert not find_remembered(profile)({**said, "source": "correction"})
