"""The step that builds llama.cpp for this machine and believes it only after it has evaluated."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from host.install.command import CommandError
from host.install.llama_climb import Climb, Trial, climb_down
from host.install.llama_ladder import Rung, list_rungs
from host.install.llama_workshop import MachineWorkshop
from host.install.packages import LLAMA, NAME, list_installed, read_requirements, requirement_name
from host.install.processor import find_features, find_fingerprint, find_overreach
from host.install.steps import Step, StepError
from host.install.toolchain import advise_package, can_build_for_cuda, find_compiler
from host.models.download import find_installed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.install.layout import Layout

STEP_NAME = "llama.cpp"
RECORD_NAME = "llama-build.json"
TRIAL_MODEL = "smollm2-135m-instruct"


def llama_step(layout: Layout) -> Step:
    """The step. Without llama.cpp everything but the language models works, so its failure degrades."""
    return Step(STEP_NAME, lambda: _check(layout), lambda progress: _build(layout, progress), needs=(NAME,))


def _check(layout: Layout) -> str | None:
    try:
        record: dict[str, Any] = json.loads((layout.environment / RECORD_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    expected = (_requirement(layout), _machine_fingerprint(), list_installed(layout.python).get(LLAMA))
    if (record.get("requirement"), record.get("machine"), record.get("version")) != expected:
        return None
    return f"{record['version']} built for {record['rung']}"


def _build(layout: Layout, progress: Callable[[str], None]) -> str:
    features = find_features()
    compiler = find_compiler()
    overreach = find_overreach(compiler, features) if compiler else ()
    rungs = list_rungs(
        platform.system(), platform.machine(), features, cuda=can_build_for_cuda(), native=not overreach
    )
    workshop = MachineWorkshop(layout, _requirement(layout), _machine_fingerprint(), _find_model(layout))
    if overreach:
        progress(f"the compiler would use {', '.join(overreach)}, which this system does not offer")
    if compiler is None and workshop.find_wheel(rungs[0]) is None:
        raise StepError(
            "there is no C++ compiler, so llama.cpp was not built; search works without it",
            f"{advise_package('compiler')} - then run this again.",
            degraded=True,
        )
    try:
        climb = climb_down(rungs, workshop, progress)
        if climb.rung is None and climb.judged:
            workshop.remove(progress)
    except CommandError as error:
        raise StepError(
            f"pip failed: {error.cause}", "Correct that and run this again.", degraded=True
        ) from error
    if climb.rung is None or climb.trial is None:
        raise StepError(_describe_failure(climb), _advise(climb), degraded=True)
    version = _record(layout, climb, climb.rung, climb.trial)
    told = "; ".join(f"{attempt.rung}: {attempt.verdict}" for attempt in climb.attempts)
    return f"{version} ({told})"


def _record(layout: Layout, climb: Climb, rung: Rung, trial: Trial) -> str:
    version = list_installed(layout.python).get(LLAMA, "")
    record = {
        "requirement": _requirement(layout),
        "version": version,
        "machine": _machine_fingerprint(),
        "rung": rung.name,
        "flags": list(rung.flags),
        "gpu": rung.gpu,
        "attempts": [asdict(attempt) for attempt in climb.attempts],
        "evaluated": trial.report,
    }
    text = json.dumps(record, indent=2) + "\n"
    (layout.environment / RECORD_NAME).write_text(text, encoding="utf-8")
    return version


def _describe_failure(climb: Climb) -> str:
    told = "; ".join(f"{attempt.rung}: {attempt.verdict}" for attempt in climb.attempts)
    return f"no build of llama.cpp works here, search works without it ({told})"


def _advise(climb: Climb) -> str:
    if not climb.judged:
        return "The trial itself could not run: delete .venv and run this again."
    if all(attempt.verdict.startswith("did not compile") for attempt in climb.attempts):
        return f"{advise_package('compiler')} - or free some disk space and memory, then run this again."
    return "Set CMAKE_ARGS to flags of llama.cpp that suit this processor and run this again."


def _requirement(layout: Layout) -> str:
    every = read_requirements(layout.root / "pyproject.toml")
    return next(item for item in every if requirement_name(item) == LLAMA)


def _machine_fingerprint() -> str:
    return find_fingerprint(find_features() | ({"cuda"} if can_build_for_cuda() else frozenset()))


def _find_model(layout: Layout) -> Path | None:
    folder = find_installed(TRIAL_MODEL, layout.paths.models)
    return next(folder.glob("*.gguf"), None) if folder else None
