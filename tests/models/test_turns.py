"""Who may compute next."""

from __future__ import annotations

import threading

from host.models.turns import Turns
from tests.makers import wait_until


def test_a_person_goes_ahead_of_background_work_that_waits_longer() -> None:
    turns = Turns()
    order: list[str] = []

    def work(name: str, *, urgent: bool) -> None:
        with turns.hold(urgent=urgent):
            order.append(name)

    with turns.hold(urgent=True):
        background = threading.Thread(target=work, args=("background",), kwargs={"urgent": False})
        background.start()
        person = threading.Thread(target=work, args=("person",), kwargs={"urgent": True})
        person.start()
        wait_until(lambda: turns._urgent_waiting == 1, "the person waits")
    background.join()
    person.join()
    assert order == ["person", "background"]


def test_background_work_is_interrupted_gives_way_and_goes_on_afterwards() -> None:
    interrupted = threading.Event()
    turns = Turns(interrupted.set)
    order: list[str] = []

    def ask() -> None:
        with turns.hold(urgent=True):
            order.append("person")

    with turns.hold(urgent=False) as turn:
        assert not turn.give_way()
        person = threading.Thread(target=ask)
        person.start()
        assert interrupted.wait(20)
        assert turn.is_wanted
        assert turn.give_way()
        assert turn.held
        order.append("background")
    person.join()
    assert order == ["person", "background"]


def test_a_person_is_not_interrupted_and_gives_way_to_nobody() -> None:
    interrupted = threading.Event()
    turns = Turns(interrupted.set)

    def ask() -> None:
        with turns.hold(urgent=True):
            pass

    with turns.hold(urgent=True) as turn:
        other = threading.Thread(target=ask)
        other.start()
        wait_until(lambda: turns._urgent_waiting == 1, "another waits")
        assert not turn.give_way()
        assert not interrupted.is_set()
    other.join()


def test_a_request_that_is_abandoned_while_it_waits_never_holds_the_turn() -> None:
    turns = Turns()
    abandoned = threading.Event()
    held: list[bool] = []

    def ask() -> None:
        with turns.hold(urgent=False, abandoned=abandoned.is_set) as turn:
            held.append(turn.held)

    with turns.hold(urgent=True) as first:
        waiting = threading.Thread(target=ask)
        waiting.start()
        abandoned.set()
        turns.wake()
        waiting.join()
        assert held == [False]
        assert first.held
