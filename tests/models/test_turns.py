"""Who may compute next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import Cancelled
from host.models.turns import Turns
from tests.makers import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.models.turns import Turn


def in_thread(action: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=action)
    thread.start()
    return thread


def test_everything_is_computed_by_one_thread_and_answered_to_the_one_who_asked() -> None:
    turns = Turns()
    threads = {turns.run(lambda _: threading.get_ident(), urgent=urgent) for urgent in (True, False, True)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_a_failure_belongs_to_the_one_who_asked_and_the_next_is_computed() -> None:
    turns = Turns()

    def fail(_: Turn) -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        turns.run(fail, urgent=True)
    assert turns.run(lambda _: 7, urgent=False) == 7


def test_a_person_goes_ahead_of_background_work_that_waits_longer() -> None:
    turns, gate = Turns(), threading.Event()
    order: list[str] = []
    first = in_thread(lambda: turns.run(lambda _: gate.wait(20), urgent=True))
    wait_until(lambda: turns._current is not None, "something computes")
    background = in_thread(lambda: turns.run(lambda _: order.append("background"), urgent=False))
    wait_until(lambda: turns._background, "background work waits")
    person = in_thread(lambda: turns.run(lambda _: order.append("person"), urgent=True))
    wait_until(lambda: turns._urgent, "a person waits")
    gate.set()
    for thread in (first, background, person):
        thread.join()
    assert order == ["person", "background"]


def test_background_work_is_interrupted_gives_way_and_goes_on_afterwards() -> None:
    interrupted = threading.Event()
    turns = Turns(interrupted.set)
    order: list[str] = []
    begun = threading.Event()

    def work(turn: Turn) -> None:
        assert not turn.give_way()
        begun.set()
        assert interrupted.wait(20)
        assert turn.is_wanted
        assert turn.give_way()
        order.append("background")

    background = in_thread(lambda: turns.run(work, urgent=False))
    assert begun.wait(20)
    turns.run(lambda _: order.append("person"), urgent=True)
    background.join()
    assert order == ["person", "background"]


def test_a_person_is_not_interrupted_and_gives_way_to_nobody() -> None:
    interrupted = threading.Event()
    turns = Turns(interrupted.set)
    gave: list[bool] = []
    begun = threading.Event()

    def work(turn: Turn) -> None:
        begun.set()
        wait_until(lambda: turns._urgent, "another waits")
        gave.append(turn.give_way())

    first = in_thread(lambda: turns.run(work, urgent=True))
    assert begun.wait(20)
    turns.run(lambda _: None, urgent=True)
    first.join()
    assert gave == [False]
    assert not interrupted.is_set()


def test_a_request_that_is_abandoned_while_it_waits_is_never_computed() -> None:
    turns, gate, abandoned = Turns(), threading.Event(), threading.Event()
    computed: list[bool] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            turns.run(lambda _: computed.append(True), urgent=False, abandoned=abandoned.is_set)
        except Cancelled as error:
            failures.append(error)

    first = in_thread(lambda: turns.run(lambda _: gate.wait(20), urgent=True))
    wait_until(lambda: turns._current is not None, "something computes")
    waiting = in_thread(ask)
    wait_until(lambda: turns._background, "it waits")
    abandoned.set()
    turns.wake()
    waiting.join()
    assert len(failures) == 1
    gate.set()
    first.join()
    assert turns.run(lambda _: "next", urgent=False) == "next"
    assert computed == []
