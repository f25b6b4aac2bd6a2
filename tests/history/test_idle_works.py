from __future__ import annotations

from typing import TYPE_CHECKING

from host.history.idle_work import IdleWorks
from tests.history.test_idle_work import Chores

if TYPE_CHECKING:
    from host.history.profiles import Profile


def test_the_second_kind_has_its_turn_when_the_first_has_nothing_to_do(profile: Profile) -> None:
    first, second = Chores(2), Chores(1)
    both = IdleWorks(first, second)
    turns = []
    while both.advance(profile):
        turns.append((len(first.waiting), len(second.waiting)))
    assert turns == [(1, 0), (2, 0), (3, 1)]


def test_a_person_and_the_end_reach_every_kind() -> None:
    works = Chores(1), Chores(1)
    both = IdleWorks(*works)
    both.interrupt()
    both.close()
    assert [(work.interruptions, work.closed.is_set()) for work in works] == [(1, True), (1, True)]


def test_without_any_kind_there_is_nothing_to_do(profile: Profile) -> None:
    assert not IdleWorks().advance(profile)
