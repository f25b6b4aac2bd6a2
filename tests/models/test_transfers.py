from __future__ import annotations

import threading

import pytest

from host.core.errors import Cancelled
from host.models.transfers import Meter, Reporter, Transfer


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_rate_is_that_of_the_last_seconds(clock: Clock) -> None:
    meter = Meter(clock)
    assert meter.measure(0) is None
    rates = []
    for done in (100, 200, 300, 400, 500, 600, 700, 1700, 2700, 3700, 4700, 5700, 6700, 7700):
        clock.now += 1
        rates.append(meter.measure(done))
    assert rates[5] == 100
    assert rates[-1] == 1000


def test_bytes_that_were_thrown_away_do_not_count(clock: Clock) -> None:
    meter = Meter(clock)
    meter.measure(1000)
    clock.now += 1
    assert meter.measure(10) is None
    clock.now += 1
    assert meter.measure(20) == 10


def test_what_was_there_before_does_not_count_as_speed(clock: Clock) -> None:
    heard: list[Transfer] = []
    reporter = Reporter(heard.append, clock=clock)
    reporter.total, reporter.base = 1000, 500
    reporter.fetched(0)
    clock.now += 1
    reporter.fetched(100)
    assert heard[-1] == Transfer(600, 1000, rate=100, remaining_s=4)


def test_reports_are_few_but_the_last_is_always_made(clock: Clock) -> None:
    heard: list[Transfer] = []
    reporter = Reporter(heard.append, clock=clock)
    reporter.total = 10_000
    for count in range(10_001):
        clock.now += 0.0001
        reporter.fetched(count)
    assert 5 <= len(heard) <= 12
    assert heard[-1].done == 10_000


def test_a_note_is_told_once_and_goes_when_bytes_come(clock: Clock) -> None:
    heard: list[Transfer] = []
    reporter = Reporter(heard.append, clock=clock)
    reporter.total = 10
    reporter.say("asking")
    reporter.say("asking")
    reporter.fetched(1)
    assert [one.note for one in heard] == ["asking", None]


@pytest.mark.parametrize("do", ["fetched", "say", "pause"])
def test_whoever_tells_something_learns_that_nobody_wants_it(do: str) -> None:
    cancelled = threading.Event()
    cancelled.set()
    reporter = Reporter(lambda _: None, cancelled)
    with pytest.raises(Cancelled):
        {
            "fetched": lambda: reporter.fetched(1),
            "say": lambda: reporter.say("x"),
            "pause": lambda: reporter.pause(1000, "x"),
        }[do]()
