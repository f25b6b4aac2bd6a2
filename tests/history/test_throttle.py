from __future__ import annotations

import threading

import psutil
import pytest

from host.history.throttle import AFTER_PERSON_S, ON_BATTERY_S, ON_BUSY_S, LoadMeter, Throttle


class _World:
    now = 1000.0
    battery = False
    load = 0.0

    def make(self) -> Throttle:
        return Throttle(
            on_battery=lambda: self.battery, load_percent=lambda: self.load, clock=lambda: self.now
        )


@pytest.fixture
def world() -> _World:
    return _World()


def test_nothing_is_held_back_on_an_idle_computer(world: _World) -> None:
    assert world.make().pause_seconds() == 0


def test_work_holds_back_after_a_person_asked_and_goes_on_when_they_are_done(world: _World) -> None:
    throttle = world.make()
    throttle.note_person()
    assert throttle.pause_seconds() == pytest.approx(AFTER_PERSON_S)
    world.now += AFTER_PERSON_S / 2
    assert throttle.pause_seconds() == pytest.approx(AFTER_PERSON_S / 2)
    world.now += AFTER_PERSON_S
    assert throttle.pause_seconds() == 0


def test_work_is_slower_on_battery_unless_the_user_allows_it(world: _World) -> None:
    world.battery = True
    throttle = world.make()
    assert throttle.pause_seconds() == ON_BATTERY_S
    assert throttle.pause_seconds(on_battery_allowed=True) == 0


def test_work_is_slower_on_a_busy_processor(world: _World) -> None:
    throttle = world.make()
    world.load = 99.0
    assert throttle.pause_seconds() == ON_BUSY_S
    world.load = 10.0
    assert throttle.pause_seconds() == 0


def test_who_waits_is_let_go_when_the_daemon_ends(world: _World) -> None:
    throttle = world.make()
    throttle.note_person()
    waiting = threading.Thread(target=throttle.wait)
    waiting.start()
    throttle.release()
    waiting.join(5)
    assert not waiting.is_alive()


def test_our_own_work_does_not_count_as_a_busy_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Times(tuple[float, ...]):
        __slots__ = ()

        @property
        def idle(self) -> float:
            return self[1]

    readings = iter([Times((0.0, 0.0)), Times((100.0, 100.0)), Times((290.0, 110.0))])
    monkeypatch.setattr(psutil, "cpu_times", lambda: next(readings))
    ours = iter([0.0, 60.0, 70.0])
    meter = LoadMeter()
    monkeypatch.setattr(meter, "_read_own", lambda: next(ours))
    assert meter.read_percent() == 0.0
    # Half of the time was idle, and 60 of the 100 busy seconds were ours.
    assert meter.read_percent() == pytest.approx(20.0)
    assert meter.read_percent() == pytest.approx(90.0)
