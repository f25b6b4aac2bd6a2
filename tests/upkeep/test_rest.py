from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import WorkerDied
from host.upkeep.rest import Rest
from tests.makers import WAIT_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.history.profiles import Profiles


class Work:
    """Something that takes a few looks until it has ended."""

    def __init__(self, looks: int = 2) -> None:
        self.looks = looks
        self.interrupted = 0
        self.at_rest = threading.Event()
        self.fails = False

    def interrupt(self) -> None:
        self.interrupted += 1

    def unload(self) -> bool:
        if self.fails:
            self.fails = False
            message = "it died"
            raise WorkerDied(message)
        self.looks -= 1
        if self.looks <= 0:
            self.at_rest.set()
        return self.looks <= 0


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def resumed() -> list[bool]:
    return []


@pytest.fixture
def rest(profiles: Profiles, work: Work, resumed: list[bool]) -> Iterator[Rest]:
    made = Rest(profiles.opened, (work,), lambda: resumed.append(True))
    yield made
    made.close()


def _is_off(rest: Rest) -> bool:
    return rest.is_off


def _switch(profiles: Profiles, name: str, *, on: bool) -> None:
    profiles.open(name).update_settings({"capture.enabled": on})


def test_it_is_off_when_every_open_profile_is_and_not_before(
    profiles: Profiles, rest: Rest, work: Work
) -> None:
    assert not _is_off(rest), "with no profile nothing was switched off"
    profiles.open("one")
    profiles.open("two")
    _switch(profiles, "one", on=False)
    rest.apply()
    assert not _is_off(rest)
    assert work.interrupted == 0
    _switch(profiles, "two", on=False)
    rest.apply()
    assert _is_off(rest)
    assert work.at_rest.wait(WAIT_S)
    assert work.interrupted == 1


def test_what_does_not_end_at_once_is_looked_at_until_it_has(
    profiles: Profiles, rest: Rest, work: Work
) -> None:
    work.looks, work.fails = 5, True
    _switch(profiles, "one", on=False)
    rest.apply()
    assert work.at_rest.wait(WAIT_S)


def test_looking_again_changes_nothing_and_on_resumes_once(
    profiles: Profiles, rest: Rest, work: Work, resumed: list[bool]
) -> None:
    rest.apply()
    assert resumed == []
    _switch(profiles, "one", on=False)
    for _ in range(3):
        rest.apply()
    assert work.at_rest.wait(WAIT_S)
    assert work.interrupted == 1
    _switch(profiles, "one", on=True)
    for _ in range(3):
        rest.apply()
    assert resumed == [True]


def test_it_ends_although_something_never_does(profiles: Profiles, rest: Rest, work: Work) -> None:
    work.looks = 10**9
    _switch(profiles, "one", on=False)
    rest.apply()
    wait_until(lambda: work.looks < 10**9, "it was looked at")
    rest.close()


def test_what_is_switched_on_again_meanwhile_is_left_alone(
    profiles: Profiles, rest: Rest, work: Work
) -> None:
    work.looks = 10**9
    _switch(profiles, "one", on=False)
    rest.apply()
    _switch(profiles, "one", on=True)
    rest.apply()
    wait_until(lambda: not any(thread.name == "rest" for thread in threading.enumerate()), "it looks no more")
