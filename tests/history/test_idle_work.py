from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from host.history.indexing import Indexer
from host.history.throttle import Throttle
from host.storage import jobs
from tests.history.model_changes import add_pages
from tests.history.stand_ins import SPACE, InstantReader, WordEmbedder
from tests.makers import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.history.profiles import Profile, Profiles


class Chores:
    """Counts what it is asked to do, and has so much to do.

    Attributes:
        left: pieces.
        waiting: jobs that waited each time it was its turn.
        before: called with each piece.
        interruptions: how often it was told to give up.
    """

    def __init__(self, left: int) -> None:
        self.left = left
        self.waiting: list[int] = []
        self.before: Callable[[], None] = lambda: None
        self.interruptions = 0
        self.closed = threading.Event()

    def is_waiting(self, profile: Profile) -> bool:
        del profile
        return self.left > 0

    def advance(self, profile: Profile) -> bool:
        self.waiting.append(sum(one.count for one in profile.database.read(jobs.count_jobs)))
        self.before()
        self.left -= 1
        return self.left >= 0

    def interrupt(self) -> None:
        self.interruptions += 1

    def close(self) -> None:
        self.closed.set()


class Patient(Throttle):
    """Counts the pauses that are made on a machine which others keep busy, and makes none."""

    def __init__(self) -> None:
        self.busy = True
        self.waits = 0
        super().__init__(on_battery=lambda: False, load_percent=lambda: 99.0 if self.busy else 0.0)

    def wait(self, *, on_battery_allowed: bool = False) -> None:
        del on_battery_allowed
        self.waits += 1


def _make(profiles: Profiles, chores: Chores, throttle: Throttle | None = None) -> Indexer:
    quiet = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
    embedders = {SPACE.model_id: WordEmbedder()}
    return Indexer(
        profiles.opened, InstantReader(), embedders.get, lambda: SPACE, throttle or quiet, idle_work=chores
    )


def test_what_can_wait_is_done_only_when_no_page_waits_to_be_found(
    profiles: Profiles, profile: Profile
) -> None:
    chores = Chores(3)
    indexer = _make(profiles, chores)
    indexer.prepare(profile)
    add_pages(profile, range(70))
    chores.before = lambda: add_pages(profile, [100]) if chores.left == 2 else None
    while indexer.run_once():
        pass
    assert chores.left == -1
    assert set(chores.waiting) == {0}


def test_nothing_that_can_wait_is_done_on_battery_on_a_busy_machine_or_beside_a_person(
    profiles: Profiles, profile: Profile
) -> None:
    for busy in (
        Throttle(on_battery=lambda: True, load_percent=lambda: 0.0),
        Throttle(on_battery=lambda: False, load_percent=lambda: 99.0),
    ):
        chores = Chores(1)
        assert not _make(profiles, chores, busy).run_once()
        assert chores.waiting == []
    chores = Chores(1)
    indexer = _make(profiles, chores)
    indexer.yield_to_person()
    assert not indexer.run_once()
    assert (chores.waiting, chores.interruptions) == ([], 1)
    profile.paused = True
    assert not _make(profiles, chores).run_once()
    assert chores.waiting == []


def test_what_can_wait_goes_on_on_battery_where_that_is_wished(profiles: Profiles, profile: Profile) -> None:
    profile.update_settings({"indexing.on_battery": True})
    chores = Chores(1)
    throttle = Throttle(on_battery=lambda: True, load_percent=lambda: 0.0)
    assert _make(profiles, chores, throttle).run_once()


def test_light_work_is_done_beside_others_after_a_pause_and_before_what_can_wait(
    profiles: Profiles, profile: Profile
) -> None:
    throttle = Patient()
    light, heavy = Chores(2), Chores(1)
    indexer = Indexer(profiles.opened, InstantReader(), throttle=throttle, light_work=light, idle_work=heavy)
    assert indexer.run_once()
    assert indexer.run_once()
    assert (light.left, throttle.waits) == (0, 2)
    assert not indexer.run_once()
    assert heavy.waiting == []
    throttle.busy = False
    assert indexer.run_once()
    assert (light.left, heavy.left, throttle.waits) == (0, 0, 2)
    light.left = 1
    profile.paused = True
    assert not indexer.run_once()
    assert light.left == 1


def test_pages_that_wait_to_be_found_come_before_light_work(profiles: Profiles, profile: Profile) -> None:
    light = Chores(1)
    quiet = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
    embedders = {SPACE.model_id: WordEmbedder()}
    indexer = Indexer(profiles.opened, InstantReader(), embedders.get, lambda: SPACE, quiet, light_work=light)
    indexer.prepare(profile)
    add_pages(profile, range(70))
    while indexer.run_once():
        pass
    assert light.waiting == [0]


def test_a_person_and_the_end_reach_light_work_too(profiles: Profiles) -> None:
    light = Chores(1)
    indexer = Indexer(profiles.opened, InstantReader(), light_work=light)
    indexer.yield_to_person()
    indexer.stop()
    assert (light.interruptions, light.closed.is_set()) == (1, True)


def test_stopping_ends_what_can_wait(profiles: Profiles, profile: Profile) -> None:
    del profile
    chores = Chores(10**9)
    under_way = threading.Event()

    def last() -> None:
        under_way.set()
        assert chores.closed.wait(20)

    chores.before = last
    indexer = _make(profiles, chores)
    indexer.start()
    wait_until(under_way.is_set, "it is its turn")
    indexer.stop()
    assert chores.closed.is_set()
    assert len(chores.waiting) == 1
