"""What a training waits for, with the machine's figures played."""

from __future__ import annotations

import subprocess
import sys
from collections import namedtuple
from typing import Any

import psutil
import pytest

from host.improvement.surroundings import BUSY, CALM, WINDOW_S, OthersLoad, Surroundings

Times = namedtuple("Times", "user system idle")  # noqa: PYI024 - psutil's are such tuples too
Spent = namedtuple("Spent", "user system children_user children_system")  # noqa: PYI024


class _Machine:
    """Two cores, and the processor time of processes, in seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.busy = 0.0
        self.spent = {1: 0.0}
        self.of_ended = 0.0
        monkeypatch.setattr(psutil, "cpu_times", self._read)
        monkeypatch.setattr(psutil, "Process", lambda: _Process(self, 1))

    def pass_time(self, seconds: float, **busy: float) -> None:
        """Time goes by; `p1=2` is two seconds of process 1, `others` those of everybody else."""
        self.now += seconds
        for name, spent in busy.items():
            self.busy += spent
            if name != "others":
                pid = int(name[1:])
                self.spent[pid] = self.spent.get(pid, 0.0) + spent

    def end(self, pid: int) -> None:
        """A process ends; as on most systems, what it did is counted with its parent from now on."""
        self.of_ended += self.spent.pop(pid)

    def _read(self) -> Any:
        return Times(self.busy, 0.0, 2 * self.now - self.busy)


class _Process:
    def __init__(self, machine: _Machine, pid: int) -> None:
        self._machine = machine
        self.pid = pid

    def children(self, *, recursive: bool) -> list[_Process]:
        assert recursive
        return [_Process(self._machine, pid) for pid in self._machine.spent if pid != 1]

    def cpu_times(self) -> Any:
        if self.pid not in self._machine.spent:
            raise psutil.NoSuchProcess(self.pid)
        of_ended = self._machine.of_ended if self.pid == 1 else 0.0
        return Spent(self._machine.spent[self.pid], 0.0, of_ended, 0.0)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> _Machine:
    return _Machine(monkeypatch)


def test_what_our_own_processes_do_is_not_the_load_of_others(machine: _Machine) -> None:
    load = OthersLoad(lambda: machine.now)
    machine.pass_time(WINDOW_S, p1=1.0, p2=6.0)
    assert load.read() == pytest.approx(0.0)
    machine.pass_time(WINDOW_S, p1=1.0, p2=4.0, others=5.0)
    assert load.read() == pytest.approx(0.5)


def test_a_process_of_ours_that_has_ended_and_is_counted_nowhere_does_not_turn_into_load_of_others_for_ever(
    machine: _Machine,
) -> None:
    load = OthersLoad(lambda: machine.now)
    machine.pass_time(WINDOW_S, p2=10.0)
    assert load.read() == pytest.approx(0.0)
    del machine.spent[2]
    machine.pass_time(WINDOW_S, p3=4.0)
    assert load.read() == pytest.approx(0.0)


def test_what_a_process_of_ours_did_before_it_ended_is_not_the_load_of_others(machine: _Machine) -> None:
    load = OthersLoad(lambda: machine.now)
    machine.pass_time(WINDOW_S, p2=10.0)
    assert load.read() == pytest.approx(0.0)
    # One that is known ends in the middle of a window, another lives within one.
    machine.pass_time(WINDOW_S / 2, p2=3.0, p3=2.0)
    machine.end(2)
    machine.end(3)
    machine.pass_time(WINDOW_S / 2, p4=5.0)
    assert load.read() == pytest.approx(0.0)
    machine.pass_time(WINDOW_S, p4=4.0, others=5.0)
    assert load.read() == pytest.approx(0.5)


def test_a_real_process_that_works_and_ends_between_two_readings_is_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, busy = 0.0, 0.0
    monkeypatch.setattr(psutil, "cpu_times", lambda: Times(busy, 0.0, 2 * now - busy))
    load = OthersLoad(lambda: now)
    own = psutil.Process()
    before = sum(own.cpu_times()[:4])
    code = "import time\nwhile time.process_time() < 1.0: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    # Nobody works on this machine but we.
    now, busy = WINDOW_S, sum(own.cpu_times()[:4]) - before
    assert busy >= 1.0
    assert load.read() == pytest.approx(0.0, abs=0.01)


def test_a_load_that_is_gone_in_the_next_window_does_not_last(machine: _Machine) -> None:
    load = OthersLoad(lambda: machine.now)
    for others, lasting in ((10.0, 0.0), (0.0, 0.0), (10.0, 0.0), (8.0, 0.8), (10.0, 0.8)):
        machine.pass_time(WINDOW_S, others=others)
        assert load.read_lasting() == pytest.approx(lasting)
        # A second look at the same window is no second window.
        assert load.read_lasting() == pytest.approx(lasting)


def test_one_window_hinders_a_beginning_and_two_end_what_runs(
    machine: _Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = OthersLoad(lambda: machine.now)
    monkeypatch.setattr("host.improvement.surroundings.OthersLoad", lambda: load)
    surroundings = Surroundings(lambda: 300.0, on_battery=lambda: False, idle_s=300.0)
    machine.pass_time(WINDOW_S, others=10.0)
    assert surroundings.explain_wait("a", running=True) is None
    assert surroundings.explain_wait("a", running=False) is not None
    machine.pass_time(WINDOW_S, others=10.0)
    assert surroundings.explain_wait("a", running=True) is not None


def test_a_moment_is_not_measured(machine: _Machine) -> None:
    load = OthersLoad(lambda: machine.now)
    machine.pass_time(WINDOW_S / 2, others=WINDOW_S)
    assert load.read() == 0.0
    machine.pass_time(WINDOW_S / 2, others=WINDOW_S)
    assert load.read() == pytest.approx(1.0)


@pytest.mark.parametrize(("plugged", "waits"), [(None, False), (True, False), (False, True)])
def test_without_a_battery_the_plug_counts_as_in(
    monkeypatch: pytest.MonkeyPatch, plugged: bool | None, waits: bool
) -> None:
    battery = namedtuple("battery", "power_plugged")  # noqa: PYI024
    monkeypatch.setattr(
        psutil, "sensors_battery", lambda: None if plugged is None else battery(plugged), raising=False
    )
    surroundings = Surroundings(lambda: 300.0, others_load=lambda: 0.0, idle_s=300.0)
    assert (surroundings.explain_wait("a", running=False) is not None) is waits


def test_more_load_is_needed_to_stop_than_to_hinder_a_beginning() -> None:
    def explain(load: float, *, running: bool) -> str | None:
        surroundings = Surroundings(
            lambda: 300.0, on_battery=lambda: False, others_load=lambda: load, idle_s=300.0
        )
        return surroundings.explain_wait("a", running=running)

    between = (CALM + BUSY) / 2
    assert explain(CALM / 2, running=False) is None
    assert explain(between, running=False) is not None
    assert explain(between, running=True) is None
    assert explain((BUSY + 1) / 2, running=True) is not None
