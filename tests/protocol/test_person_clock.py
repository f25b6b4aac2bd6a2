"""Which requests are those of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.protocol.dispatch import Call, Session
from host.protocol.messages import Empty, Result
from host.protocol.methods import METHODS
from host.protocol.person_clock import BACKGROUND_CLIENT, METHODS_OF_A_PERSON, PersonClock

if TYPE_CHECKING:
    from host.protocol.dispatch import Handler


class _World:
    """A clock that is set by hand, and handlers that take half a minute."""

    def __init__(self) -> None:
        self.now = 100.0
        self.clock = PersonClock(lambda: self.now)
        self.handlers: dict[str, Handler] = self.clock.watch(dict.fromkeys(METHODS, self._answer))

    def _answer(self, *_: object) -> Result:
        self.now += 30.0
        return Result()


@pytest.fixture
def world() -> _World:
    made = _World()
    made.now = 1000.0
    return made


def test_the_methods_of_a_person_are_methods() -> None:
    assert METHODS.keys() >= METHODS_OF_A_PERSON


@pytest.mark.parametrize("method", ["search.query", "pages.visit", "tabs.correct", "chat.ask"])
def test_what_a_person_asks_counts_until_it_is_answered(world: _World, method: str) -> None:
    assert world.clock.idle_s() == 900.0
    world.handlers[method](Empty(), Call(Session("browser")))
    assert world.clock.idle_s() == 0.0


@pytest.mark.parametrize("method", ["finetune.state", "jobs.list", "models.list", "hello", "doctor"])
def test_a_page_that_looks_how_things_stand_is_no_person(world: _World, method: str) -> None:
    world.handlers[method](Empty(), Call(Session("browser")))
    assert world.clock.idle_s() == 930.0


def test_a_client_of_ours_that_works_by_itself_is_no_person(world: _World) -> None:
    world.handlers["tabs.categorize"](Empty(), Call(Session(BACKGROUND_CLIENT)))
    assert world.clock.idle_s() == 930.0
