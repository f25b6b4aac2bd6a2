from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.install.command import CommandError
from host.install.llama_climb import Trial, climb_down
from host.install.llama_ladder import Rung
from host.models.llama_trial import EVALUATION_FAILED

if TYPE_CHECKING:
    from collections.abc import Callable

RUNGS = (Rung("native", ("-DN=ON",)), Rung("AVX2", ("-DA=ON",)), Rung("baseline", ()))
GPU = Rung("CUDA, native", ("-DGGML_CUDA=ON",), gpu=True)


class ScriptedWorkshop:
    """A workshop whose builds are written down beforehand, held to the protocol of the real one.

    Each build is an exit code of the trial (negative for a signal), or None for one that does not compile.
    """

    def __init__(self, **outcomes: int | None) -> None:
        self.outcomes = outcomes
        self.built: list[str] = []
        self.installed: list[str] = []

    def build(self, rung: Rung, progress: Callable[[str], None]) -> Path:
        progress(rung.name)
        self.built.append(rung.name)
        if self.outcomes[rung.name.replace(", ", "_")] is None:
            raise CommandError(["pip"], 1, ["x.cpp:1: error: no such instruction"])
        return Path(rung.name)

    def install(self, wheel: Path, progress: Callable[[str], None]) -> None:
        progress(wheel.name)
        self.installed.append(wheel.name)

    def try_out(self) -> Trial:
        code = self.outcomes[self.installed[-1].replace(", ", "_")]
        assert code is not None
        return Trial(code, complaint="" if code < 0 else "OSError: cannot load")


def ignore(_: str) -> None:
    """Takes progress and does nothing with it."""


def test_a_build_that_evaluates_is_taken_and_no_other_is_made() -> None:
    workshop = ScriptedWorkshop(native=0)
    climb = climb_down(RUNGS, workshop, ignore)
    assert climb.rung == RUNGS[0]
    assert workshop.built == ["native"]


def test_a_build_that_traps_is_replaced_by_one_without_those_instructions() -> None:
    workshop = ScriptedWorkshop(native=-signal.SIGILL, AVX2=0)
    climb = climb_down(RUNGS, workshop, ignore)
    assert climb.rung == RUNGS[1]
    assert workshop.installed == ["native", "AVX2"]
    assert [attempt.verdict for attempt in climb.attempts] == [
        "died of SIGILL while evaluating",
        "evaluated",
    ]


@pytest.mark.parametrize("code", [-signal.SIGSEGV, -signal.SIGABRT, EVALUATION_FAILED, 0xC0000005])
def test_any_other_death_leads_down_as_well(code: int) -> None:
    climb = climb_down(RUNGS, ScriptedWorkshop(native=code, AVX2=code, baseline=0), ignore)
    assert climb.rung == RUNGS[2]


def test_when_nothing_evaluates_every_attempt_is_told() -> None:
    workshop = ScriptedWorkshop(native=-4, AVX2=-4, baseline=EVALUATION_FAILED)
    climb = climb_down(RUNGS, workshop, ignore)
    assert climb.rung is None
    assert [attempt.rung for attempt in climb.attempts] == ["native", "AVX2", "baseline"]
    assert climb.attempts[-1].verdict == "failed to evaluate: OSError: cannot load"


def test_a_trial_that_could_not_run_condemns_no_build() -> None:
    workshop = ScriptedWorkshop(native=1, AVX2=0)
    assert climb_down(RUNGS, workshop, ignore).rung is None
    assert workshop.built == ["native"]


def test_a_compiler_that_fails_twice_is_not_asked_a_third_time() -> None:
    workshop = ScriptedWorkshop(native=None, AVX2=None, baseline=0)
    climb = climb_down(RUNGS, workshop, ignore)
    assert climb.rung is None
    assert workshop.built == ["native", "AVX2"]
    assert "no such instruction" in climb.attempts[0].verdict


def test_a_gpu_build_that_does_not_compile_costs_no_try_of_the_others() -> None:
    workshop = ScriptedWorkshop(CUDA_native=None, native=None, AVX2=0)
    assert climb_down((GPU, *RUNGS), workshop, ignore).rung == RUNGS[1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_child_that_really_dies_of_an_illegal_instruction_is_called_so() -> None:
    code = f"import os, signal; os.kill(os.getpid(), signal.SIGILL); os._exit({os.EX_OK})"
    child = subprocess.run([sys.executable, "-c", code], check=False)
    assert Trial(child.returncode).verdict == "died of SIGILL while evaluating"


def test_the_illegal_instruction_of_windows_is_recognised() -> None:
    assert Trial(0xC000001D).verdict == "died of an illegal instruction while evaluating"
