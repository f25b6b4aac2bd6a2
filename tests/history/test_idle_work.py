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

    def advance(self, profile: Profile) -> bool:
        self.waiting.append(sum(one.count for one in profile.database.read(jobs.count_jobs)))
        self.before()
        self.left -= 1
        return self.left >= 0

    def interrupt(self) -> None:
        self.interruptions += 1

    def close(self) -> None:
        self.closed.set()


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
